/** A small database with an index, a view, a sequence and roles: enough for what the command line says of it. */
export const SHOP_SQL = `
  CREATE SCHEMA shop;
  CREATE TABLE shop.customers (id integer PRIMARY KEY, name text NOT NULL);
  CREATE TABLE shop.orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id integer NOT NULL REFERENCES shop.customers, total numeric(10, 2) NOT NULL);
  CREATE TABLE shop.audit (at timestamptz, what text);
  INSERT INTO shop.customers SELECT g, 'customer ' || g FROM generate_series(1, 200) g;
  INSERT INTO shop.orders (customer_id, total) SELECT 1 + g % 200, g / 7.0 FROM generate_series(1, 3000) g;
  INSERT INTO shop.audit SELECT timestamptz '2026-01-01' + g * interval '1 min', 'login' FROM generate_series(1, 50) g;
  CREATE INDEX orders_customer_idx ON shop.orders (customer_id);
  CREATE VIEW shop.big AS SELECT * FROM shop.orders WHERE total > 400;
`;

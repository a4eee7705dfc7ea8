/** The little shop that the demo protects: most kinds of objects that applications use, and rows that look alive. */

/** How many rows each table gets. */
export interface ShopSize {
  readonly customers: number;
  readonly products: number;
  readonly orders: number;
  readonly orderLines: number;
  readonly events: number;
}

const MOST_PRODUCTS = 500;

/** Splits a number of rows among the tables; at least 1000, as every table needs some. */
export function shopSize(rows: number): ShopSize {
  const customers = Math.floor(rows / 15);
  // Orders have one to four lines in turn, so 2.5 lines each.
  const orders = Math.floor(rows / 20) * 4;
  const orderLines = orders * 2.5;
  const products = Math.min(MOST_PRODUCTS, Math.floor(rows / 50));
  return { customers, products, orders, orderLines, events: rows - customers - products - orders - orderLines };
}

/** Roles first: they belong to the server. */
export const SHOP_ROLES = `
  CREATE ROLE shop_owner;
  CREATE ROLE shop_app LOGIN;
  CREATE ROLE shop_report LOGIN;
  GRANT shop_report TO shop_app;
`;

export const CREATE_SHOP = 'CREATE DATABASE shop OWNER shop_owner';

/** The schema and its rows: the same ones each time, as the generator of random numbers is seeded. */
export function shopSql(size: ShopSize): string {
  return `
    SELECT setseed(0.42);
    SET ROLE shop_owner;
    CREATE SCHEMA shop;
    COMMENT ON SCHEMA shop IS 'A shop that exists to be backed up';

    CREATE TYPE shop.order_status AS ENUM ('placed', 'paid', 'shipped', 'delivered', 'returned');
    CREATE DOMAIN shop.email AS text CHECK (VALUE ~ '^[^@ ]+@[^@ ]+$');
    CREATE SEQUENCE shop.invoice_number START 100001;

    CREATE TABLE shop.customers (
      id integer GENERATED ALWAYS AS IDENTITY,
      name text NOT NULL,
      email shop.email NOT NULL,
      country char(2) NOT NULL,
      joined_on date NOT NULL
    );
    CREATE TABLE shop.products (
      id integer GENERATED ALWAYS AS IDENTITY,
      name text NOT NULL,
      price numeric(8, 2) NOT NULL CHECK (price > 0),
      tags text[] NOT NULL DEFAULT '{}',
      attributes jsonb NOT NULL DEFAULT '{}'
    );
    CREATE TABLE shop.orders (
      id integer NOT NULL,
      customer_id integer NOT NULL,
      status shop.order_status NOT NULL DEFAULT 'placed',
      invoice bigint NOT NULL DEFAULT nextval('shop.invoice_number'),
      placed_at timestamptz NOT NULL,
      changed_at timestamptz
    );
    CREATE TABLE shop.order_lines (
      order_id integer NOT NULL,
      line integer NOT NULL,
      product_id integer NOT NULL,
      quantity integer NOT NULL CHECK (quantity > 0),
      price numeric(8, 2) NOT NULL,
      amount numeric(10, 2) GENERATED ALWAYS AS (quantity * price) STORED
    );
    CREATE TABLE shop.events (
      at timestamptz NOT NULL,
      customer_id integer NOT NULL,
      kind text NOT NULL,
      details jsonb
    ) PARTITION BY RANGE (at);
    ${[1, 4, 7, 10].map(quarter).join('\n')}

    INSERT INTO shop.customers (name, email, country, joined_on)
    SELECT first || ' ' || last, lower(first) || '.' || lower(last) || g || '@example.com',
           (ARRAY['DE', 'FR', 'GB', 'JP', 'US'])[1 + floor(random() * 5)::int],
           date '2024-01-01' + floor(random() * 900)::int
      FROM (SELECT g, (ARRAY['Ada', 'Alan', 'Barbara', 'Edgar', 'Grace', 'Jim', 'Katherine', 'Michael'])[1 + floor(random() * 8)::int] AS first,
                   (ARRAY['Codd', 'Gray', 'Hopper', 'Johnson', 'Liskov', 'Lovelace', 'Stonebraker', 'Turing'])[1 + floor(random() * 8)::int] AS last
              FROM generate_series(1, ${size.customers}) g) people;
    INSERT INTO shop.products (name, price, tags, attributes)
    SELECT 'Product ' || g, round((1 + random() * 199)::numeric, 2),
           CASE WHEN g % 7 = 0 THEN '{new,sale}'::text[] WHEN g % 3 = 0 THEN '{sale}' ELSE '{}' END,
           jsonb_build_object('weight', round((random() * 5)::numeric, 3), 'color', (ARRAY['blue', 'green', 'red'])[1 + g % 3])
      FROM generate_series(1, ${size.products}) g;
    INSERT INTO shop.orders (id, customer_id, status, placed_at)
    SELECT g, 1 + floor(random() * ${size.customers})::int,
           (enum_range(NULL::shop.order_status))[1 + floor(random() * 5)::int],
           timestamptz '2026-01-01 00:00:00+00' + random() * interval '360 days'
      FROM generate_series(1, ${size.orders}) g;
    INSERT INTO shop.order_lines (order_id, line, product_id, quantity, price)
    SELECT o.id, l, p.id, 1 + (o.id * l) % 5, p.price
      FROM shop.orders o, generate_series(1, 1 + o.id % 4) l
      JOIN shop.products p ON true
     WHERE p.id = 1 + (o.id::bigint * 7919 + l * 104729) % ${size.products};
    INSERT INTO shop.events
    SELECT timestamptz '2026-01-01 00:00:00+00' + random() * interval '360 days', 1 + floor(random() * ${size.customers})::int,
           (ARRAY['login', 'search', 'view', 'buy'])[1 + g % 4],
           CASE g % 4 WHEN 1 THEN jsonb_build_object('query', 'product ' || g % ${size.products}) END
      FROM generate_series(1, ${size.events}) g;

    ALTER TABLE shop.customers ADD PRIMARY KEY (id), ADD UNIQUE (email);
    ALTER TABLE shop.products ADD PRIMARY KEY (id);
    ALTER TABLE shop.orders ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer_id) REFERENCES shop.customers;
    ALTER TABLE shop.order_lines ADD PRIMARY KEY (order_id, line),
      ADD FOREIGN KEY (order_id) REFERENCES shop.orders ON DELETE CASCADE,
      ADD FOREIGN KEY (product_id) REFERENCES shop.products;
    CREATE INDEX orders_placed_at_idx ON shop.orders (placed_at);
    CREATE INDEX products_attributes_idx ON shop.products USING gin (attributes);
    CREATE INDEX events_at_idx ON shop.events (at);

    CREATE VIEW shop.revenue AS
      SELECT c.country, date_trunc('month', o.placed_at) AS month, sum(l.amount) AS amount
        FROM shop.orders o JOIN shop.order_lines l ON l.order_id = o.id JOIN shop.customers c ON c.id = o.customer_id
       WHERE o.status <> 'returned' GROUP BY 1, 2;
    CREATE MATERIALIZED VIEW shop.best_sellers AS
      SELECT product_id, sum(quantity) AS sold FROM shop.order_lines GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20;

    CREATE FUNCTION shop.note_change() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.changed_at := now(); RETURN NEW; END $$;
    CREATE TRIGGER orders_changed BEFORE UPDATE ON shop.orders
      FOR EACH ROW EXECUTE FUNCTION shop.note_change();

    ALTER TABLE shop.customers ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own_country ON shop.customers TO shop_app
      USING (country = current_setting('shop.country', true));
    GRANT USAGE ON SCHEMA shop TO shop_app, shop_report;
    GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA shop TO shop_app;
    GRANT SELECT ON shop.revenue, shop.best_sellers TO shop_report;

    SELECT lo_from_bytea(0, decode(repeat('89504e470d0a1a0a', 4096), 'hex'));
    RESET ROLE;
    ALTER DATABASE shop SET timezone TO 'UTC';
  `;
}

function quarter(month: number): string {
  const last = month === 10 ? "'2027-01-01 00:00:00+00'" : `'2026-${pad(month + 3)}-01 00:00:00+00'`;
  const name = `events_2026_q${(month + 2) / 3}`;
  return `CREATE TABLE shop.${name} PARTITION OF shop.events FOR VALUES FROM ('2026-${pad(month)}-01 00:00:00+00') TO (${last});`;
}

function pad(month: number): string {
  return String(month).padStart(2, '0');
}

/** What somebody does to the copy, to see whether it is noticed. */
export const TAMPERING = [
  // Quantities are from 1 to 5.
  'UPDATE shop.order_lines SET quantity = 9 WHERE (order_id, line) = (42, 1)',
  'DROP INDEX shop.orders_placed_at_idx',
] as const;

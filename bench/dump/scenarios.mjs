/** The databases that are dumped: what they are made of, and which pipelines are worth running on them. */
import { mixedTables, wordFunction, fillTable } from './mixed-tables.mjs';

const OURS = ['holdfast', 'jobs2', 'jobs4'];
const PEERS = ['null', 'gzip', 'pigz', 'igzip', 'zstd', 'custom', 'directory'];

const TABLES = 20_000;
const TABLES_AT_ONCE = 1_000;
const LARGE_OBJECTS = 200_000;
const ROW_BYTES = 300e6;

/** `fill(psql, size)` makes it; `psql(sql)` answers with what the statements print. */
const scenarios = {
  mixed: {
    title: 'four tables: people, orders, their lines, documents',
    takesSize: true,
    pipelines: [...PEERS, ...OURS, 'builtin', 'aws', 's3-holdfast', 's3-jobs2'],
    async fill(psql, size) {
      await psql(wordFunction);
      for (const [name, { share, columns }] of Object.entries(mixedTables)) {
        await fillTable(psql, name, columns, size * share);
      }
      await psql('CREATE INDEX orders_by_customer ON orders (customer_id)');
    },
  },
  'one-table': {
    title: 'one huge table',
    takesSize: true,
    pipelines: ['null', 'igzip', 'directory', ...OURS],
    async fill(psql, size) {
      await psql(wordFunction);
      await fillTable(psql, 'orders', mixedTables.orders.columns, size);
    },
  },
  'many-tables': {
    title: '20,000 tables with a key and a few rows',
    pipelines: ['null', 'igzip', ...OURS],
    async fill(psql) {
      for (let first = 1; first <= TABLES; first += TABLES_AT_ONCE) {
        await psql(`DO $$ BEGIN FOR n IN ${first}..${first + TABLES_AT_ONCE - 1} LOOP
          EXECUTE format('CREATE TABLE t_%s (id int PRIMARY KEY, name text NOT NULL, at timestamptz DEFAULT now())', n);
          EXECUTE format('INSERT INTO t_%s SELECT i, md5(i::text), ''2026-01-01'' FROM generate_series(1, 5) i', n);
        END LOOP; END $$`);
      }
    },
  },
  'wide-row': {
    title: 'a row of 300 MB',
    pipelines: ['null', 'igzip', ...OURS],
    async fill(psql) {
      await psql(`CREATE TABLE wide AS SELECT 1 AS id, string_agg(md5(i::text), '') AS document
        FROM generate_series(1, ${Math.ceil(ROW_BYTES / 32)}) i`);
    },
  },
  'large-objects': {
    title: '200,000 large objects of a kilobyte',
    pipelines: ['null', 'igzip', ...OURS],
    async fill(psql) {
      await psql(`SELECT count(lo_from_bytea(0, decode(repeat(md5(i::text), 64), 'hex')))
        FROM generate_series(1, ${LARGE_OBJECTS}) i`);
    },
  },
};

export const scenarioNames = Object.keys(scenarios);

export function scenarioOf(name) {
  return scenarios[name];
}

/** A restored copy in which one thing was changed afterwards: the comparison names that thing, and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { StoredBackup } from '../../../src/backup/stored/stored-backup.js';
import { compareDatabase } from '../../../src/backup/copy/compare-database.js';
import type { Entry } from '../../../src/dump/entry.js';
import { createDatabase, serverPrograms, sharedServer, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, readBackup, restore, takeBackup } from './harness.js';

const SHOP = readFileSync(join(import.meta.dirname, '../../fixtures/sql/shop.sql'), 'utf8');

let context: BackupContext;
let copy: TestDatabase;
let stored: StoredBackup;
let entries: readonly Entry[];

beforeAll(async () => {
  context = await makeContext();
  const source = await createDatabase(sharedServer(), SHOP);
  const { backup } = await takeBackup(await accessTo(source.name), context);
  await source.end();
  ({ stored, entries } = await readBackup(backup, context));
  copy = await createDatabase();
  await restore(backup, await accessTo(copy.name), context);
});

afterAll(() => copy?.end());

const CHANGED = 'definition differs';
const MISSING = 'is missing from the copy';
const NEW = 'is not in the backup';

/** What was done to the copy, the SQL that did it, and each difference as `TYPE schema.name: reason`. */
const CASES: readonly (readonly [string, string, ...string[]])[] = [
  // Rows
  ['a removed row', 'DELETE FROM shop.orders WHERE id = 5', 'TABLE DATA shop.orders: has 899 rows, was 900 rows'],
  [
    'a doubled row',
    'INSERT INTO shop.log SELECT * FROM shop.log LIMIT 1',
    'TABLE DATA shop.log: has 101 rows, was 100 rows',
  ],
  [
    'a row changed in one digit',
    'UPDATE shop.orders SET amount = amount + 0.01 WHERE id = 900',
    'TABLE DATA shop.orders: rows differ in content (900 rows in both)',
  ],
  [
    'a row that replaces another',
    `UPDATE shop.log SET (at, line) = (SELECT at, line FROM shop.log WHERE line = 'line 1' LIMIT 1) WHERE line = 'line 2' AND at = (SELECT max(at) FROM shop.log WHERE line = 'line 2')`,
    'TABLE DATA shop.log: rows differ in content (100 rows in both)',
  ],
  [
    'two rows that swapped one value',
    'UPDATE shop.orders SET amount = CASE id WHEN 1 THEN 2 ELSE 1 END WHERE id IN (1, 2)',
    'TABLE DATA shop.orders: rows differ in content (900 rows in both)',
  ],
  [
    'a null in place of an empty text',
    `UPDATE shop.customers SET note = NULL WHERE id = 1; ALTER TABLE shop.customers DISABLE TRIGGER stamp; UPDATE shop.customers SET note = NULL WHERE id = 1; ALTER TABLE shop.customers ENABLE TRIGGER stamp`,
    'TABLE DATA shop.customers: rows differ in content (200 rows in both)',
  ],
  ['all rows removed', 'TRUNCATE shop.log', 'TABLE DATA shop.log: has 0 rows, was 100 rows'],
  [
    'a row in a table that was empty',
    'INSERT INTO shop.empty VALUES (1, 2)',
    'TABLE DATA shop.empty: has 1 row, was 0 rows',
  ],
  [
    'a row removed from a partition that was loaded through its root',
    'DELETE FROM shop.by_mood WHERE n = 9',
    'TABLE DATA shop.by_mood: has 89 rows, was 90 rows',
  ],
  [
    'a row removed from a partition',
    `DELETE FROM shop.by_year WHERE at = '2024-03-01'`,
    'TABLE DATA shop.by_year_2024: has 365 rows, was 366 rows',
  ],
  [
    'a row moved from a table to its child',
    `DELETE FROM ONLY shop.thing WHERE id = 2; INSERT INTO shop.special_thing VALUES (2, 'two')`,
    'TABLE DATA shop.special_thing: has 2 rows, was 1 row',
    'TABLE DATA shop.thing: has 1 row, was 2 rows',
  ],
  // Sequences
  ['a changed sequence value', `SELECT setval('shop.ticket', 8)`, 'SEQUENCE SET shop.ticket: is at 8, was 7'],
  [
    'a sequence that was used for the first time',
    `SELECT nextval('shop.unused')`,
    'SEQUENCE SET shop.unused: is at 1, was 1 (not yet used)',
  ],
  [
    'the sequence of a serial that was set back',
    `SELECT setval('shop.orders_id_seq', 1, false)`,
    'SEQUENCE SET shop.orders_id_seq: is at 1 (not yet used), was 900',
  ],
  [
    'a dropped sequence',
    'DROP SEQUENCE shop.unused',
    `SEQUENCE SET shop.unused: ${MISSING}`,
    `SEQUENCE shop.unused: ${MISSING}`,
  ],
  // Definitions
  ['a dropped index', 'DROP INDEX shop.orders_placed', `INDEX shop.orders_placed: ${MISSING}`],
  [
    'an index with another predicate',
    'DROP INDEX shop.orders_placed; CREATE INDEX orders_placed ON shop.orders (placed) WHERE amount > 6',
    `INDEX shop.orders_placed: ${CHANGED}`,
  ],
  ['a dropped policy', 'DROP POLICY own ON shop.orders', `POLICY shop.orders own: ${MISSING}`],
  [
    'a policy that lets more through',
    'ALTER POLICY own ON shop.orders USING (customer >= 0)',
    `POLICY shop.orders own: ${CHANGED}`,
  ],
  [
    'row security switched off',
    'ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY',
    `ROW SECURITY shop.orders: ${MISSING}`,
  ],
  ['a dropped grant', 'REVOKE ALL ON shop.orders FROM shop_writer', `ACL shop.TABLE orders: ${CHANGED}`],
  ['an additional grant', 'GRANT SELECT ON shop.log TO PUBLIC', `ACL shop.TABLE log: ${NEW}`],
  [
    'a dropped grant on a column',
    'REVOKE UPDATE (note) ON shop.customers FROM shop_writer',
    `ACL shop.COLUMN customers.note: ${MISSING}`,
  ],
  [
    'a changed default privilege',
    'ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT INSERT ON TABLES TO shop_reader',
    `DEFAULT ACL shop.DEFAULT PRIVILEGES FOR TABLES: ${CHANGED}`,
  ],
  [
    'a changed function body',
    `CREATE OR REPLACE FUNCTION shop.tax(amount numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT amount * 0.3'`,
    `FUNCTION shop.tax(numeric): ${CHANGED}`,
  ],
  [
    'a function that became a security definer',
    'ALTER FUNCTION shop.tax(numeric) SECURITY DEFINER',
    `FUNCTION shop.tax(numeric): ${CHANGED}`,
  ],
  [
    'a changed default',
    `ALTER TABLE shop.customers ALTER status SET DEFAULT 'gone'`,
    `TABLE shop.customers: ${CHANGED}`,
  ],
  ['a changed comment', `COMMENT ON TABLE shop.customers IS 'people.'`, `COMMENT shop.TABLE customers: ${CHANGED}`],
  ['a dropped comment', 'COMMENT ON SCHEMA shop IS NULL', `COMMENT SCHEMA shop: ${MISSING}`],
  [
    'another owner',
    'ALTER TABLE shop.customers OWNER TO shop_reader',
    'TABLE shop.customers: belongs to shop_reader, was shop_owner',
    'SEQUENCE shop.customers_id_seq: belongs to shop_reader, was shop_owner',
    // What depends on a table is dumped under its owner.
    'ACL shop.COLUMN customers.note: belongs to shop_reader, was shop_owner',
    'COMMENT shop.TABLE customers: belongs to shop_reader, was shop_owner',
    'CONSTRAINT shop.customers customers_email_key: belongs to shop_reader, was shop_owner',
    'CONSTRAINT shop.customers customers_pkey: belongs to shop_reader, was shop_owner',
    'TRIGGER shop.customers stamp: belongs to shop_reader, was shop_owner',
  ],
  ['a new table', 'CREATE TABLE public.extra (a integer)', `TABLE public.extra: ${NEW}`],
  [
    'a dropped empty table',
    'DROP TABLE shop.empty',
    `TABLE DATA shop.empty: ${MISSING}`,
    `TABLE shop.empty: ${MISSING}`,
  ],
  [
    'a table that became a view with the same rows',
    'ALTER TABLE shop.empty RENAME TO hidden; CREATE VIEW shop.empty AS SELECT * FROM shop.hidden',
    `TABLE DATA shop.empty: ${MISSING}`,
    `TABLE shop.empty: ${MISSING}`,
    `TABLE shop.hidden: ${NEW}`,
    `VIEW shop.empty: ${NEW}`,
    `ACL shop.TABLE empty: ${NEW}`,
  ],
  ['a changed column type', 'ALTER TABLE shop.log ALTER line TYPE varchar(90)', `TABLE shop.log: ${CHANGED}`],
  ['a new column', 'ALTER TABLE shop.thing ADD added integer', `TABLE shop.thing: ${CHANGED}`],
  [
    'a dropped column',
    'ALTER TABLE shop.customers DROP note',
    `ACL shop.COLUMN customers.note: ${MISSING}`,
    'TABLE DATA shop.customers: has no column note',
    `TABLE shop.customers: ${CHANGED}`,
  ],
  ['a dropped not-null', 'ALTER TABLE shop.orders ALTER placed SET NOT NULL', `TABLE shop.orders: ${CHANGED}`],
  [
    'an identity that takes values',
    'ALTER TABLE shop.customers ALTER id SET GENERATED BY DEFAULT',
    `SEQUENCE shop.customers_id_seq: ${CHANGED}`,
  ],
  [
    'a dropped check',
    'ALTER TABLE shop.customers DROP CONSTRAINT customers_status_check',
    `TABLE shop.customers: ${CHANGED}`,
  ],
  [
    'a dropped foreign key',
    'ALTER TABLE shop.orders DROP CONSTRAINT orders_customer_fkey',
    `FK CONSTRAINT shop.orders orders_customer_fkey: ${MISSING}`,
  ],
  [
    'a dropped unique constraint',
    'ALTER TABLE shop.customers DROP CONSTRAINT customers_email_key',
    `CONSTRAINT shop.customers customers_email_key: ${MISSING}`,
  ],
  [
    'a disabled trigger',
    'ALTER TABLE shop.customers DISABLE TRIGGER stamp',
    `TRIGGER shop.customers stamp: ${CHANGED}`,
  ],
  ['a dropped rule', 'DROP RULE keep ON shop.log', `RULE shop.log keep: ${MISSING}`],
  [
    'a changed view',
    'CREATE OR REPLACE VIEW shop.open_orders AS SELECT id, amount FROM shop.orders WHERE amount >= 100',
    `VIEW shop.open_orders: ${CHANGED}`,
  ],
  [
    'a materialized view that was emptied',
    'REFRESH MATERIALIZED VIEW shop.totals WITH NO DATA',
    `MATERIALIZED VIEW DATA shop.totals: ${MISSING}`,
  ],
  ['an additional label of an enum', `ALTER TYPE shop.mood ADD VALUE 'angry'`, `TYPE shop.mood: ${CHANGED}`],
  [
    'a domain that allows more',
    'ALTER DOMAIN shop.percent DROP CONSTRAINT percent_check',
    `DOMAIN shop.percent: ${CHANGED}`,
  ],
  [
    'a detached partition',
    'ALTER TABLE shop.by_year DETACH PARTITION shop.by_year_2024',
    `TABLE ATTACH shop.by_year_2024: ${MISSING}`,
  ],
  ['a table that is not logged any more', 'ALTER TABLE shop.log SET UNLOGGED', `TABLE shop.log: ${CHANGED}`],
  [
    'a table that was dropped from a publication',
    'ALTER PUBLICATION shop_changes DROP TABLE shop.orders',
    `PUBLICATION TABLE shop.shop_changes orders: ${MISSING}`,
  ],
  ['dropped statistics', 'DROP STATISTICS shop.orders_stats', `STATISTICS shop.orders_stats: ${MISSING}`],
  [
    'a dropped extension',
    'DROP EXTENSION pgcrypto',
    `COMMENT EXTENSION pgcrypto: ${MISSING}`,
    `EXTENSION pgcrypto: ${MISSING}`,
  ],
  [
    'a new event trigger',
    `CREATE FUNCTION public.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER spy ON ddl_command_end EXECUTE FUNCTION public.on_ddl()`,
    `EVENT TRIGGER spy: ${NEW}`,
    `FUNCTION public.on_ddl(): ${NEW}`,
  ],
  // Large objects
  [
    'a byte changed in a large object',
    `SELECT lo_put(5001, 9999, '\\x00')`,
    'LARGE OBJECT DATA 5001: differs in content',
  ],
  ['a large object that grew', `SELECT lo_put(5003, 0, '\\x00')`, 'LARGE OBJECT DATA 5003: has 1 byte, was 0 bytes'],
  ['a removed large object', 'SELECT lo_unlink(5003)', `BLOB 5003: ${MISSING}`, `LARGE OBJECT DATA 5003: ${MISSING}`],
  ['a new large object', `SELECT lo_from_bytea(5004, '')`, `BLOB 5004: ${NEW}`, `LARGE OBJECT DATA 5004: ${NEW}`],
  [
    'a comment dropped from a large object',
    'COMMENT ON LARGE OBJECT 5002 IS NULL',
    `COMMENT LARGE OBJECT 5002: ${MISSING}`,
  ],
  [
    'a grant dropped from a large object',
    'REVOKE SELECT ON LARGE OBJECT 5001 FROM shop_reader',
    `ACL LARGE OBJECT 5001: ${MISSING}`,
  ],
  [
    'another owner of a large object',
    'ALTER LARGE OBJECT 5002 OWNER TO shop_owner',
    'BLOB 5002: belongs to shop_owner, was postgres',
    'COMMENT LARGE OBJECT 5002: belongs to shop_owner, was postgres',
  ],
];

/** Changes clones of the copy, and returns each difference with the backup as `TYPE schema.name: reason`. */
async function differencesAfter(sql: string): Promise<readonly string[]> {
  const clone = await createDatabase(sharedServer(), undefined, `TEMPLATE ${copy.name}`);
  try {
    await clone.query(sql);
    const access = await accessTo(clone.name);
    const request = { stored, expected: entries, access, programs: await serverPrograms() };
    const comparison = await compareDatabase(request, context);
    const lost = comparison.differences.filter(({ reason }) => reason !== NEW);
    expect(comparison.matched).toBe(comparison.entries - lost.length);
    return comparison.differences.map(
      ({ type, schema, name, reason }) => `${type} ${schema === null ? '' : `${schema}.`}${name}: ${reason}`,
    );
  } finally {
    await clone.end();
  }
}

/** Cases that touch nothing in common share a clone: comparing takes as long for one change as for twenty. */
function batches(): (typeof CASES)[number][][] {
  const result: { cases: (typeof CASES)[number][]; touched: Set<string> }[] = [];
  for (const one of CASES) {
    const touched = one.join(' ').match(/\b(?:shop|public)\.\w+|\b500\d\b/g) ?? [];
    let batch = result.find((candidate) => !touched.some((name) => candidate.touched.has(name)));
    if (!batch) result.push((batch = { cases: [], touched: new Set() }));
    batch.cases.push(one);
    for (const name of touched) batch.touched.add(name);
  }
  return result.map(({ cases }) => cases);
}

describe('a restored copy', () => {
  test('compares equal while nothing was changed', async () => {
    expect(await differencesAfter('SELECT')).toEqual([]);
  });

  describe.each(batches().map((cases) => ({ cases })))('after changes to different objects', ({ cases }) => {
    const found = new Set<string>();

    beforeAll(async () => {
      const all = await differencesAfter(cases.map(([, sql]) => sql).join(';\n'));
      for (const difference of all) found.add(difference);
      expect(found.size).toBe(all.length);
    });

    test.each(cases)('differs by name in %s', (_what, _sql, ...expected) => {
      for (const difference of expected) expect([...found]).toContain(difference);
    });

    test('differs in nothing else', () => {
      expect([...found].sort()).toEqual(cases.flatMap(([, , ...expected]) => expected).sort());
    });
  });
});

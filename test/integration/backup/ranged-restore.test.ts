/** A part of a backup is restored from its own segments and the definitions; the rows of other large tables are not read. */
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readSegmentIndex } from '../../../src/backup/stored/segment-index.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import type { GetOptions, ObjectStore } from '../../../src/vault/object-store.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { accessTo, makeContext, readBackup, restore, takeBackup } from './harness.js';
import { TamperedVault } from './tampered-vault.js';

/** Three tables of rows, the first and the last larger than a segment. */
const ROWS = `SELECT i, repeat(md5(i::text), 8) AS t FROM generate_series(1, 40000) i`;

let database: TestDatabase;
let access: DatabaseAccess;
beforeAll(async () => {
  database = await createDatabase();
  access = await accessTo(database.name);
  await database.query(
    `CREATE SCHEMA s; CREATE TABLE s.a AS ${ROWS}; CREATE TABLE s.z AS ${ROWS};
     CREATE TABLE s.m AS SELECT i FROM generate_series(1, 100) i`,
  );
});
afterAll(() => database?.end());

/** Notes which bytes of an object are asked for. */
function watchReads(store: ObjectStore, key: string) {
  const reads: { start: number; end: number }[] = [];
  const get = (asked: string, options?: GetOptions) => {
    if (asked === key) reads.push(options?.range ?? { start: 0, end: Infinity });
    return store.get(asked, options);
  };
  const watched = new Proxy(store, {
    get: (target, name) => {
      if (name === 'get') return get;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { store: watched, reads };
}

const part = (table: string) =>
  ({ tables: [{ schema: 's', name: table }], schemas: [], part: 'all', append: false }) as const;

test.each([['gzip'], ['zstd'], ['none']] as const)(
  '14.B: of a backup compressed with %s, a table is restored from its segments and the definitions',
  async (method) => {
    for (const withIndex of [false, true]) {
      // What follows the rows of the last table: the end of the dump, or another entry.
      await database.query(`DROP INDEX IF EXISTS s.i`);
      if (withIndex) await database.query('CREATE INDEX i ON s.a (i)');
      const context = await makeContext();
      const { backup } = await takeBackup(access, context, { compression: method });
      const { stored } = await readBackup(backup, context);
      const { segments } = await readSegmentIndex(stored, stored.segments!, context);
      const rows = segments.filter(({ share }) => share);
      const numbers = [...new Set(rows.map(({ entry }) => entry))];
      expect(numbers).toHaveLength(2);
      const [ofFirst, ofLast] = numbers.map((number) => rows.filter(({ entry }) => entry === number));
      const target = await createDatabase();
      await target.query('CREATE SCHEMA s');
      for (const table of ['m', 'a', 'z'] as const) {
        const { store, reads } = watchReads(context.store, stored.dump.key);
        const to = await accessTo(target.name);
        const result = await restore(backup, to, { ...context, store }, { selection: part(table), check: true });
        expect(result.comparison).toMatchObject({ differences: [] });
        expect(result.rows).toBe(table === 'm' ? 100 : 40_000);
        // All is looked at first, and then loaded; the last segment of the last table has what follows its rows.
        const timesRead = (of: typeof rows) =>
          of.map(({ storedOffset: at }) => reads.filter(({ start, end }) => start <= at && at <= end).length);
        expect(timesRead(ofFirst!)).toEqual(ofFirst!.map(() => (table === 'a' ? 1 : 0)));
        expect(timesRead(ofLast!)).toEqual([...ofLast!.slice(1).map(() => (table === 'z' ? 1 : 0)), 2]);
      }
      expect(await target.query(`SELECT FROM pg_indexes WHERE schemaname = 's'`)).toHaveLength(withIndex ? 1 : 0);
      await target.end();
    }
  },
);

test('14.B: without its index all of the dump is read; with it, damage elsewhere does not matter, and damage here is named', async () => {
  const context = await makeContext();
  const { backup } = await takeBackup(access, context, { compression: 'none' });
  const { stored } = await readBackup(backup, context);
  const { segments } = await readSegmentIndex(stored, stored.segments!, context);
  const target = await createDatabase();
  await target.query('CREATE SCHEMA s');
  const to = await accessTo(target.name);

  const without = new TamperedVault(context, backup);
  unlinkSync(without.path('segments'));
  expect(await restore(backup, to, without.context(context), { selection: part('m') })).toMatchObject({ rows: 100 });

  const damaged = new TamperedVault(context, backup);
  const { storedOffset } = segments.find(({ share }) => share)!;
  const bytes = readFileSync(damaged.path('dump'));
  bytes[storedOffset + 5000]! ^= 1;
  writeFileSync(damaged.path('dump'), bytes);
  await target.query('DROP TABLE s.m');
  await expect(restore(backup, to, damaged.context(context), { selection: part('a') })).rejects.toThrow(
    /segment \d+ \(\d+ rows of entry \d+; bytes .*does not have the SHA-256 of the index/,
  );
  expect(await target.query(`SELECT FROM pg_tables WHERE schemaname = 's'`)).toEqual([]);
  expect(await restore(backup, to, damaged.context(context), { selection: part('m') })).toMatchObject({ rows: 100 });
  await target.end();
});

/** What a copy computes anew, fingerprinted at the source and compared: beside the verdict, and changing nothing of it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type pg from 'pg';
import { readDerived } from '../../../src/backup/create/read-derived.js';
import { verifyBackup } from '../../../src/backup/verify/verify-backup.js';
import { throwawayDrill } from '../../../src/backup/verify/throwaway-drill.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import { openGuestSession } from '../../../src/postgres/guest/guest-session.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { TamperedVault } from './tampered-vault.js';
import { accessTo, makeContext, readBackup, restore, takeBackup, verify } from './harness.js';

let database: TestDatabase;
let access: DatabaseAccess;
beforeEach(async () => {
  database = await createDatabase();
  access = await accessTo(database.name);
});
afterEach(() => database?.end());

const LOOKUP = `
  CREATE TABLE zrate (cur text PRIMARY KEY, rate numeric);
  INSERT INTO zrate VALUES ('EUR', 1.1), ('CHF', 1.05);
  CREATE FUNCTION to_usd(cur text, amount numeric) RETURNS numeric LANGUAGE plpgsql IMMUTABLE
    AS $$ BEGIN RETURN amount * (SELECT r.rate FROM public.zrate r WHERE r.cur = to_usd.cur); END $$;
  CREATE TABLE invoice (id int PRIMARY KEY, cur text, amount numeric, usd numeric GENERATED ALWAYS AS (to_usd(cur, amount)) STORED);
  INSERT INTO invoice (id, cur, amount) VALUES (1, 'EUR', 100), (2, 'CHF', 200)`;

test('14.A: a generated column that came back different is named, and changes neither verdict nor exit status', async () => {
  await database.query(LOOKUP);
  await database.query('CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM zrate; UPDATE zrate SET rate = rate * 2');
  const context = await makeContext();
  const { backup } = await takeBackup(access, context);
  const proof = await verify(backup, context);
  expect(proof).toMatchObject({
    verdict: 'proven',
    differences: [],
    derived: 'differs',
    derivedDifferences: [{ type: 'GENERATED COLUMN', schema: 'public', name: 'invoice' }],
  });
  expect(proof.derivedDifferences?.[0]?.reason).toMatch(/^rows differ in content \(2 rows in both\): /);
});

test('14.A: what came back as it was is equal: partitioned, without a key, with values of every style, and without rows', async () => {
  await database.query(
    `CREATE TABLE part (id int, at timestamptz, twice int GENERATED ALWAYS AS (id * 2) STORED) PARTITION BY HASH (id);
     CREATE TABLE part_0 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 0);
     CREATE TABLE part_1 PARTITION OF part FOR VALUES WITH (MODULUS 2, REMAINDER 1);
     INSERT INTO part SELECT i, '2026-01-01T00:00Z' FROM generate_series(1, 100) i;
     CREATE SCHEMA "Odd ""one"; CREATE TABLE "Odd ""one"."t,x" ("a b" float8, "G" float8 GENERATED ALWAYS AS ("a b" / 3) STORED);
     INSERT INTO "Odd ""one"."t,x" VALUES (1), (2);
     CREATE MATERIALIZED VIEW seen AS SELECT at, '1 day'::interval AS i, '\\xff'::bytea AS b, id::float8 / 7 AS f FROM part;
     CREATE MATERIALIZED VIEW nothing AS SELECT 1 AS a WHERE false;
     CREATE MATERIALIZED VIEW unpopulated AS SELECT 1 AS a WITH NO DATA`,
  );
  await database.query(`ALTER DATABASE ${database.name} SET TimeZone = 'Asia/Tokyo'`);
  await database.query(`ALTER DATABASE ${database.name} SET bytea_output = escape`);
  const context = await makeContext();
  const { backup } = await takeBackup(access, context);
  const { manifest } = (await readBackup(backup, context)).stored;
  expect(manifest.derived?.map(({ name, rows }) => [name, rows]).sort()).toEqual([
    ['nothing', 0],
    ['part', 100],
    ['seen', 100],
    ['t,x', 2],
  ]);
  expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', derived: 'equal', derivedDifferences: [] });
  const target = await createDatabase();
  const { comparison } = await restore(backup, await accessTo(target.name), context, { check: true });
  await target.end();
  expect(comparison).toMatchObject({ differences: [], derived: 'equal' });
});

test('14.A: a view that was stale is told with its rows before and after', async () => {
  await database.query(
    `CREATE TABLE t AS SELECT i FROM generate_series(1, 5) i; CREATE MATERIALIZED VIEW v AS SELECT i FROM t; DELETE FROM t WHERE i > 2`,
  );
  const context = await makeContext();
  const { backup } = await takeBackup(access, context);
  const proof = await verify(backup, context);
  expect(proof).toMatchObject({ verdict: 'proven', derived: 'differs' });
  expect(proof.derivedDifferences?.[0]?.reason).toMatch(
    /^has 2 rows, was 5 rows: it may have been stale at the source/,
  );
});

test('14.A: a view that somebody has locked, and one of a backup without, are not compared, and the proof says so', async () => {
  await database.query(
    'CREATE TABLE t AS SELECT 1 AS i; CREATE MATERIALIZED VIEW v AS SELECT i FROM t; CREATE MATERIALIZED VIEW w AS SELECT i FROM t',
  );
  const other = await database.client();
  await other.query('BEGIN; REFRESH MATERIALIZED VIEW v');
  const context = await makeContext();
  const taking = takeBackup(access, context);
  // pg_dump asks for the definition of the view, and waits for whoever refreshes it; what we read was read before.
  await vi.waitFor(
    async () => {
      const waiting = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(waiting).not.toEqual([]);
    },
    { timeout: 40_000, interval: 100 },
  );
  await other.query('COMMIT');
  const { backup } = await taking;
  const drill = throwawayDrill();
  const proof = await verifyBackup(backup, context, { startDrill: drill });
  expect(proof).toMatchObject({ verdict: 'proven', derived: 'not-compared', derivedDifferences: [] });
  expect(proof.notCompared?.find(({ kind }) => kind === 'derived')).toMatchObject({
    objects: ['public.v'],
    reason: expect.stringContaining('somebody had them locked') as string,
  });

  const without = await takeBackup(access, context, { derived: false });
  expect((await readBackup(without.backup, context)).stored.manifest.derived).toEqual([]);
  const second = await verify(without.backup, context);
  expect(second).toMatchObject({ verdict: 'proven', derived: 'not-compared' });
  expect(second.notCompared?.find(({ kind }) => kind === 'derived')?.reason).toContain('--no-derived');
});

test('14.A: a view that somebody waits for is read no further, and the next one is', async () => {
  await database.query(
    'CREATE MATERIALIZED VIEW large AS SELECT generate_series(1, 1000000) AS i; CREATE MATERIALIZED VIEW small AS SELECT 1 AS i',
  );
  const exporter = await database.client();
  const { rows } = await exporter
    .query<{ id: string }>('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT pg_export_snapshot() AS id')
    .then((results) => (results as unknown as pg.QueryResult<{ id: string }>[])[1]!);
  const session = await openGuestSession(access, { schemas: [], lockWaitTimeoutMs: 1000 });
  // Somebody waits for the large one for as long as it is held.
  const guest = {
    waiters: async (pids: readonly number[]) =>
      (await database.query(`SELECT 1 FROM pg_locks WHERE pid = ${pids[0]!} AND relation = 'public.large'::regclass`))
        .length > 0
        ? [{ pid: 1, relation: null }]
        : [],
    cancel: (pid: number) => session.cancel(pid),
  };
  const request = { access, schemas: [], excludeTableData: [], onBackend: () => {}, guest };
  const facts = { settings: {}, encoding: 'UTF8' };
  const { signal } = new AbortController();
  const found = await readDerived({ ...request, facts, signal }, { id: rows[0]!.id });
  await session.end();
  expect(found.fingerprints.map(({ name }) => name)).toEqual(['small']);
  expect(found.omissions).toMatchObject([
    { objects: ['public.large'], message: expect.stringContaining('somebody waited for them') as string },
  ]);
});

test('14.A: what has no fingerprint, and of which the manifest says nothing, is a gap and not equal', async () => {
  await database.query(
    `CREATE TABLE t (i int PRIMARY KEY, j int GENERATED ALWAYS AS (i) STORED); CREATE MATERIALIZED VIEW v AS SELECT i FROM t;
     CREATE MATERIALIZED VIEW left_out AS SELECT i FROM t`,
  );
  const context = await makeContext();
  const { backup } = await takeBackup(access, context, { excludeTableData: ['left_out'] });
  expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', derived: 'equal' });
  const vault = new TamperedVault(context, backup);
  vault.editManifest((manifest) => (manifest.derived = manifest.derived!.filter(({ name }) => name === 'v')));
  const proof = await verify(backup, vault.context(context));
  expect(proof).toMatchObject({ verdict: 'proven', derived: 'not-compared', derivedDifferences: [] });
  expect(proof.notCompared?.find(({ kind }) => kind === 'derived')).toMatchObject({ objects: ['public.t'], total: 1 });
});

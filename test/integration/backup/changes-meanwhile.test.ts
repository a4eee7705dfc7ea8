import { readFileSync } from 'node:fs';
import { join } from 'node:path';
/** What others do to the database while a backup begins. */
import type pg from 'pg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import { createDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { fakePrograms } from './fake-programs.js';
import { accessTo, filesIn, makeContext, readBackup, takeBackup, verify, type TakenBackup } from './harness.js';

let database: TestDatabase;
let access: DatabaseAccess;
let other: pg.Client;
beforeEach(async () => {
  database = await createDatabase(
    undefined,
    `CREATE TABLE truncated AS SELECT i, 'before' AS t FROM generate_series(1, 1000) i;
     CREATE TABLE rewritten AS SELECT i::int FROM generate_series(1, 20) i;
     CREATE SCHEMA app; CREATE TABLE app.t AS SELECT 1 AS i`,
  );
  access = await accessTo(database.name);
  other = await database.client();
});
afterEach(() => database?.end());

/** The rows of each table, as the backup has them. */
async function rowsOf({ backup }: TakenBackup, context: Awaited<ReturnType<typeof makeContext>>) {
  const { entries } = await readBackup(backup, context);
  return Object.fromEntries(
    entries.flatMap((entry) => (entry.kind === 'table-data' ? [[entry.name, entry.rows]] : [])),
  );
}

async function somebodyWaits(): Promise<void> {
  await vi.waitFor(
    async () => {
      const waiting = await database.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(waiting).not.toEqual([]);
    },
    { timeout: 20_000, interval: 20 },
  );
}

it('finds the rows of tables that are truncated and rewritten, or made, as it begins', async () => {
  const context = await makeContext();
  await other.query(`BEGIN; TRUNCATE truncated; INSERT INTO truncated SELECT i, 'after' FROM generate_series(1, 50) i;
    ALTER TABLE rewritten ALTER i TYPE bigint`);
  const taking = takeBackup(access, context);
  await somebodyWaits();
  await database.query('CREATE TABLE made AS SELECT i FROM generate_series(1, 7) i');
  await other.query('COMMIT');
  const taken = await taking;
  expect(await rowsOf(taken, context)).toEqual({ truncated: 50, rewritten: 20, t: 1, made: 7 });
  const { stored } = await readBackup(taken.backup, context);
  expect(stored.manifest.snapshot).toMatch(/^[0-9A-F-]+$/);
  expect(await verify(taken.backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
});

it('gives up in time when a table stays locked, says who to look for, and stores nothing', async () => {
  const context = await makeContext();
  await other.query('BEGIN; LOCK TABLE truncated');
  await expect(takeBackup(access, context, { lockWaitTimeoutMs: 300 })).rejects.toMatchObject({
    code: 'DUMP_FAILED',
    message: expect.stringMatching(/^Waiting for the tables of .*lock timeout \(after 0\.3 s\)\.$/) as string,
    hint: expect.stringContaining('pg_locks') as string,
  });
  expect(filesIn(context)).toEqual([]);
});

it('says that it was read in another snapshot where pg_dump reaches another server', async () => {
  const context = await makeContext({ installed: await fakePrograms({ pg_dump: 'knows-no-snapshot' }) });
  const { result, backup } = await takeBackup(access, context);
  expect(result.warnings.join()).toContain('pg_dump reached a different server than the session before it');
  expect((await readBackup(backup, context)).stored.manifest.snapshot).toBeNull();
});

it('reads the roles again until they are of one moment', async () => {
  const installed = await fakePrograms({ pg_dumpall: 'reads-between' });
  const context = await makeContext({ installed });
  const { backup } = await takeBackup(access, context);
  const { directory = '' } = installed[0] ?? {};
  expect(readFileSync(join(directory, 'readings'), 'utf8').match(/reading/g)).toHaveLength(4);
  expect(await verify(backup, context)).toMatchObject({ verdict: 'proven' });
});

it('is refused when a chosen schema is not there', async () => {
  const context = await makeContext();
  await expect(takeBackup(access, context, { schemas: ['app', 'aapp'] })).rejects.toMatchObject({
    code: 'PREFLIGHT_FAILED',
    message: expect.stringContaining('aapp') as string,
  });
  expect(filesIn(context)).toEqual([]);
});

it('has the roles that were made after they were dumped', async () => {
  // Roles are the whole server's.
  const server: TestServer = await startTestServer();
  try {
    const own = await createDatabase(server, 'CREATE TABLE ours AS SELECT 1 AS i');
    const context = await makeContext({ installed: await fakePrograms({ pg_dumpall: 'makes-a-role' }) });
    const { backup } = await takeBackup(await accessTo(own.name, { server }), context);
    expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', differences: [] });
    await own.end();
  } finally {
    await server.stop();
  }
});

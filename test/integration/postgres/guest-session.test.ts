/** The session beside pg_dump, with what others do at known points between its steps. */
import type pg from 'pg';
import { afterEach, beforeEach, expect, it, onTestFinished } from 'vitest';
import { openGuestSession, type GuestSession } from '../../../src/postgres/guest/guest-session.js';
import { createDatabase, type TestDatabase } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { accessTo } from '../backup/harness.js';

let database: TestDatabase;
let other: pg.Client;
beforeEach(async () => {
  database = await createDatabase(
    undefined,
    'CREATE TABLE hot AS SELECT 1 AS i; CREATE TABLE other AS SELECT 1 AS i; CREATE SCHEMA app; CREATE TABLE app.t (i int)',
  );
  other = await database.client();
});
afterEach(() => database?.end());

async function openSession(lockWaitTimeoutMs = 20_000): Promise<GuestSession> {
  const session = await openGuestSession(await accessTo(database.name), { schemas: [], lockWaitTimeoutMs });
  onTestFinished(() => session.end());
  return session;
}

it.each([
  ['dropped and made again', 'BEGIN; DROP TABLE hot; CREATE TABLE hot AS SELECT 1 AS i; COMMIT', ['public.hot']],
  ['dropped', 'DROP TABLE hot', ['public.hot']],
  ['truncated', 'TRUNCATE hot', ['public.hot']],
  ['renamed with its schema', 'ALTER SCHEMA app RENAME TO old', ['app.t']],
  ['moved to another schema', 'ALTER TABLE hot SET SCHEMA app', ['public.hot']],
  ['written to', 'INSERT INTO hot VALUES (2); VACUUM hot; ANALYZE hot', []],
])('issue 13 A: finds a table that is %s before it has read what the snapshot saw', async (_, change, names) => {
  const session = await openSession();
  await session.exportSnapshot();
  for (const statement of change.split('; ')) await other.query(statement);
  const before = await session.readTables();
  expect([...before.values()].map(({ name }) => name).toSorted()).toEqual(['app.t', 'public.hot', 'public.other']);
  await session.endSnapshot();
  expect(await session.changed(before)).toEqual(names);
});

it('issue 13 A: holds no lock when it has exported a snapshot, and none when it has read the tables', async () => {
  const session = await openSession();
  await session.exportSnapshot(['public.hot', 'public.other']);
  await session.readTables();
  // Whatever it held would make them wait, and this test with them.
  await other.query('TRUNCATE hot');
  for (const catalog of ['pg_class', 'pg_attribute', 'pg_namespace', 'pg_depend', 'pg_extension']) {
    await other.query(`BEGIN; LOCK TABLE pg_catalog.${catalog} NOWAIT; COMMIT`);
  }
  expect(
    await database.query(
      `SELECT l.relation::regclass FROM pg_locks l JOIN pg_stat_activity a USING (pid)
        WHERE a.application_name = 'holdfast' AND a.datname = current_database() AND l.locktype = 'relation'`,
    ),
  ).toEqual([]);
});

it('issue 13 A: waits for whoever changes a table, and keeps nobody waiting meanwhile', async () => {
  const session = await openSession();
  await other.query('BEGIN; TRUNCATE hot');
  const exporting = session.exportSnapshot(['public.other']);
  await eventually('it waits', async () => {
    const waiting = await database.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return waiting.length > 0;
  });
  await database.query('TRUNCATE other; TRUNCATE app.t');
  await other.query('INSERT INTO hot VALUES (1), (2), (3); COMMIT');
  const snapshot = await exporting;
  await other.query(`BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '${snapshot}'`);
  const { rows } = await other.query('SELECT count(*)::int AS rows FROM hot');
  expect(rows).toEqual([{ rows: 3 }]);
});

it('issue 13 A: goes on without tables that have gone, or are none any more, since they were found changed', async () => {
  const session = await openSession();
  await database.query(
    'DROP TABLE hot; DROP SCHEMA app CASCADE; ALTER TABLE other RENAME TO moved; CREATE VIEW other AS SELECT 1 AS i',
  );
  expect(await session.exportSnapshot(['public.hot', 'app.t', 'public.other'])).toMatch(/^[0-9A-F-]+$/);
});

it('issue 13 A: sees who waits for a session, and ends it', async () => {
  const session = await openSession();
  await other.query('BEGIN; LOCK TABLE hot IN ACCESS SHARE MODE');
  const { rows } = await other.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const pid = rows[0]!.pid;
  expect(await session.waiters([pid])).toEqual([]);
  const truncated = database.query('TRUNCATE hot');
  await eventually('somebody waits', async () => (await session.waiters([pid]))?.length === 1);
  other.on('error', () => {});
  await session.terminate(pid);
  await truncated;
  expect(await session.waiters([pid])).toEqual([]);
});

/** The settings of a database are in force while a copy of it is loaded, and come to nothing that could stop the load. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';
import { TamperedVault } from './tampered-vault.js';

let server: TestServer;
let context: BackupContext;
let admin: TestDatabase;

beforeAll(async () => {
  server = await startTestServer();
  context = await makeContext();
  admin = openDatabase(server, 'postgres');
});
afterAll(() => server?.stop());

let made = 0;

/** A database with settings, of which the SQL is run in sessions that begin after them. */
async function source(settings: readonly string[], sql: string): Promise<TestDatabase> {
  made += 1;
  const name = `settings_${made}`;
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
  for (const setting of settings) await admin.query(`ALTER DATABASE ${name} SET ${setting}`);
  const database = openDatabase(server, name);
  await database.query(sql);
  return database;
}

/** Drills it in both ways, and restores it with --create --check; the copy is named after the source. */
async function goRound(database: TestDatabase) {
  const access = await accessTo(database.name, { server });
  const { backup } = await takeBackup(access, context);
  const copy = `${database.name}_copy`;
  const request = { create: true, globals: true, check: true };
  return {
    drilled: await verify(backup, context),
    onServer: await verify(backup, context, serverDrill(await accessTo('postgres', { server }))),
    restored: await restore(backup, await accessTo(copy, { server }), context, request),
    copy: openDatabase(server, copy),
  };
}

const settingsOf = (database: string) =>
  admin.query<{ setting: string }>(
    `SELECT pg_catalog.unnest(s.setconfig) AS setting FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
      WHERE d.datname = $1 ORDER BY 1`,
    [database],
  );

const EQUAL = { differences: [] };

test('14.A: a CHECK and a default that read a setting of the database are restored and proven', async () => {
  const database = await source(
    [`app.tenant = 'acme'`],
    `CREATE TABLE orders (id int PRIMARY KEY, tenant text NOT NULL DEFAULT current_setting('app.tenant')
                            CHECK (tenant = current_setting('app.tenant')));
     INSERT INTO orders VALUES (1, 'acme')`,
  );
  const { drilled, onServer, restored } = await goRound(database);
  expect(drilled).toMatchObject({ verdict: 'proven', ...EQUAL });
  expect(onServer).toMatchObject({ verdict: 'proven', ...EQUAL });
  expect(restored).toMatchObject({ comparison: EQUAL, unfinished: [] });
});

test('14.A: a materialized view that reads a setting of the database has in the copy what it has at the source', async () => {
  const database = await source(
    [`app.tenant = 'acme'`],
    `CREATE TABLE orders (id int PRIMARY KEY, tenant text NOT NULL);
     INSERT INTO orders VALUES (1, 'acme'), (2, 'other');
     CREATE MATERIALIZED VIEW mine AS SELECT count(*)::int AS n FROM orders WHERE tenant = current_setting('app.tenant', true)`,
  );
  const { copy } = await goRound(database);
  expect(await copy.query('SELECT n FROM mine')).toEqual([{ n: 1 }]);
});

test('14.A: settings that would stop a load, or change what its statements mean, do neither', async () => {
  const database = await source(
    [],
    `CREATE TABLE "from" (a text[] DEFAULT '{NULL,b}', b date, c text); INSERT INTO "from" VALUES ('{NULL}', '2026-02-03', E'\\\\');
     CREATE TABLE child (id int PRIMARY KEY, of int REFERENCES child CHECK ((of = NULL) IS NULL)); INSERT INTO child VALUES (1, 1);
     CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM child; CREATE ROLE settings_of_another`,
  );
  const settings = [
    'search_path = nowhere',
    'default_transaction_read_only = on',
    `default_transaction_isolation = 'serializable'`,
    'default_transaction_deferrable = on',
    'statement_timeout = 1',
    'lock_timeout = 1',
    'idle_in_transaction_session_timeout = 1',
    'idle_session_timeout = 1',
    'session_replication_role = replica',
    'standard_conforming_strings = off',
    'backslash_quote = on',
    'escape_string_warning = on',
    'array_nulls = off',
    'transform_null_equals = on',
    `DateStyle = 'German, DMY'`,
    `IntervalStyle = 'sql_standard'`,
    `TimeZone = '<+07>-07'`,
    `client_encoding = 'LATIN1'`,
    'quote_all_identifiers = on',
    `client_min_messages = 'error'`,
    'row_security = on',
    'check_function_bodies = on',
    'default_tablespace = nowhere',
    'default_table_access_method = nothing',
    'role = settings_of_another',
  ];
  for (const setting of settings) await admin.query(`ALTER DATABASE ${database.name} SET ${setting}`);
  const { drilled, onServer, restored } = await goRound(database);
  expect(drilled).toMatchObject({ verdict: 'proven', ...EQUAL });
  expect(onServer).toMatchObject({ verdict: 'proven', ...EQUAL });
  expect(restored).toMatchObject({ comparison: EQUAL, unfinished: [] });
  expect(await settingsOf(`${database.name}_copy`)).toEqual(await settingsOf(database.name));
});

test('14.A: a library that sessions preload is there while a copy is loaded, and one that is missing is left out and named', async () => {
  const database = await source(
    [`session_preload_libraries = 'auto_explain'`],
    `CREATE TABLE t (a int CHECK (current_setting('auto_explain.log_level') = 'log')); INSERT INTO t VALUES (1)`,
  );
  const { backup } = await takeBackup(await accessTo(database.name, { server }), context);
  expect(await verify(backup, context)).toMatchObject({ verdict: 'proven', ...EQUAL });

  const plain = await source([], 'CREATE TABLE t AS SELECT 1 AS a');
  const taken = await takeBackup(await accessTo(plain.name, { server }), context);
  const vault = new TamperedVault(context, taken.backup);
  vault.forge(
    'globals',
    `${vault.text('globals')}
ALTER DATABASE ${plain.name} SET session_preload_libraries TO 'not_there';
`,
  );
  const forged = vault.context(context);
  const named = 'session_preload_libraries TO … – with it, nobody can connect: ';
  const drilled = await verify(taken.backup, forged);
  expect(drilled).toMatchObject({ verdict: 'proven', ...EQUAL });
  expect(drilled.notes.join('\n')).toContain(named);
  const target = await accessTo(`${plain.name}_copy`, { server });
  const restored = await restore(taken.backup, target, forged, { create: true, check: true });
  expect(restored).toMatchObject({ comparison: EQUAL, unfinished: [] });
  expect(restored.notes.join('\n')).toContain(named);
});

/** A backup with a subscription: the database that was made for it is dropped again, which PostgreSQL refuses at first. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';

let server: TestServer;
let admin: TestDatabase;
let context: BackupContext;
let backup: CompleteBackup;
let warnings: string[];

beforeAll(async () => {
  server = await startTestServer();
  admin = openDatabase(server, 'postgres');
  await admin.query('CREATE DATABASE source');
  await openDatabase(server, 'source').query(
    `CREATE TABLE t (a integer); INSERT INTO t VALUES (1);
     CREATE SUBSCRIPTION "s ""1" CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false, slot_name = 'ours');
     CREATE SUBSCRIPTION s2 CONNECTION 'host=/nonexistent' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
  );
  warnings = [];
  context = await makeContext();
  context = { ...context, logger: { ...context.logger, warn: (message) => void warnings.push(message) } };
  ({ backup } = await takeBackup(await accessTo('source', { server }), context));
});

afterAll(() => server?.stop());

async function expectOnlySource(): Promise<void> {
  expect(warnings).toEqual([]);
  expect(await admin.query(`SELECT datname FROM pg_database WHERE datname !~ '^(template|postgres)'`)).toEqual([
    { datname: 'source' },
  ]);
  expect(await admin.query('SELECT subname FROM pg_subscription ORDER BY 1')).toEqual([
    { subname: 's "1' },
    { subname: 's2' },
  ]);
}

test('after a drill on a server', async () => {
  const drill = serverDrill(await accessTo('postgres', { server }));
  expect(await verify(backup, context, drill)).toMatchObject({ differences: [], verdict: 'proven' });
  await expectOnlySource();
});

test('after a restore that is interrupted when all is loaded', async () => {
  const abort = new AbortController();
  const access = await accessTo('copy', { server });
  // The first session of our own in the target is for its settings, and comes when psql has committed.
  const target: DatabaseAccess = {
    target: access.target,
    launch: access.launch,
    describe: () => access.describe(),
    childTarget: () => access.childTarget(),
    childEnvironment: () => access.childEnvironment(),
    withDatabase: (name) => access.withDatabase(name),
    withRole: (name) => access.withRole(name),
    connect: (options) => {
      abort.abort();
      return access.connect(options);
    },
  };
  const interrupted = { ...context, signal: abort.signal };
  await expect(restore(backup, target, interrupted, { create: true })).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await expectOnlySource();
});

/** An interrupt while the server makes the database of a restore or a drill: none of ours is left. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import type { DatabaseAccess } from '../../../src/postgres/connection.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { eventually } from '../../helpers/processes.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';

let server: TestServer;
let admin: TestDatabase;
let context: BackupContext;
let backup: CompleteBackup;

beforeAll(async () => {
  server = await startTestServer();
  admin = openDatabase(server, 'postgres');
  await admin.query('CREATE DATABASE source');
  await openDatabase(server, 'source').query('CREATE TABLE t (a integer); INSERT INTO t VALUES (1)');
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo('source', { server }), context));
});

afterAll(() => server?.stop());

const DATABASES = ['postgres', 'source', 'template0', 'template1'];

async function databases(): Promise<string[]> {
  const rows = await admin.query<{ name: string }>('SELECT datname::text AS name FROM pg_database ORDER BY 1');
  return rows.map(({ name }) => name);
}

async function creations(): Promise<number> {
  return (await admin.query(`SELECT FROM pg_stat_activity WHERE query LIKE 'CREATE DATABASE%' AND state = 'active'`))
    .length;
}

/** Runs `before` and `after` around each CREATE DATABASE that is sent through it. */
function around(access: DatabaseAccess, before: () => Promise<void>, after: () => void): DatabaseAccess {
  return {
    target: access.target,
    launch: access.launch,
    describe: () => access.describe(),
    childTarget: () => access.childTarget(),
    childEnvironment: () => access.childEnvironment(),
    connect: async (options) => {
      const client = await access.connect(options);
      type Query = string | pg.QueryConfig;
      const query = client.query.bind(client) as (query: Query, values?: unknown[]) => Promise<pg.QueryResult>;
      const replaced = async (sent: Query, values?: unknown[]) => {
        const creates = (typeof sent === 'string' ? sent : sent.text).startsWith('CREATE DATABASE ');
        if (creates) await before();
        const result = await query(sent, values);
        if (creates) after();
        return result;
      };
      return Object.assign(client, { query: replaced });
    },
    withDatabase: (name) => around(access.withDatabase(name), before, after),
    withRole: (name) => around(access.withRole(name), before, after),
  };
}

type Run = (access: DatabaseAccess, context: BackupContext) => Promise<unknown>;

describe.each<[string, Run]>([
  ['a restore', (access, there) => restore(backup, access, there, { create: true })],
  ['a drill on a server', (access, there) => verify(backup, there, serverDrill(access.withDatabase('postgres')))],
])('%s that is interrupted', (_what, run) => {
  test('while the server still works on CREATE DATABASE has it end, and leaves none', async () => {
    // What CREATE DATABASE waits for.
    const lock = await admin.client();
    await lock.query(`BEGIN; COMMENT ON DATABASE template0 IS 'locked'`);
    const abort = new AbortController();
    const outcome = run(await accessTo('copy', { server }), { ...context, signal: abort.signal }).catch(
      (error: unknown) => error,
    );
    await eventually('the server waits with CREATE DATABASE', async () => (await creations()) > 0);
    abort.abort();
    expect(await outcome).toMatchObject({ code: 'INTERRUPTED' });
    await lock.query('ROLLBACK');
    await lock.end();
    await eventually('the server has ended CREATE DATABASE', async () => (await creations()) === 0);
    expect(await databases()).toEqual(DATABASES);
  });

  test('when CREATE DATABASE has just ended drops what was made', async () => {
    const abort = new AbortController();
    const access = around(
      await accessTo('copy', { server }),
      () => Promise.resolve(),
      () => abort.abort(),
    );
    await expect(run(access, { ...context, signal: abort.signal })).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(await databases()).toEqual(DATABASES);
  });
});

test('an interrupted restore leaves a database that somebody else has made under its name meanwhile', async () => {
  const abort = new AbortController();
  const others = async () => {
    await admin.query('CREATE DATABASE copy');
    abort.abort();
  };
  const access = around(await accessTo('copy', { server }), others, () => {});
  await expect(restore(backup, access, { ...context, signal: abort.signal }, { create: true })).rejects.toMatchObject({
    code: 'INTERRUPTED',
  });
  expect(await databases()).toEqual(['copy', ...DATABASES]);
  await admin.query('DROP DATABASE copy');
});

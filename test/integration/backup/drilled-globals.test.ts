/** Databases and roles of a source that a throwaway server has to be given in the same way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, takeBackup, verify } from './harness.js';

let server: TestServer;
let admin: TestDatabase;
let context: BackupContext;

beforeAll(async () => {
  server = await startTestServer({ tablespaces: ['fast disk', 'slow'] });
  admin = openDatabase(server, 'postgres');
  context = await makeContext();
});

afterAll(() => server?.stop());

const TABLES = `
  CREATE TABLE here (a integer PRIMARY KEY); INSERT INTO here VALUES (1);
  CREATE TABLE slow (a integer) TABLESPACE slow; CREATE TABLE usual (a integer) TABLESPACE pg_default;`;

async function drill(database: string, user?: string) {
  const { backup } = await takeBackup(await accessTo(database, { server, ...(user && { user }) }), context);
  return verify(backup, context);
}

describe('a database with a tablespace of its own', () => {
  test.each([['a TABLESPACE = b WITH TEMPLATE c'], ['template1'], ['postgres']])('is proven: %s', async (name) => {
    const tablespace = name === 'template1' ? 'slow' : '"fast disk"';
    const from = openDatabase(server, name === 'postgres' ? 'template1' : 'postgres');
    const exists = name === 'template1' || name === 'postgres';
    await from.query(
      exists
        ? `ALTER DATABASE ${name} SET TABLESPACE ${tablespace}`
        : `CREATE DATABASE "${name}" TEMPLATE template0 TABLESPACE ${tablespace}`,
    );
    await openDatabase(server, name).query(TABLES);
    expect(await drill(name)).toMatchObject({ verdict: 'proven', differences: [], notes: [] });
  });
});

describe('a source whose bootstrap role', () => {
  test.each([
    ['may not log in', 'NOLOGIN'],
    ['is no superuser any more', 'NOSUPERUSER'],
  ])('%s is proven, with a note', async (_what, attribute) => {
    const name = `source_${attribute.toLowerCase()}`;
    await admin.query(`CREATE DATABASE ${name}`);
    await openDatabase(server, name).query('CREATE TABLE t (a integer); INSERT INTO t VALUES (1)');
    await admin.query(`CREATE ROLE deputy_${attribute} SUPERUSER LOGIN; ALTER ROLE postgres ${attribute} CREATEDB`);
    const deputy = `deputy_${attribute.toLowerCase()}`;
    try {
      const result = await drill(name, deputy);
      expect(result).toMatchObject({ verdict: 'proven', differences: [] });
      expect(result.notes).toEqual([expect.stringContaining(`of the role postgres was neither applied nor compared`)]);
    } finally {
      const client = await admin.client(deputy);
      await client.query('ALTER ROLE postgres SUPERUSER LOGIN');
      await client.end();
    }
  });
});

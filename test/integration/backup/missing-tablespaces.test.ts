/** A server that lacks tablespaces of the source: refused where the dump uses one, before anything is made. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';

let source: TestServer;
let target: TestServer;
let admin: TestDatabase;
let context: BackupContext;

beforeAll(async () => {
  [source, target] = await Promise.all([
    startTestServer({ tablespaces: ['fast "disk', 'slow', 'unused', 'there'] }),
    startTestServer({ tablespaces: ['there'] }),
  ]);
  admin = openDatabase(target, 'postgres');
  context = await makeContext();
});

afterAll(() => Promise.all([source?.stop(), target?.stop()]));

async function backUp(name: string, sql: string) {
  await openDatabase(source, 'postgres').query(`CREATE DATABASE ${name} TABLESPACE unused`);
  await openDatabase(source, name).query(sql);
  return (await takeBackup(await accessTo(name, { server: source }), context)).backup;
}

async function databases(): Promise<number> {
  return (await admin.query(`SELECT FROM pg_database`)).length;
}

describe('a backup with objects in tablespaces', () => {
  test('is refused with the statements to run, by a restore and by a drill on a server', async () => {
    const backup = await backUp(
      'used',
      `CREATE TABLE a (a integer) TABLESPACE "fast ""disk"; CREATE TABLE b (a integer) TABLESPACE there;
       CREATE TABLE c (a integer); CREATE INDEX ON c (a) TABLESPACE slow`,
    );
    const refused = {
      code: 'PREFLIGHT_FAILED',
      message: expect.stringMatching(/does not have: fast "disk, slow\.$/) as string,
      hint: expect.stringMatching(
        /CREATE TABLESPACE "fast ""disk" OWNER postgres LOCATION '[^']+'; CREATE TABLESPACE slow OWNER postgres LOCATION '[^']+';$/,
      ) as string,
    };
    const before = await databases();
    await expect(
      restore(backup, await accessTo('copy', { server: target }), context, { create: true, globals: true }),
    ).rejects.toMatchObject(refused);
    const drill = serverDrill(await accessTo('postgres', { server: target }));
    await expect(verify(backup, context, drill)).rejects.toMatchObject(refused);
    expect(await databases()).toBe(before);
  });

  test('is restored where those that it uses are there', async () => {
    const backup = await backUp('sparing', `CREATE TABLE b (a integer) TABLESPACE there; INSERT INTO b VALUES (1)`);
    const access = await accessTo('sparing_copy', { server: target });
    const result = await restore(backup, access, context, { create: true, check: true });
    expect(result).toMatchObject({ comparison: { differences: [] } });
  });
});

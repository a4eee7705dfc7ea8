/** `restore --globals` on a server that has some of the roles: those are given nothing. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openDatabase, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup } from './harness.js';

let source: TestServer;
let target: TestServer;
let context: BackupContext;
let backup: CompleteBackup;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(), startTestServer()]);
  const there = openDatabase(source, 'postgres');
  await there.query(`
    CREATE ROLE admins CREATEROLE; CREATE ROLE "Old ""TO x"; CREATE ROLE old_too; CREATE ROLE fresh;
    GRANT admins TO "Old ""TO x"; GRANT admins TO fresh; GRANT pg_read_all_data TO old_too WITH ADMIN OPTION;
    GRANT "Old ""TO x" TO old_too;
    GRANT SET ON PARAMETER log_min_messages TO old_too; GRANT SET ON PARAMETER log_min_messages TO fresh;
    ALTER ROLE old_too SET work_mem = '7MB'; ALTER ROLE fresh SET work_mem = '8MB'`);
  await there.query('CREATE DATABASE app');
  context = await makeContext();
  ({ backup } = await takeBackup(await accessTo('app', { server: source }), context));
});

afterAll(() => Promise.all([source?.stop(), target?.stop()]));

test('roles that are made get their memberships; those that were there are named in notes', async () => {
  const admin = openDatabase(target, 'postgres');
  await admin.query('CREATE ROLE "Old ""TO x"; CREATE ROLE old_too; GRANT "Old ""TO x" TO old_too');
  const access = await accessTo('copy', { server: target });
  const { notes } = await restore(backup, access, context, { create: true, globals: true });
  expect(notes).toEqual([
    'Not applied, because the role already existed: GRANT admins TO "Old ""TO x" GRANTED BY postgres;',
    'Not applied, because the role already existed: GRANT pg_read_all_data TO old_too WITH ADMIN OPTION GRANTED BY postgres;',
    'Not applied, because the role already existed: GRANT SET ON PARAMETER log_min_messages TO old_too;',
    'The backup gave these new roles powers beyond their grants: "admins" (CREATEROLE); "fresh" (privileges on parameters). Take away what they should not have: ALTER ROLE … NOSUPERUSER, REVOKE … FROM …, DROP ROLE.',
  ]);
  const memberships = await admin.query(
    `SELECT roleid::regrole::text AS role, member::regrole::text AS member FROM pg_auth_members
      WHERE member::regrole::text !~ '^pg_' ORDER BY 1, 2`,
  );
  expect(memberships).toEqual([
    { role: '"Old ""TO x"', member: 'old_too' },
    { role: 'admins', member: 'fresh' },
  ]);
  expect(await admin.query('SELECT paracl::text AS acl FROM pg_parameter_acl')).toEqual([
    { acl: expect.not.stringContaining('old_too') as string },
  ]);
  expect(await admin.query(`SELECT rolname, rolconfig FROM pg_roles WHERE rolconfig IS NOT NULL`)).toEqual([
    { rolname: 'fresh', rolconfig: ['work_mem=8MB'] },
  ]);
});

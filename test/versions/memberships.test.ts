/** Since 16, whoever creates a role may administer it and no more: a restore joins it, and leaves memberships as they were. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BackupContext } from '../../src/backup/operation/context.js';
import type { CompleteBackup } from '../../src/vault/catalog.js';
import { openDatabase, type TestDatabase, type TestServer } from '../helpers/postgres.js';
import { accessTo, restore, takeBackup } from '../integration/backup/harness.js';
import { contextWith, describeMajors, startMajor } from './majors.js';

const MEMBERSHIPS = `
  SELECT roleid::regrole::text AS role, grantor::regrole::text AS grantor, admin_option, inherit_option, set_option
    FROM pg_auth_members WHERE member = 'admin'::regrole ORDER BY 1, 2`;

describeMajors(17, 'a restore by a role with CREATEROLE on %i', (major) => {
  let server: TestServer;
  let postgres: TestDatabase;
  let context: BackupContext;
  let backup: CompleteBackup;

  beforeAll(async () => {
    server = await startMajor(major);
    postgres = openDatabase(server, 'postgres');
    await postgres.query('CREATE ROLE admin LOGIN CREATEROLE CREATEDB; CREATE ROLE foreign_owner');
    const admin = await postgres.client('admin');
    await admin.query(
      'CREATE ROLE app_owner; CREATE ROLE app_half; GRANT app_half TO admin WITH INHERIT FALSE, SET TRUE',
    );
    await admin.end();
    await postgres.query('CREATE DATABASE app');
    await openDatabase(server, 'app').query(`
      CREATE SCHEMA app AUTHORIZATION app_owner; CREATE TABLE app.t AS SELECT 1 AS a; ALTER TABLE app.t OWNER TO app_half;
      CREATE TABLE app.u AS SELECT 2 AS a; ALTER TABLE app.u OWNER TO app_owner`);
    context = await contextWith([major]);
    ({ backup } = await takeBackup(await accessTo('app', { server }), context));
  });

  afterAll(() => server?.stop());

  it('gives everything to its owners, and has the memberships that it had', async () => {
    const before = await postgres.query(MEMBERSHIPS);
    const access = await accessTo('copy', { server, user: 'admin' });
    const result = await restore(backup, access, context, { create: true, check: true });
    expect(result.comparison?.differences).toEqual([]);
    expect(result.memberships).toEqual(['app_half', 'app_owner']);
    expect(await postgres.query(MEMBERSHIPS)).toEqual(before);
  });

  it('names the roles that it may not join', async () => {
    await openDatabase(server, 'app').query('ALTER TABLE app.u OWNER TO foreign_owner');
    const { backup: other } = await takeBackup(await accessTo('app', { server }), context);
    const access = await accessTo('other', { server, user: 'admin' });
    await expect(restore(other, access, context, { create: true })).rejects.toMatchObject({
      code: 'PREFLIGHT_FAILED',
      details: { problems: [{ kind: 'owner', objects: ['TABLE app.u'], total: 1, option: '--no-owner' }] },
    });
    expect(await postgres.query(`SELECT FROM pg_database WHERE datname = 'other'`)).toEqual([]);
  });
});

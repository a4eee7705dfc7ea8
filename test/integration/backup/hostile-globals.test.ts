/** Globals that somebody rewrote who can write backups, digests and checksum included: what a restore makes of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { checkBackup } from '../../../src/backup/check/check-backup.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { serverDrill } from '../../../src/backup/verify/server-drill.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openDatabase, startTestServer, type TestDatabase, type TestServer } from '../../helpers/postgres.js';
import { accessTo, makeContext, restore, takeBackup, verify } from './harness.js';
import { TamperedVault } from './tampered-vault.js';

const ID = 'hostile';
const BOB = `${ID}_bob`;
const ANON = `${ID}_anon`;
const NEW = `${ID}_new`;
const PAYROLL = `${ID}_payroll`;
const COPY = `${ID}_copy`;
/** As long as a name can be; a server cuts a longer one to it. */
const LONG = `${ID}_`.padEnd(63, 'x');

let context: BackupContext;
/** Of its own, as roles belong to a whole server, and a restore makes all that its backup knows. */
let server: TestServer;
let admin: TestDatabase;
let backup: CompleteBackup;

beforeAll(async () => {
  context = await makeContext();
  server = await startTestServer();
  admin = openDatabase(server, 'postgres');
  await admin.query(`CREATE ROLE ${BOB} LOGIN PASSWORD 'old'; CREATE ROLE ${ANON} LOGIN; CREATE ROLE ${LONG}`);
  await admin.query(`CREATE DATABASE ${PAYROLL}`);
  await admin.query(`REVOKE ALL ON DATABASE ${PAYROLL} FROM PUBLIC`);
  await openDatabase(server, PAYROLL).query('CREATE TABLE salaries (a integer)');
  await admin.query('CREATE DATABASE src');
  await openDatabase(server, 'src').query('CREATE TABLE t (a integer); INSERT INTO t VALUES (1)');
  ({ backup } = await takeBackup(await accessTo('src', { server }), context));
});

beforeEach(async () => {
  await admin.query(`DROP DATABASE IF EXISTS ${COPY}`);
  await admin.query(`DROP ROLE IF EXISTS ${NEW}`);
});

afterAll(() => server?.stop());

/** All that the globals could change of the roles and databases above, and of every role at once. */
function state() {
  return admin.query(
    `SELECT (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(a) ORDER BY rolname) FROM pg_authid a
              WHERE rolname LIKE '${ID}%' OR rolname = 'postgres') AS roles,
            (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(d) - '{datfrozenxid,datminmxid}'::text[] ORDER BY datname)
               FROM pg_database d WHERE datname LIKE '${ID}%') AS databases,
            (SELECT pg_catalog.jsonb_agg(m.member::regrole || ' ' || m.roleid::regrole ORDER BY 1) FROM pg_auth_members m
              WHERE m.member::regrole::text LIKE '${ID}%') AS memberships,
            (SELECT pg_catalog.jsonb_agg(pg_catalog.to_jsonb(s) ORDER BY setdatabase, setrole) FROM pg_db_role_setting s
              WHERE (setdatabase = 0 AND setrole = 0) OR setrole::regrole::text LIKE '${ID}%'
                 OR setdatabase IN (SELECT oid FROM pg_database WHERE datname LIKE '${ID}%')) AS settings,
            (SELECT pg_catalog.jsonb_agg(c.description ORDER BY c.objoid) FROM pg_shdescription c JOIN pg_roles r ON r.oid = c.objoid
              WHERE r.rolname LIKE '${ID}%') AS comments`,
  );
}

function tamper(change: (globals: string) => string): TamperedVault {
  const vault = new TamperedVault(context, backup);
  const before = vault.text('globals');
  vault.forge('globals', change(before));
  expect(vault.text('globals')).not.toBe(before);
  return vault;
}

const withRoles = (statements: string) =>
  tamper((globals) => globals.replace('CREATE ROLE postgres;', `CREATE ROLE postgres;\n${statements}`));
const withDatabase = (statements: string) => tamper((globals) => `${globals}\n${statements}\n`);

async function restoreFrom(vault: TamperedVault, options = { create: true, globals: true }) {
  return restore(backup, await accessTo(COPY, { server }), vault.context(context), options);
}

describe('A: globals that a writer of backups rewrote', () => {
  test.each([
    ['make a role that others are members of', `CREATE ROLE ${NEW} SUPERUSER ROLE ${ANON};`],
    ['change the password of who restores', `ALTER ROLE CURRENT_USER PASSWORD 'pwn';`],
    ['name a role in another form', `ALTER ROLE U&"${BOB}" PASSWORD 'pwn' SUPERUSER;`],
    ['change every role', `ALTER ROLE ALL SET search_path TO 'evil';`],
    ['rename a role', `CREATE ROLE ${NEW};\nALTER ROLE ${NEW} RENAME TO "${NEW}2";`],
    ['set a password', `ALTER ROLE ${BOB} WITH LOGIN PASSWORD 'pwn';`],
    ['take a membership away', `REVOKE ${BOB} FROM ${ANON};`],
  ])('and that %s are refused by restore, check and verify, and nothing is run', async (_what, statements) => {
    const vault = withRoles(`CREATE ROLE ${NEW}_first;\n${statements}`);
    const before = await state();
    await expect(restoreFrom(vault)).rejects.toMatchObject({ code: 'HOSTILE_DUMP' });
    expect(await checkBackup(backup, vault.context(context))).toMatchObject({
      verdict: 'damaged',
      problems: [{ key: vault.key('globals') }],
    });
    const verified = await verify(backup, vault.context(context), serverDrill(await accessTo('postgres', { server })));
    expect(verified).toMatchObject({ verdict: 'unreadable', matched: 0 });
    expect(await state()).toEqual(before);
  });

  test.each([
    ['the owner of another database', () => withDatabase(`ALTER DATABASE ${PAYROLL} OWNER TO ${ANON};`)],
    ['privileges on another database', () => withDatabase(`GRANT ALL ON DATABASE ${PAYROLL} TO PUBLIC;`)],
    [
      'settings of another database',
      () => withDatabase(`ALTER DATABASE ${PAYROLL} SET default_transaction_read_only TO 'on';`),
    ],
    [
      'settings of a role in another database',
      () => withDatabase(`ALTER ROLE ${BOB} IN DATABASE ${PAYROLL} SET search_path TO 'evil';`),
    ],
    [
      'another database as its template',
      () => tamper((globals) => globals.replace(/ WITH TEMPLATE = template0 /, ` WITH TEMPLATE = ${PAYROLL} `)),
    ],
    [
      'an owner where the database is made',
      () => tamper((globals) => globals.replace(/( WITH TEMPLATE = template0 .*);/, `$1 OWNER = ${ANON};`)),
    ],
  ])('and that name %s are refused by restore --create, and nothing is run', async (_what, make) => {
    const vault = make();
    const before = await state();
    await expect(restoreFrom(vault, { create: true, globals: false })).rejects.toMatchObject({ code: 'HOSTILE_DUMP' });
    expect(await checkBackup(backup, vault.context(context))).toMatchObject({ verdict: 'damaged' });
    expect(await state()).toEqual(before);
  });

  test('and that say other things of roles that are there change none of them', async () => {
    const vault = tamper((globals) =>
      globals.replaceAll(`ALTER ROLE ${BOB} WITH NOSUPERUSER`, `ALTER ROLE ${BOB} WITH SUPERUSER`).replace(
        'CREATE ROLE postgres;',
        `CREATE ROLE postgres;
CREATE ROLE ${NEW};
ALTER ROLE ${NEW} WITH SUPERUSER;
CREATE ROLE "${LONG}yz";
ALTER ROLE "${LONG}yz" WITH SUPERUSER LOGIN;
GRANT ${NEW} TO "${LONG}yz";
ALTER ROLE ${ANON} SET search_path TO 'evil';
COMMENT ON ROLE ${ANON} IS 'evil';
GRANT ${NEW} TO ${ANON} WITH ADMIN OPTION;
GRANT ${BOB} TO ${ANON};
GRANT pg_monitor TO ${NEW};`,
      ),
    );
    const { notes } = await restoreFrom(vault);
    const after = await admin.query(
      `SELECT rolname, rolsuper, rolcanlogin, rolconfig, pg_catalog.shobj_description(oid, 'pg_authid') AS comment,
              ARRAY(SELECT roleid::regrole::text FROM pg_auth_members WHERE member = r.oid) AS member_of
         FROM pg_roles r WHERE rolname LIKE '${ID}%' ORDER BY rolname`,
    );
    const untouched = { rolsuper: false, rolconfig: null, comment: null, member_of: [] };
    expect(after).toEqual(
      [
        { rolname: BOB, rolcanlogin: true, ...untouched },
        { rolname: ANON, rolcanlogin: true, ...untouched },
        { rolname: LONG, rolcanlogin: false, ...untouched },
        { rolname: NEW, rolcanlogin: false, ...untouched, rolsuper: true, member_of: ['pg_monitor'] },
      ].sort((a, b) => (a.rolname < b.rolname ? -1 : 1)),
    );
    expect(notes).toEqual(
      expect.arrayContaining([
        `Not applied, because the role already existed: GRANT ${NEW} TO ${ANON} WITH ADMIN OPTION;`,
        `Not applied, because the role already existed: GRANT ${BOB} TO ${ANON};`,
        expect.stringMatching(
          `^The backup gave these new roles powers beyond their grants: .*"${NEW}" \\(SUPERUSER, member of "pg_monitor"\\)`,
        ),
      ]),
    );
  });
});

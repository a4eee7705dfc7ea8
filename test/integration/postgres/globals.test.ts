import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProcess } from '../../../src/core/child-process.js';
import { Secret } from '../../../src/core/secret.js';
import { openAccess, type DatabaseAccess } from '../../../src/postgres/connection.js';
import { dumpGlobals } from '../../../src/postgres/globals.js';
import { quoteIdentifier } from '../../../src/syntax/sql/identifiers.js';
import { parseGlobals } from '../../../src/postgres/parse-globals.js';
import { serverPrograms, startTestServer, type TestServer } from '../../helpers/postgres.js';
import { bareEnvironment } from './access.js';

const DATABASE = `shop's "db"; \\c x=1 é`;
const Q = quoteIdentifier(DATABASE);
const ROLE = `odd "IN DATABASE x"; -- role`;

let source: TestServer;
let target: TestServer;
let globals: string;

function accessOf(server: TestServer, database: string): Promise<DatabaseAccess> {
  return openAccess({
    target: { ...server.connection(database), port: String(server.port), parameters: {} },
    authentication: { kind: 'password', password: new Secret('unused') },
    env: bareEnvironment,
  });
}

async function run(server: TestServer, database: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = await (await accessOf(server, database)).connect();
  try {
    const result = await client.query<Record<string, unknown>>(sql);
    return result.rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  [source, target] = await Promise.all([startTestServer(), startTestServer()]);
  const role = quoteIdentifier(ROLE);
  await run(
    source,
    'postgres',
    `CREATE ROLE app LOGIN PASSWORD 'hunter2'; CREATE ROLE readers; CREATE ROLE ${role} VALID UNTIL '2030-01-01';
     GRANT readers TO app WITH ADMIN OPTION; COMMENT ON ROLE readers IS E'who; reads\n-- holdfast: database';
     ALTER ROLE app SET statement_timeout = '5s'; GRANT SET ON PARAMETER log_min_messages TO app;`,
  );
  await run(source, 'postgres', `CREATE DATABASE ${Q} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8' OWNER app`);
  await run(
    source,
    'postgres',
    `ALTER DATABASE ${Q} SET work_mem = '8MB'; ALTER DATABASE ${Q} CONNECTION LIMIT 7;
     ALTER ROLE ${role} IN DATABASE ${Q} SET search_path = 'x', 'y "z"';
     REVOKE CONNECT ON DATABASE ${Q} FROM PUBLIC; GRANT CONNECT ON DATABASE ${Q} TO readers;
     COMMENT ON DATABASE ${Q} IS E'it''s; the\n\\\\unrestrict\nCREATE ROLE evil; é';`,
  );
  await run(source, DATABASE, 'CREATE TABLE public.not_in_globals (i int); CREATE SCHEMA nor_this');
  globals = await dumpGlobals({ programs: await serverPrograms(), access: await accessOf(source, DATABASE) });
});
afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
});

describe('dumpGlobals', () => {
  it('marks its parts once each, and holds no password and nothing of what the dump holds', () => {
    expect(globals.match(/^-- holdfast: roles$/gm)).toHaveLength(1);
    expect(globals.indexOf('-- holdfast: roles')).toBeLessThan(globals.lastIndexOf('\n-- holdfast: database\n'));
    expect(globals).not.toMatch(/PASSWORD '|SCRAM|hunter2|not_in_globals|nor_this|CREATE SCHEMA/);
  });

  it('restores roles, memberships and the settings of the database with psql alone', async () => {
    const programs = await serverPrograms();
    const result = await runProcess({
      command: programs.program('psql'),
      args: ['-X', '-d', 'postgres'],
      env: target.environment(),
      input: globals,
      user: target.user,
    });
    // The one role that every server has is the one error that the file announces.
    expect(result.stderr.match(/ERROR:.*/g)).toEqual(['ERROR:  role "postgres" already exists']);

    const facts = `
      SELECT datname, pg_encoding_to_char(encoding) AS encoding, datcollate, datconnlimit,
             (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a) AS grants,
             pg_get_userbyid(datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment,
             (SELECT array_agg(setrole::regrole::text || ' ' || setconfig::text ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
        FROM pg_database d WHERE NOT datistemplate ORDER BY 1`;
    expect(await run(target, 'postgres', facts)).toEqual(await run(source, 'postgres', facts));
    const roles = `
      SELECT rolname, rolcanlogin, rolvaliduntil, rolconfig, shobj_description(oid, 'pg_authid') AS comment,
             ARRAY(SELECT roleid::regrole::text || admin_option FROM pg_auth_members WHERE member = r.oid) AS member_of
        FROM pg_roles r ORDER BY 1`;
    expect(await run(target, 'postgres', roles)).toEqual(await run(source, 'postgres', roles));
    const parameters = 'SELECT parname, paracl::text FROM pg_parameter_acl';
    expect(await run(target, 'postgres', parameters)).toEqual(await run(source, 'postgres', parameters));
  });

  it('prints times in one form, whatever the database is set to', async () => {
    await run(source, 'postgres', `CREATE ROLE expiring VALID UNTIL '2030-06-05 12:00+00'`);
    await run(source, 'postgres', 'CREATE DATABASE dated');
    await run(source, 'postgres', `ALTER DATABASE dated SET datestyle = 'SQL, DMY'`);
    await run(source, 'postgres', `ALTER DATABASE dated SET timezone = 'Europe/Berlin'`);
    const text = await dumpGlobals({ programs: await serverPrograms(), access: await accessOf(source, 'dated') });
    expect(text).toMatch(/ROLE expiring WITH .*VALID UNTIL '2030-06-05 12:00:00\+00'/);
  });

  it('says which database is missing', async () => {
    const programs = await serverPrograms();
    await expect(
      dumpGlobals({ programs, access: (await accessOf(source, DATABASE)).withDatabase('gone') }),
    ).rejects.toMatchObject({
      code: 'DATABASE_MISSING',
      message: expect.stringContaining('/gone') as string,
    });
  });
});

describe('parseGlobals', () => {
  it('sorts the statements of a real file', () => {
    const parsed = parseGlobals(globals);
    expect(parsed.tablespaces).toEqual([]);
    expect(parsed.roles.filter(({ creates }) => creates).map(({ text }) => text)).toEqual([
      'CREATE ROLE app;',
      `CREATE ROLE ${quoteIdentifier(ROLE)};`,
      'CREATE ROLE postgres;',
      'CREATE ROLE readers;',
    ]);
    expect(parsed.roles.some(({ text }) => text.startsWith('COMMENT ON ROLE readers'))).toBe(true);
    expect(parsed.memberships).toHaveLength(1);
    expect(parsed.memberships[0]?.text).toMatch(/^GRANT readers TO app WITH ADMIN OPTION/);
    expect(parsed.roleSettings.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^ALTER ROLE app SET statement_timeout/),
      expect.stringMatching(/^GRANT SET ON PARAMETER log_min_messages TO app/),
    ]);
    expect(parsed.database[0]?.text).toMatch(/^CREATE DATABASE .*ENCODING = 'UTF8'.*'C.UTF-8'/);
    for (const expected of [
      /^ALTER DATABASE .* OWNER TO app;$/s,
      /^ALTER DATABASE .* CONNECTION LIMIT = 7;$/s,
      /^ALTER DATABASE .* SET work_mem TO '8MB';$/s,
      /^COMMENT ON DATABASE .*CREATE ROLE evil; é';$/s,
      /^REVOKE CONNECT.* ON DATABASE .* FROM PUBLIC;$/s,
      /^GRANT CONNECT ON DATABASE .* TO readers;$/s,
    ]) {
      expect(parsed.database.filter(({ text }) => expected.test(text))).toHaveLength(1);
    }
    expect(parsed.database.some(({ text }) => text.startsWith(`ALTER ROLE ${quoteIdentifier(ROLE)} IN DATABASE`))).toBe(
      true,
    );
  });
});

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dumpRoleSql } from '../../../src/postgres/dump-role.js';
import { DUMP_ROLE_MARK } from '../../../src/postgres/dump-role-mark.js';
import { startPgDump } from '../../../src/postgres/pg-dump.js';
import { openAccess } from '../../../src/postgres/connection.js';
import { openDatabase, createDatabase, serverPrograms, startTestServer } from '../../helpers/postgres.js';
import type { TestDatabase, TestServer } from '../../helpers/postgres.js';
import { runPsql } from '../../helpers/psql.js';
import { bareEnvironment } from './access.js';

let server: TestServer;
let database: TestDatabase;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());
beforeEach(async () => {
  database = await createDatabase(server, 'CREATE SCHEMA s; CREATE TABLE s.t (id serial); CREATE TABLE u (a int)');
});

/** All that a server knows of its roles and databases, but for what is given by name. */
async function roles(): Promise<string> {
  const rows = await database.query(
    `SELECT r.*, pg_catalog.shobj_description(r.oid, 'pg_authid') AS comment,
            ARRAY(SELECT m.roleid FROM pg_auth_members m WHERE m.member = r.oid ORDER BY 1) AS member_of,
            ARRAY(SELECT s.setconfig::text FROM pg_db_role_setting s WHERE s.setrole = r.oid) AS settings,
            ARRAY(SELECT d.datname || d.datacl::text FROM pg_database d WHERE d.datacl IS NOT NULL ORDER BY 1) AS databases
       FROM pg_roles r ORDER BY rolname`,
  );
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

async function dump(role: string): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const access = await openAccess({
    target: { host: server.host, port: String(server.port), user: role, database: database.name, parameters: {} },
    authentication: { kind: 'default' },
    env: bareEnvironment,
  });
  const child = await startPgDump({ programs: await serverPrograms(), access, lockWaitTimeoutMs: 10_000 });
  child.stdout.on('data', () => {});
  const { code } = await child.exited;
  return { code, stderr: child.stderr() };
}

describe('A2: the script of policy database', () => {
  it.each(['holdfast_dump', `Dump % 'er' "x" \\ :HOST $$ $q$ ü`])(
    'A2: makes a role called %s that dumps everything and may write nothing; and is run twice',
    async (role) => {
      await database.query('SELECT lo_create(12)');
      const script = dumpRoleSql(role, database.name);
      const first = await runPsql(server, database.name, script);
      expect(first, first.stderr).toMatchObject({ code: 0 });
      expect(first.stderr).toContain(`The role "${role}" was created.`);
      // The last word: it cannot sign in yet.
      const quotedRole = role === 'holdfast_dump' ? role : `"${role.replaceAll('"', '""')}"`;
      expect(first.stderr.trimEnd().split('\n').at(-1)).toContain(
        `It has no password yet. Set one in psql: \\password ${quotedRole}`,
      );
      expect(await dump(role)).toEqual({ code: 0, stderr: '' });
      const client = await database.client(role);
      await expect(client.query('CREATE TABLE public.mine (a int)')).rejects.toThrow(/read-only|permission denied/);
      await client.end();
      await database.query('SELECT lo_create(13)');
      const second = await runPsql(server, database.name, script);
      expect(second, second.stderr).toMatchObject({ code: 0 });
      expect(second.stderr).toContain('already exists, with the comment of this script');
      expect(second.stderr).not.toContain('no password yet');
      expect(await dump(role)).toEqual({ code: 0, stderr: '' });
    },
  );

  it('A2: grants table by table where a server has no pg_read_all_data', async () => {
    const script = dumpRoleSql('before_14', database.name).replace("rolname = 'pg_read_all_data'", "rolname = 'none'");
    const result = await runPsql(server, database.name, script);
    expect(result, result.stderr).toMatchObject({ code: 0 });
    expect((await dump('before_14')).code).toBe(0);
  });

  it.each([
    ['the superuser', () => `SELECT`, () => 'postgres', 'is a superuser'],
    [
      'a superuser with our mark',
      () => `CREATE ROLE marked_super SUPERUSER; COMMENT ON ROLE marked_super IS '${DUMP_ROLE_MARK}'`,
      () => 'marked_super',
      'is a superuser',
    ],
    ['an application', () => 'CREATE ROLE "App 1" LOGIN', () => 'App 1', 'was not created by this script'],
    [
      'an owner with our mark',
      () =>
        `CREATE ROLE marked_owner; COMMENT ON ROLE marked_owner IS '${DUMP_ROLE_MARK}'; ALTER TABLE u OWNER TO marked_owner`,
      () => 'marked_owner',
      'owns databases or objects',
    ],
    [
      'the owner of another database, with our mark',
      () =>
        `CREATE ROLE marked_db_owner; COMMENT ON ROLE marked_db_owner IS '${DUMP_ROLE_MARK}'; ALTER DATABASE template1 OWNER TO marked_db_owner`,
      () => 'marked_db_owner',
      'owns databases or objects',
    ],
    [
      'one that makes roles, with our mark',
      () => `CREATE ROLE marked_maker CREATEROLE; COMMENT ON ROLE marked_maker IS '${DUMP_ROLE_MARK}'`,
      () => 'marked_maker',
      'may create roles or databases, or replicate',
    ],
    [
      'one that row security hides nothing from, with our mark',
      () => `CREATE ROLE marked_bypass BYPASSRLS; COMMENT ON ROLE marked_bypass IS '${DUMP_ROLE_MARK}'`,
      () => 'marked_bypass',
      'has BYPASSRLS, which this script does not give',
    ],
    [
      'one that is granted to somebody, with our mark, written by who may make roles',
      () => `CREATE ROLE eve LOGIN CREATEROLE; CREATE ROLE "Eve's friend" LOGIN; SET SESSION AUTHORIZATION eve;
        CREATE ROLE marked_held LOGIN PASSWORD 'of-eve'; COMMENT ON ROLE marked_held IS '${DUMP_ROLE_MARK}';
        GRANT marked_held TO "Eve's friend"`,
      () => 'marked_held',
      `is granted to "Eve's friend", who would read all that it may`,
    ],
    [
      'a member of other roles, with our mark',
      () =>
        `CREATE ROLE marked_member; COMMENT ON ROLE marked_member IS '${DUMP_ROLE_MARK}'; GRANT pg_write_all_data, pg_read_all_data TO marked_member`,
      () => 'marked_member',
      'is a member of pg_write_all_data, which this script does not give',
    ],
    [
      'one that may pass on what it reads, with our mark',
      () =>
        `CREATE ROLE marked_granter; COMMENT ON ROLE marked_granter IS '${DUMP_ROLE_MARK}'; GRANT pg_read_all_data TO marked_granter WITH ADMIN OPTION`,
      () => 'marked_granter',
      'is a member of pg_read_all_data, which this script does not give',
    ],
  ])('A2: changes nothing where its name is that of %s', async (_, sql, name, reason) => {
    await database.query(sql());
    const before = await roles();
    const result = await runPsql(server, database.name, dumpRoleSql(name(), database.name));
    expect(result.code).toBe(3);
    expect(result.stderr).toContain(`The role "${name()}" already exists and ${reason}.`);
    expect(result.stderr).toContain('--role NAME');
    expect(await roles()).toBe(before);
  });

  it('A2: changes nothing in another database than its own, and says which it is for', async () => {
    const before = await roles();
    const elsewhere = await runPsql(server, 'postgres', dumpRoleSql('stray', database.name));
    expect(elsewhere.code).toBe(3);
    expect(elsewhere.stderr).toContain(`This is the database "postgres", and the script is for "${database.name}".`);
    const missing = await runPsql(server, 'postgres', dumpRoleSql('stray', `no "such' one`));
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain(`the script is for "no "such' one".`);
    expect(await roles()).toBe(before);
  });

  it('A2: changes nothing when a later statement fails, such as the grant of rds_iam on another server', async () => {
    const before = await roles();
    const result = await runPsql(server, database.name, dumpRoleSql('iam_role', database.name, { iam: true }));
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('role "rds_iam" does not exist');
    expect(await roles()).toBe(before);
  });

  it("A2: is refused where an event trigger would run somebody else's code for its grants", async () => {
    const owner = `owner_${database.name}`;
    await database.query(`SELECT lo_create(14); CREATE ROLE ${owner}; CREATE TABLE ran (who text); GRANT INSERT ON ran TO PUBLIC;
      CREATE FUNCTION fires() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.ran VALUES (current_user); END $$;
      CREATE EVENT TRIGGER trap ON ddl_command_start EXECUTE FUNCTION fires(); ALTER FUNCTION fires() OWNER TO ${owner};
      TRUNCATE ran`);
    const before = await roles();
    const result = await runPsql(server, database.name, dumpRoleSql('triggered', database.name));
    expect(result.code).toBe(3);
    expect(result.stderr).toContain('The event trigger "trap" would run another role\'s code with your rights.');
    expect(await roles()).toBe(before);
    expect(await database.query('SELECT who FROM ran')).toEqual([]);
  });

  it('A2: calls nothing that the owner of the database has put in its way', async () => {
    await database.query(`CREATE SCHEMA evil; CREATE TABLE evil.marker (a text); SELECT lo_create(15);
      CREATE FUNCTION evil.eq(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO evil.marker VALUES ('ran'); RETURN $1 OPERATOR(pg_catalog.=) $2; END $$;
      CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.eq);
      CREATE FUNCTION evil.current_database() RETURNS name LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO evil.marker VALUES ('ran'); RETURN pg_catalog.current_database(); END $$;
      ALTER DATABASE ${database.name} SET search_path = evil, pg_catalog;
      ALTER DATABASE ${database.name} SET standard_conforming_strings = off;
      ALTER DATABASE ${database.name} SET default_transaction_read_only = on`);
    const result = await runPsql(server, database.name, dumpRoleSql('careful\\', database.name));
    expect(result, result.stderr).toMatchObject({ code: 0 });
    expect(await openDatabase(server, database.name).query('SELECT a FROM evil.marker')).toEqual([]);
  });

  it('A2: is not printed for names that PostgreSQL would cut off', () => {
    expect(() => dumpRoleSql('x'.repeat(64), 'orders')).toThrow(/1 to 63 bytes; this one has 64/);
    expect(() => dumpRoleSql('', 'orders')).toThrow(/1 to 63 bytes/);
  });

  it('A2: shows names in its comments without a line break that would end them', () => {
    const script = dumpRoleSql('a\nDROP TABLE u; --', 'b\r\nDROP TABLE u; --');
    const head = script.slice(0, script.indexOf('\\set'));
    expect(head.split('\n').filter((line) => line !== '' && !line.startsWith('--'))).toEqual([]);
  });
});

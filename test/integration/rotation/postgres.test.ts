import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { describeRole } from './describe-role.js';
import {
  application as applicationOn,
  asApplication,
  createUser as createUserOn,
  signIn,
  type Application,
  type PostgresSettings,
} from './application.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer({ settings: { log_statement: 'all' } });
});
afterAll(() => server.stop());

const application = (settings: PostgresSettings = {}, value: Record<string, unknown> = {}) =>
  applicationOn(emulator, server, settings, { value });
const createUser = (app: Application, sql = '') => createUserOn(server, app, sql);

const users = async (prefix: string) =>
  (
    await server.query<{ name: string }>(
      'postgres',
      `SELECT rolname AS name FROM pg_roles WHERE rolname LIKE '${prefix}%'`,
    )
  )
    .map(({ name }) => name)
    .sort();

describe('alternating users', () => {
  it('creates the user with its declared grants in the first rotation, when neither of the pair is there', async () => {
    const app = await application({
      role: {
        connectionLimit: 7,
        settings: { statement_timeout: '45s', search_path: ['app', 'public'] },
        grants: [
          { on: 'schema', schema: 'public', privileges: ['usage'] },
          { on: 'tables', schema: 'public', privileges: ['select', 'insert'], createdBy: ['rds_admin'] },
        ],
      },
    });
    const { resumed } = await app.secret.rotate();
    expect(resumed).toBe(false);
    const value = await app.secret.current();
    expect(value).toMatchObject({ username: `${app.user}_clone`, team: 'payments', host: server.server.host });
    await server.query(app.database, 'SET ROLE rds_admin; CREATE TABLE later (id int)');
    await asApplication(app.secret, async (client) => {
      expect((await client.query('SELECT id FROM orders')).rows).toEqual([{ id: 7 }]);
      await client.query('INSERT INTO later VALUES (1)');
      await expect(client.query('DELETE FROM orders')).rejects.toThrow('permission denied');
      expect((await client.query('SHOW search_path')).rows[0]).toEqual({ search_path: 'app, public' });
    });
    expect(await users(app.user)).toEqual([app.user, app.clone]);
    await app.secret.rotate();
    expect(await users(app.user)).toEqual([app.user, app.clone]);
    const [first, second] = [
      await describeRole(server, app.database, app.user),
      await describeRole(server, app.database, app.clone),
    ];
    expect(first.attributes).toMatchObject({ rolconnlimit: 7 });
    expect(second.attributes).toEqual(first.attributes);
    expect(second.settings).toEqual(['0 role=' + app.user, ...first.settings].sort());
    expect(first.privileges).toContain('public.orders SELECT false');
    expect(second.privileges).toEqual([]);
  });

  it('17.4: lets both of the pair do what was granted to the one, with its settings, limits and policies', async () => {
    const app = await application();
    const second = await server.createDatabase();
    await createUser(
      app,
      `SET ROLE rds_admin; CREATE ROLE ${app.user}_group; CREATE ROLE ${app.user}_admin_group; RESET ROLE;
       GRANT ${app.user}_group TO ${app.user}; GRANT ${app.user}_admin_group TO ${app.user} WITH ADMIN OPTION;
       ALTER ROLE ${app.user} CONNECTION LIMIT 12 NOINHERIT CREATEDB VALID UNTIL '2031-01-02 03:04:05+00';
       ALTER ROLE ${app.user} SET search_path TO "$user", "Odd, name", public;
       ALTER ROLE ${app.user} SET application_name TO 'it''s \\ so';
       ALTER ROLE ${app.user} IN DATABASE ${app.database} SET statement_timeout = '10s';
       SET ROLE rds_admin;
       CREATE TABLE "Odd ""table""" (a int, "b c" int); CREATE SEQUENCE numbers; CREATE TYPE mood AS ENUM ('good');
       CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2'; CREATE SCHEMA extra;
       CREATE VIEW seen AS SELECT * FROM orders;
       GRANT SELECT (a), UPDATE ("b c") ON "Odd ""table""" TO ${app.user}; GRANT USAGE ON SEQUENCE numbers TO ${app.user};
       GRANT EXECUTE ON FUNCTION twice(int) TO ${app.user}; GRANT USAGE ON SCHEMA extra TO ${app.user} WITH GRANT OPTION;
       GRANT USAGE ON TYPE mood TO ${app.user}; GRANT INSERT ON orders TO ${app.user} WITH GRANT OPTION;
       GRANT SELECT ON seen TO ${app.user}; GRANT TEMPORARY ON DATABASE ${app.database} TO ${app.user};
       SELECT lo_create(90001); GRANT SELECT ON LARGE OBJECT 90001 TO ${app.user};
       ALTER DEFAULT PRIVILEGES IN SCHEMA extra GRANT SELECT ON TABLES TO ${app.user};
       ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO ${app.user};
       ALTER TABLE orders ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON orders TO ${app.user} USING (id = 7);
       RESET ROLE;
       ALTER DEFAULT PRIVILEGES FOR ROLE ${app.user} REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
       ALTER DEFAULT PRIVILEGES FOR ROLE ${app.user} IN SCHEMA extra GRANT SELECT ON TABLES TO ${app.user}_group`,
    );
    await server.query(second, `SET ROLE rds_admin; CREATE TABLE other (id int); GRANT SELECT ON other TO ${app.user}`);
    const [before, elsewhere] = [
      await describeRole(server, app.database, app.user),
      await describeRole(server, second, app.user),
    ];
    expect(before.privileges.length).toBeGreaterThan(10);
    expect(elsewhere.privileges).toContain('public.other SELECT false');

    await app.secret.rotate();
    expect((await app.secret.current()).username).toBe(app.clone);
    expect(await describeRole(server, app.database, app.user)).toEqual(before);
    expect(await describeRole(server, second, app.user)).toEqual(elsewhere);
    const clone = await describeRole(server, app.database, app.clone);
    expect(clone).toMatchObject({ memberships: [`${app.user} false`], privileges: [], policies: [], defaults: [] });
    expect(clone.attributes).toMatchObject({ rolconnlimit: 12, until: before.attributes.until });
    await asApplication(app.secret, async (client) => {
      const ask = async (sql: string) =>
        Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {});
      expect(await ask('SELECT current_user::text, session_user::text')).toEqual([app.user, app.clone]);
      expect(await ask('SHOW search_path')).toEqual(['"$user", "Odd, name", public']);
      expect(await ask('SHOW application_name')).toEqual([`it's \\ so`]);
      expect(await ask('SHOW statement_timeout')).toEqual(['10s']);
      expect(await ask('SELECT id FROM public.orders')).toEqual([7]);
      expect(await ask('SELECT public.twice(4)')).toEqual([8]);
      expect(await ask(`SELECT nextval('public.numbers')`)).toEqual(['1']);
      expect(await ask(`SELECT has_schema_privilege('extra', 'USAGE WITH GRANT OPTION')`)).toEqual([true]);
      await client.query(`SELECT a FROM public."Odd ""table"""`);
      await expect(client.query(`SELECT "b c" FROM public."Odd ""table"""`)).rejects.toThrow('permission denied');
      // A session that gives the role up: what it may do then is what a membership gives.
      await client.query('SET ROLE NONE');
      expect(await ask('SELECT id FROM public.orders')).toEqual([7]);
    });
  });

  it('lets neither of the pair do what the one has lost, so that a revoked privilege does not come back', async () => {
    const app = await application();
    await createUser(app, `SET ROLE rds_admin; CREATE ROLE ${app.user}_g; GRANT ${app.user}_g TO ${app.user}`);
    await app.secret.rotate();
    await server.query(
      app.database,
      `SET ROLE rds_admin; REVOKE SELECT ON orders FROM ${app.user}; GRANT INSERT ON orders TO ${app.user};
       REVOKE ${app.user}_g FROM ${app.user}; GRANT DELETE, SELECT ON orders TO ${app.clone}; GRANT ${app.user}_g TO ${app.clone}`,
    );
    await asApplication(app.secret, async (client) => {
      await client.query('INSERT INTO orders VALUES (8)');
      await expect(client.query('SELECT * FROM orders')).rejects.toThrow('permission denied');
    });
    // What was granted to the second one alone is taken from it before it is used again.
    await app.secret.rotate();
    await app.secret.rotate();
    await asApplication(app.secret, async (client) => {
      for (const role of [app.user, 'NONE']) {
        await client.query(`SET ROLE ${role}`);
        await client.query('INSERT INTO orders VALUES (9)');
        await expect(client.query('SELECT * FROM orders')).rejects.toThrow('permission denied');
        await expect(client.query('DELETE FROM orders')).rejects.toThrow('permission denied');
      }
    });
    expect(await describeRole(server, app.database, app.clone)).toMatchObject({
      memberships: [`${app.user} false`],
      privileges: [],
    });
  });

  it('gives the next user the settings that the one in use has by then', async () => {
    const app = await application();
    await createUser(app);
    await app.secret.rotate();
    await server.query(
      'postgres',
      `ALTER ROLE ${app.clone} SET work_mem = '7MB'; ALTER ROLE ${app.clone} CONNECTION LIMIT 9`,
    );
    await app.secret.rotate();
    const role = await describeRole(server, app.database, app.user);
    expect(role).toMatchObject({ settings: ['0 work_mem=7MB'], attributes: { rolconnlimit: 9 } });
  });

  it('lets both of the pair alter what the application makes, whichever of them is in use', async () => {
    const app = await application();
    await createUser(app, `GRANT CREATE ON SCHEMA public TO ${app.user}`);
    await asApplication(app.secret, (client) => client.query('CREATE TABLE first (id int)'));
    await app.secret.rotate();
    await asApplication(app.secret, async (client) => {
      await client.query('ALTER TABLE first ADD COLUMN second int');
      await client.query('CREATE TABLE made_by_the_clone (id int)');
    });
    await app.secret.rotate();
    await asApplication(app.secret, async (client) => {
      expect((await client.query('SELECT session_user::text AS name')).rows).toEqual([{ name: app.user }]);
      await client.query('ALTER TABLE first DROP COLUMN second; DROP TABLE made_by_the_clone');
    });
    await app.secret.rotate();
    await asApplication(app.secret, (client) => client.query('DROP TABLE first'));
  });

  it('names what the administrator may not give the alternate, and leaves the current version as it is', async () => {
    const app = await application();
    await createUser(app, `ALTER ROLE ${app.user} SET log_statement = 'none'; ALTER ROLE ${app.user} BYPASSRLS`);
    const before = await app.secret.current();
    // BYPASSRLS goes with the role that both act as.
    await expect(app.secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_DENIED',
      message: expect.stringContaining('permission denied to set parameter "log_statement"') as string,
    });
    expect(await app.secret.current()).toEqual(before);
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
    await server.query(app.database, `ALTER ROLE ${app.user} RESET log_statement`);
    expect(await app.secret.rotate()).toMatchObject({ resumed: true });
  });

  it('keeps no membership that the administrator borrowed', async () => {
    const app = await application();
    await createUser(app);
    await server.query(
      app.database,
      `SET ROLE rds_admin; CREATE ROLE ${app.user}_owner; RESET ROLE; CREATE TABLE theirs (id int); ALTER TABLE theirs OWNER TO ${app.user}_owner;
       GRANT SELECT ON theirs TO ${app.user}`,
    );
    await app.secret.rotate();
    await asApplication(app.secret, (client) => client.query('SELECT * FROM theirs'));
    const members = await server.query(
      'postgres',
      `SELECT FROM pg_auth_members WHERE pg_get_userbyid(member) = 'rds_admin' AND grantor = member`,
    );
    expect(members).toEqual([]);
  });

  it('never sends the password: the log of the server has the verifier alone', async () => {
    const app = await application();
    await createUser(app);
    await app.secret.rotate();
    const { password } = await app.secret.current();
    expect(String(password)).toMatch(/^[A-Za-z0-9]{32}$/);
    const log = server.server.logTail();
    expect(log).toContain('SCRAM-SHA-256$4096:');
    expect(log).not.toContain(password);
    expect(app.secret.log.join('\n')).not.toContain(password);
  });
});

describe('a single user', () => {
  it('gets another password with the help of the administrator', async () => {
    const app = await application({ strategy: 'single' });
    await createUser(app);
    const before = await app.secret.current();
    await app.secret.rotate();
    const after = await app.secret.current();
    expect(after).toMatchObject({ username: app.user });
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
    await expect(signIn(before)).rejects.toThrow('password authentication failed');
    expect(await users(app.user)).toEqual([app.user]);
  });

  it('changes its own password where no administrator is named', async () => {
    const app = await application({ strategy: 'single' }, { masterarn: undefined });
    await createUser(app);
    await app.secret.rotate();
    expect((await app.secret.current()).password).not.toBe('never set');
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  });

  it('is created as it is declared when it is not there', async () => {
    const grants = [{ on: 'tables' as const, schema: 'public', names: ['orders'], privileges: ['SELECT'] }];
    const app = await application({ strategy: 'single', role: { grants } });
    await app.secret.rotate();
    await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
  });

  it('that dumps for a data layer is made, reads everything, writes nothing, and rotates again', async () => {
    await server.query('postgres', 'GRANT pg_read_all_data TO rds_admin WITH ADMIN OPTION');
    const role = { memberOf: ['pg_read_all_data'], settings: { default_transaction_read_only: 'on' } };
    const app = await application({ strategy: 'single', role });
    for (let rotation = 1; rotation <= 2; rotation += 1) {
      await app.secret.rotate();
      await asApplication(app.secret, async (client) => {
        expect((await client.query('SELECT * FROM orders')).rows).toEqual([{ id: 7 }]);
        await expect(client.query('CREATE TEMPORARY TABLE mine (id int)')).rejects.toThrow('read-only transaction');
      });
    }
    expect(await users(app.user)).toEqual([app.user]);
  });
});

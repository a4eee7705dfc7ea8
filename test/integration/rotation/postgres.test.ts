import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pg from 'pg';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import { useEmulator } from '../../helpers/emulator.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { describeRole } from './describe-role.js';
import { createSecret, secretsClient, useSecret, type TestSecret } from './secrets.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer({ settings: { log_statement: 'all' } });
});
afterAll(() => server.stop());

let made = 0;

interface Application {
  readonly database: string;
  readonly user: string;
  readonly secret: TestSecret;
}

/** A database and a secret for a user of its own, who is not there yet. */
async function application(
  settings: Partial<Extract<RotationSettingsInput, { kind: 'postgres' }>> = {},
  value: Record<string, unknown> = {},
): Promise<Application> {
  const database = await server.createDatabase();
  await server.query(database, 'SET ROLE rds_admin; CREATE TABLE orders (id int); INSERT INTO orders VALUES (7)');
  const client = secretsClient(emulator);
  const masterarn = await createSecret(client, server.administrator);
  const user = `app${process.pid}_${(made += 1)}`;
  const fields = {
    ...server.secretFields(database),
    username: user,
    password: 'never set',
    masterarn,
    team: 'payments',
  };
  const secret = await useSecret(client, { ...fields, ...value }, { kind: 'postgres', ...settings });
  return { database, user, secret };
}

/** Creates the user as a migration would, with the password of the secret. */
async function createUser({ database, user }: Application, sql = ''): Promise<void> {
  await server.query(
    database,
    `SET ROLE rds_admin; CREATE ROLE ${user} LOGIN PASSWORD 'never set'; GRANT SELECT ON orders TO ${user}; RESET ROLE; ${sql}`,
  );
}

async function signIn(value: Record<string, unknown>): Promise<pg.Client> {
  const { host, port, dbname, username, password } = value as Record<string, string>;
  const client = new pg.Client({ host, port: Number(port), database: dbname, user: username, password });
  await client.connect();
  return client;
}

async function asApplication<T>(secret: TestSecret, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await signIn(await secret.current());
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

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
    expect(await users(app.user)).toEqual([`${app.user}_clone`]);
    const role = await describeRole(server, app.database, `${app.user}_clone`);
    expect(role.attributes).toMatchObject({ rolconnlimit: 7 });
    await app.secret.rotate();
    expect(await users(app.user)).toEqual([app.user, `${app.user}_clone`]);
    expect(await describeRole(server, app.database, app.user)).toEqual(role);
  });

  it('clones memberships, privileges, default privileges, policies, settings and the connection limit exactly', async () => {
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
       SELECT lo_create(${90_000 + made}); GRANT SELECT ON LARGE OBJECT ${90_000 + made} TO ${app.user};
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
    expect((await app.secret.current()).username).toBe(`${app.user}_clone`);
    expect(await describeRole(server, app.database, `${app.user}_clone`)).toEqual(before);
    expect(await describeRole(server, second, `${app.user}_clone`)).toEqual(elsewhere);
    expect(await describeRole(server, app.database, app.user)).toEqual(before);
  });

  it('takes from the alternate what the user in use has lost, so that a revoked privilege does not come back', async () => {
    const app = await application();
    await createUser(app, `SET ROLE rds_admin; CREATE ROLE ${app.user}_g; GRANT ${app.user}_g TO ${app.user}`);
    await app.secret.rotate();
    const clone = `${app.user}_clone`;
    await server.query(
      app.database,
      `SET ROLE rds_admin; REVOKE SELECT ON orders FROM ${clone}; GRANT INSERT ON orders TO ${clone};
       REVOKE ${app.user}_g FROM ${clone}; RESET ROLE; ALTER ROLE ${clone} SET work_mem = '7MB'`,
    );
    const changed = await describeRole(server, app.database, clone);
    await app.secret.rotate();
    expect((await app.secret.current()).username).toBe(app.user);
    expect(await describeRole(server, app.database, app.user)).toEqual(changed);
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

  it('refuses, and says how to mend it, when the clone owns what the other user could not alter', async () => {
    const app = await application();
    await createUser(app, `GRANT CREATE ON SCHEMA public TO ${app.user}`);
    await asApplication(app.secret, (client) => client.query('CREATE TABLE first (id int)'));
    await app.secret.rotate();
    await asApplication(app.secret, async (client) => {
      await client.query('SET ROLE NONE');
      await client.query('CREATE TABLE lost (id int)');
    });
    const before = await app.secret.current();
    const remedy = `REASSIGN OWNED BY "${app.user}_clone" TO "${app.user}"`;
    await expect(app.secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_REFUSED',
      hint: expect.stringContaining(remedy) as string,
    });
    expect(await app.secret.current()).toEqual(before);
    await asApplication(app.secret, (client) => client.query('SET ROLE NONE; SELECT * FROM lost'));
    await server.query(app.database, remedy);
    await app.secret.rotate();
    await asApplication(app.secret, (client) => client.query('DROP TABLE lost; DROP TABLE first'));
  });

  it('names what the administrator may not give the alternate, and leaves the current version as it is', async () => {
    const app = await application();
    await createUser(app, `ALTER ROLE ${app.user} SET log_statement = 'none'; ALTER ROLE ${app.user} BYPASSRLS`);
    const before = await app.secret.current();
    await expect(app.secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_DENIED',
      message: expect.stringMatching(/As "rds_admin", giving ".*_clone" the attributes of .*bypassrls/i) as string,
    });
    await server.query(app.database, `ALTER ROLE ${app.user} NOBYPASSRLS`);
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

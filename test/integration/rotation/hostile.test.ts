/** Who writes the secret, owns a database or an ordinary role, and means harm: what a rotation does not do for them. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { freePort } from '../../helpers/free-port.js';
import { useEmulator } from '../../helpers/emulator.js';
import { reloadConfiguration } from '../../helpers/reload.js';
import {
  application,
  asApplication,
  createUser,
  FIRST_PASSWORD,
  roleAsStored,
  runningApplication,
  signIn,
  type Application,
} from './application.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { createSecret, secretOf, secretsClient } from './secrets.js';

const emulator = useEmulator();
let server: PasswordServer;
let port: number;
beforeAll(async () => {
  port = await freePort();
  server = await startPasswordServer({ port, settings: { listen_addresses: '127.0.0.1' } });
});
afterAll(() => server?.stop());

async function refused(app: Application, role: string, code: string, message: RegExp): Promise<void> {
  const [before, value] = [await roleAsStored(server, role), await app.secret.current()];
  const expected = { code, message: expect.stringMatching(message) as string };
  await expect(app.secret.rotate()).rejects.toMatchObject(expected);
  expect(await roleAsStored(server, role)).toEqual(before);
  expect(await app.secret.current()).toEqual(value);
}

/** Rotates as often as that, and sees each time that the application has its table, as the same role. */
async function rotates(app: Application, times: number, role = app.user): Promise<void> {
  for (let rotation = 0; rotation < times; rotation += 1) {
    await app.secret.rotate();
    await asApplication(app.secret, async (client) => {
      const { rows } = await client.query('SELECT current_user::text AS name, id FROM orders');
      expect(rows).toEqual([{ name: role, id: 7 }]);
    });
  }
}

/** A role of somebody else, who may sign in. */
async function stranger(name: string): Promise<void> {
  await server.query('postgres', `CREATE ROLE ${name} LOGIN PASSWORD 'theirs'`);
}

describe('who writes the secret', () => {
  it("17.1: cannot have another user's password count as proof, by startup parameters within a name", async () => {
    const app = await runningApplication(emulator, server);
    await server.query('postgres', `ALTER ROLE ${app.user} PASSWORD 'unknown to whoever writes'`);
    const mallory = `${app.user}_mallory`;
    await stranger(mallory);
    for (const field of ['dbname', 'username']) {
      const value = await app.secret.current();
      const name = String(value[field]);
      await app.secret.put({ ...value, password: 'theirs', [field]: `${name}\0user\0${mallory}\0database\0postgres` });
      await refused(app, app.user, 'ROTATION_SECRET_INVALID', new RegExp(`${field}: .*character`));
      await app.secret.put(value);
    }
  });

  it('17.2: cannot make a user of others the second one by a pending value, though they know its password', async () => {
    const app = await runningApplication(emulator, server);
    await server.query(
      'postgres',
      `CREATE ROLE ${app.clone} LOGIN CREATEROLE PASSWORD 'theirs'; GRANT pg_read_server_files TO ${app.clone}`,
    );
    const token = '11111111-2222-3333-4444-555555555555';
    await app.secret.step('createSecret', token);
    const value = await app.secret.current();
    const SecretString = JSON.stringify({ ...value, username: app.clone, password: 'theirs' });
    const input = { SecretId: app.secret.id, SecretString, VersionStages: ['AWSPENDING'] };
    await app.secret.client.send(new PutSecretValueCommand(input));
    await refused(app, app.clone, 'ROTATION_REFUSED', /nothing shows that it belongs to this secret/);
  });

  it('17.2: cannot make a privileged user the one in use, whom the settings do not name', async () => {
    for (const more of ['CREATEROLE', 'REPLICATION', 'ROLE pg_write_all_data', 'ROLE pg_monitor_of_all']) {
      const app = await runningApplication(emulator, server);
      await server.query('postgres', `CREATE ROLE ${app.clone} LOGIN PASSWORD 'theirs'`);
      if (more === 'ROLE pg_monitor_of_all') {
        await server.query('postgres', `CREATE ROLE ${app.user}_all BYPASSRLS; GRANT ${app.user}_all TO ${app.clone}`);
      } else {
        const role = /^ROLE (.*)/.exec(more)?.[1];
        await server.query('postgres', role ? `GRANT ${role} TO ${app.clone}` : `ALTER ROLE ${app.clone} ${more}`);
      }
      const value = await app.secret.current();
      await app.secret.put({ ...value, username: app.clone, password: 'theirs' });
      await refused(app, app.clone, 'ROTATION_REFUSED', /has more rights than a rotation may hand out/);
    }
  });

  it('17.3: cannot have the administrator sign in to another port of the same host', async () => {
    const app = await runningApplication(emulator, server, { sslmode: 'disable', hosts: ['127.0.0.1'] });
    let connections = 0;
    const theirs = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    onTestFinished(() => void theirs.close());
    await once(theirs, 'listening');
    const administrators = [
      { ...server.administrator, host: '127.0.0.1' },
      { username: server.administrator.username, password: server.administrator.password, host: '127.0.0.1' },
    ];
    const { port: theirPort } = theirs.address() as { port: number };
    for (const administrator of administrators) {
      const masterarn = await createSecret(secretsClient(emulator), administrator);
      await app.secret.put({ ...(await app.secret.current()), host: '127.0.0.1', port: theirPort, masterarn });
      await refused(app, app.user, 'ROTATION_REFUSED', /port/);
    }
    expect(connections).toBe(0);
  });

  it('17.3: gets no password in the clear from a server that asks for it', async () => {
    const app = await runningApplication(emulator, server);
    const [{ hba_file: file } = { hba_file: '' }] = await server.query<{ hba_file: string }>(
      'postgres',
      'SHOW hba_file',
    );
    const before = await readFile(file, 'utf8');
    onTestFinished(async () => {
      await writeFile(file, before);
      await reloadConfiguration(server.server);
    });
    for (const user of [app.user, 'rds_admin']) {
      await writeFile(file, `local all ${user} password\n${before}`);
      await reloadConfiguration(server.server);
      await refused(app, app.user, 'CONNECT_FAILED', /asks for the password in the clear/);
    }
  });

  it('17.3: cannot choose the server, and have a user with what is declared made there', async () => {
    const other = await startPasswordServer();
    onTestFinished(() => other.stop());
    const role = { memberOf: ['pg_read_all_data'] };
    for (const settings of [{ hosts: undefined }, { administratorSecretArn: undefined }]) {
      const app = await application(emulator, server, { role, ...settings });
      const masterarn = await createSecret(secretsClient(emulator), other.administrator);
      const value = { ...(await app.secret.current()), ...other.secretFields('postgres'), masterarn };
      await app.secret.put(value);
      await refused(
        app,
        app.user,
        'ROTATION_REFUSED',
        /secret alone would choose the server|this rotation is only for/,
      );
      expect(await other.query('postgres', `SELECT FROM pg_roles WHERE rolname = '${app.user}'`)).toEqual([]);
    }
  });

  it('17.2: cannot have the user of another secret changed by naming no administrator', async () => {
    const first = await runningApplication(emulator, server, { strategy: 'single' });
    await first.secret.rotate();
    const { masterarn: _, ...value } = await first.secret.current();
    const client = secretsClient(emulator);
    const id = await createSecret(client, value);
    const second = secretOf(client, id, { kind: 'postgres', users: [first.user], strategy: 'single' });
    await refused({ ...first, secret: second }, first.user, 'ROTATION_REFUSED', /is rotated for another secret/);
  });
});

describe('who owns an ordinary role or a database', () => {
  it('17.7: cannot hold a rotation up by taking its lock', async () => {
    const app = await runningApplication(emulator, server);
    const mallory = `${app.user}_mallory`;
    await stranger(mallory);
    const { createHash } = await import('node:crypto');
    const key = createHash('sha256').update(`holdfast rotation of ${app.secret.id}`).digest().readBigInt64BE();
    const theirs = await signIn({ ...(await app.secret.current()), username: mallory, password: 'theirs' });
    await theirs.query(`SELECT pg_advisory_lock(${key})`);
    await rotates(app, 2);
    expect(app.secret.log.join('\n')).toContain(`"${mallory}" holds the lock of this rotation`);
  });

  it('17: has no event trigger of theirs run where grants are taken away, and holds no rotation up with one', async () => {
    const app = await runningApplication(emulator, server);
    const mallory = `${app.user}_mallory`;
    await stranger(mallory);
    await server.query('postgres', `CREATE DATABASE ${mallory} OWNER ${mallory}`);
    await server.query(
      mallory,
      `CREATE TABLE ran (as_whom text); GRANT ALL ON ran TO PUBLIC; ALTER TABLE ran OWNER TO ${mallory};
       CREATE FUNCTION on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.ran VALUES (session_user); END';
       ALTER FUNCTION on_ddl() OWNER TO ${mallory};
       CREATE TABLE bait (id int); ALTER TABLE bait OWNER TO ${mallory}`,
    );
    await app.secret.rotate();
    await server.query(mallory, `SET ROLE ${mallory}; GRANT SELECT ON bait TO ${app.user}, ${app.clone}`);
    await server.query(
      mallory,
      `CREATE EVENT TRIGGER theirs ON ddl_command_start EXECUTE FUNCTION on_ddl(); ALTER EVENT TRIGGER theirs ENABLE ALWAYS`,
    );
    await rotates(app, 3);
    expect(await server.query(mallory, 'SELECT * FROM ran')).toEqual([]);
    expect(app.secret.log.join('\n')).toMatch(/event triggers there would run other roles' code/);
  });

  it('17: cannot hold a rotation up with a grant in a database that nobody else may enter', async () => {
    const app = await runningApplication(emulator, server);
    const mallory = `${app.user}_mallory`;
    await stranger(mallory);
    await server.query('postgres', `CREATE DATABASE ${mallory} OWNER ${mallory}`);
    await app.secret.rotate();
    await server.query(
      mallory,
      `SET ROLE ${mallory}; CREATE TABLE bait (id int); GRANT SELECT ON bait TO ${app.clone};
       REVOKE CONNECT ON DATABASE ${mallory} FROM PUBLIC`,
    );
    await rotates(app, 2);
    expect(app.secret.log.join('\n')).toMatch(new RegExp(`${mallory}.*permission denied`));
  });

  it('17.4: rotates a user that acts as the owner of its tables, and leaves that as it is', async () => {
    const app = await runningApplication(emulator, server, {
      sql: `CREATE ROLE APP_owner; ALTER TABLE orders OWNER TO APP_owner; GRANT APP_owner TO APP, rds_admin; ALTER ROLE APP SET role TO APP_owner`,
    });
    await rotates(app, 4, `${app.user}_owner`);
  });

  it('17.4: cannot hold a rotation up by giving up the role that its user acts as', async () => {
    const app = await runningApplication(emulator, server);
    await app.secret.rotate();
    await asApplication(app.secret, (client) => client.query(`SET ROLE NONE; ALTER ROLE ${app.clone} RESET role`));
    await rotates(app, 3);
  });

  it('17.5: cannot hold a rotation up with a lock on what it owns, which is handed over by a later one', async () => {
    const app = await runningApplication(emulator, server, { sql: 'GRANT CREATE ON SCHEMA public TO APP' });
    await app.secret.rotate();
    const stale = await signIn(await app.secret.current());
    await stale.query('SET ROLE NONE; CREATE TABLE lost (id int)');
    await stale.query('BEGIN; LOCK TABLE lost');
    await app.secret.rotate();
    expect(app.secret.log.join('\n')).toMatch(/lock timeout.*at the next rotation/);
    await stale.query('COMMIT');
    await app.secret.rotate();
    await asApplication(app.secret, (client) => client.query('ALTER TABLE lost ADD x int'));
  });

  it('17.7: can hold a rotation up as the application, by a change of its own role, and is named for it', async () => {
    const app = await runningApplication(emulator, server);
    await rotates(app, 2);
    const theirs = await signIn({ ...(await app.secret.current()) });
    await app.secret.rotate();
    await theirs.query(`BEGIN; ALTER ROLE ${app.user} PASSWORD 'theirs'`);
    await expect(app.secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_FAILED',
      message: expect.stringMatching(/lock timeout/) as string,
      hint: expect.stringContaining(`of "${app.user}". End the one in the way`) as string,
    });
    await theirs.end();
    await rotates(app, 1);
  });

  it('17.1: keeps no membership in the second user, with which they had all rights of the application', async () => {
    const app = await runningApplication(emulator, server);
    const mallory = `${app.user}_mallory`;
    await stranger(mallory);
    await app.secret.rotate();
    await server.query('postgres', `SET ROLE rds_admin; GRANT ${app.clone} TO ${mallory}`);
    await app.secret.rotate();
    await app.secret.rotate();
    expect(app.secret.log.join('\n')).toContain(`"${mallory}" is no member of "${app.clone}" any more`);
    const theirs = await signIn({ ...(await app.secret.current()), username: mallory, password: 'theirs' });
    await expect(theirs.query('SELECT * FROM orders')).rejects.toThrow('permission denied');
  });

  it('17.2: is not made the second user where others are its members', async () => {
    const app = await application(emulator, server);
    const mallory = `${app.user}_mallory`;
    await createUser(server, app);
    await stranger(mallory);
    await server.query(
      'postgres',
      `CREATE ROLE ${app.clone} LOGIN PASSWORD '${FIRST_PASSWORD}'; GRANT ${app.clone} TO ${mallory}`,
    );
    const value = await app.secret.current();
    await app.secret.put({ ...value, username: app.clone });
    await app.secret.put(value);
    await refused(app, app.clone, 'ROTATION_REFUSED', /is a member of .*_clone", and would have all rights of/);
  });

  it.each(['alternating', 'single'] as const)(
    '17: cannot have a new password lost in a crash, by commits that are not waited for',
    async (strategy) => {
      // What is not written by the one that commits is not written for as long as that.
      const settings = { synchronous_commit: 'on', wal_writer_delay: '10s', restart_after_crash: 'on' };
      const own = await startPasswordServer({ settings });
      try {
        const app = await runningApplication(emulator, own, { strategy });
        await app.secret.rotate();
        await own.query('postgres', `ALTER DATABASE ${app.database} SET synchronous_commit TO off`);
        await app.secret.rotate();
        await crash(own);
        await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
      } finally {
        await own.stop();
      }
    },
  );
});

/** As one process of a server that dies: it ends them all, and recovers what is in the log. */
async function crash(own: PasswordServer): Promise<void> {
  const session = new pg.Client(own.server.connection('postgres'));
  const gone = new Promise((resolve) => session.once('end', resolve));
  session.on('error', () => {});
  await session.connect();
  const { rows } = await session.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  process.kill(rows[0]?.pid ?? NaN, 'SIGKILL');
  await gone;
  const recovered = () =>
    own.query('postgres', 'SELECT').then(
      () => true,
      () => false,
    );
  while (!(await recovered())) await setTimeout(50);
}

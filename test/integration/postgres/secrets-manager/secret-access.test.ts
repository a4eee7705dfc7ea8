/** The password of a secret against a server that asks for it, and is given another one meanwhile. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runProcess } from '../../../../src/core/child-process.js';
import type { ConnectionTarget } from '../../../../src/syntax/libpq/connection-target.js';
import type { DatabaseAccess } from '../../../../src/postgres/connection.js';
import { openSecretAccess } from '../../../../src/postgres/secrets-manager/secret-access.js';
import { startPasswordServer, type PasswordServer } from '../../../helpers/password-server.js';
import { serverPrograms } from '../../../helpers/postgres.js';
import { startAnsweringServer, type AnsweringServer } from './answering-server.js';

const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:appdb';

let postgres: PasswordServer;
let secrets: AnsweringServer;
beforeAll(async () => {
  postgres = await startPasswordServer();
  secrets = await startAnsweringServer();
});
afterAll(async () => {
  await secrets?.stop();
  await postgres?.stop();
});
beforeEach(async () => {
  await postgres.setPassword('app', 'first');
  secrets.answers = [valueOf('first')];
  secrets.requests.length = 0;
});

function valueOf(password: string, username = 'app') {
  const { host, port } = postgres;
  return { value: JSON.stringify({ engine: 'postgres', host, port, username, password, dbname: 'postgres' }) };
}

function open(target: ConnectionTarget = { parameters: {} }): Promise<DatabaseAccess> {
  const env = {
    PATH: process.env.PATH,
    AWS_ACCESS_KEY_ID: 'testing',
    AWS_SECRET_ACCESS_KEY: 'testing',
    AWS_ENDPOINT_URL: secrets.endpoint,
    PGPASSWORD: 'that of somebody else',
  };
  return openSecretAccess({ arn: ARN, target, env });
}

async function userOf(access: DatabaseAccess): Promise<string | undefined> {
  const client = await access.connect();
  const { rows } = await client.query<{ name: string }>('SELECT current_user::text AS name');
  await client.end();
  return rows[0]?.name;
}

async function askByPsql(access: DatabaseAccess): Promise<string> {
  const { stdout } = await runProcess({
    command: (await serverPrograms()).program('psql'),
    args: [
      '-XAtq',
      '-h',
      access.target.host,
      '-p',
      access.target.port,
      '-U',
      access.target.user,
      '-d',
      'postgres',
      '-c',
      'SELECT 42',
    ],
    env: await access.childEnvironment(),
  });
  return stdout.trim();
}

/** Passes connections on to the server, the first of them only after its release. */
async function startHoldingProxy(port: number) {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  let hold = () => {};
  const held = new Promise<void>((resolve) => (hold = resolve));
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const pass = () => {
      const upstream = connect(port, '127.0.0.1');
      for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
      client.pipe(upstream).pipe(client);
    };
    if (connections++ > 0) return pass();
    hold();
    return void released.then(pass);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port: own } = server.address() as AddressInfo;
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: own, held, release, stop };
}

describe('the password of a secret', () => {
  it('is read once for any number of logins, and reaches children in their environment', async () => {
    const access = await open();
    expect(access.describe()).toBe(`app@127.0.0.1:${postgres.port}/postgres`);
    expect(await userOf(access)).toBe('app');
    expect(await userOf(access.withDatabase('template1'))).toBe('app');
    expect(await askByPsql(access)).toBe('42');
    expect((await access.childEnvironment()).PGPASSWORD).toBe('first');
    expect(secrets.requests).toHaveLength(1);
  });

  it('that was changed meanwhile is read again where the server refuses it, once for sessions that come together', async () => {
    const access = await open();
    expect(await userOf(access)).toBe('app');
    await postgres.setPassword('app', 'second');
    secrets.answers = [valueOf('second')];
    expect(await Promise.all([userOf(access), userOf(access), userOf(access.withDatabase('template1'))])).toEqual(
      Array(3).fill('app'),
    );
    expect(secrets.requests).toHaveLength(2);
    expect(await userOf(access)).toBe('app');
    expect(secrets.requests).toHaveLength(2);
  });

  it('that was changed and read again by one session is taken by another one whose refusal comes later', async () => {
    const proxy = await startHoldingProxy(postgres.port);
    try {
      const access = await open({ host: '127.0.0.1', port: String(proxy.port), parameters: {} });
      await postgres.setPassword('app', 'second');
      secrets.answers = [valueOf('second')];
      const late = userOf(access);
      await proxy.held;
      expect(await userOf(access)).toBe('app');
      proxy.release();
      expect(await late).toBe('app');
      expect(secrets.requests).toHaveLength(2);
    } finally {
      await proxy.stop();
    }
  });

  it('that was changed before a child is started is read again for it', async () => {
    const access = await open();
    await postgres.setPassword('app', 'second');
    secrets.answers = [valueOf('second')];
    expect(await askByPsql(access)).toBe('42');
    expect(secrets.requests).toHaveLength(2);
  });

  it('may come with another user, as rotations that alternate between two do', async () => {
    const access = await open();
    await postgres.setPassword('app_clone', 'other');
    await postgres.setPassword('app', 'gone');
    secrets.answers = [valueOf('other', 'app_clone')];
    expect(await userOf(access)).toBe('app_clone');
    expect(access.target.user).toBe('app_clone');
  });

  it('that is wrong there is read again once, and then the error says whose it is', async () => {
    await postgres.setPassword('app', 'second');
    const access = await open();
    await expect(access.connect()).rejects.toMatchObject({
      code: 'AUTHENTICATION_FAILED',
      hint: expect.stringContaining(`that of the secret ${ARN}`) as string,
    });
    expect(secrets.requests).toHaveLength(2);
    await expect(access.childEnvironment()).rejects.toMatchObject({ code: 'AUTHENTICATION_FAILED' });
  });

  it('that belongs to another user than the one who logs in is an error that names both', async () => {
    await postgres.setPassword('other', 'another');
    const access = await open({ user: 'other', parameters: {} });
    await expect(access.connect()).rejects.toMatchObject({
      hint: expect.stringMatching(/in the secret .* is that of app, but the login was as other/) as string,
    });
  });
});

describe('a failure that is not about the password', () => {
  it('is reported as it is, without reading the secret again', async () => {
    const access = await open({ database: 'no_such_database', parameters: {} });
    await expect(access.connect()).rejects.toMatchObject({ code: 'DATABASE_MISSING' });
    const nowhere = await open({ host: '127.0.0.1', port: '1', parameters: {} });
    await expect(nowhere.connect()).rejects.toMatchObject({ code: 'CONNECT_FAILED' });
    expect((await nowhere.childEnvironment()).PGPASSWORD).toBe('first');
    expect(secrets.requests).toHaveLength(2);
  });
});

/** A Redis server that speaks TLS: who is trusted with a password, and who is not. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { originalClient } from '../../../src/core/redis-driver.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import { useEmulator } from '../../helpers/emulator.js';
import { makeCertificates, type Certificates } from './certificates.js';
import { OPERATOR, startRedisServer, type RedisServer } from './redis-server.js';
import { createSecret, secretsClient, useSecret, type TestSecret } from './secrets.js';

type Settings = Partial<Extract<RotationSettingsInput, { kind: 'redis' }>>;

const emulator = useEmulator();
let certificates: Certificates;
let encrypted: RedisServer;
let plain: RedisServer;
let administratorSecretArn: string;
let made = 0;

beforeAll(async () => {
  certificates = makeCertificates();
  [encrypted, plain] = await Promise.all([startRedisServer(certificates), startRedisServer()]);
  administratorSecretArn = await createSecret(secretsClient(emulator), { ...OPERATOR, host: 'localhost' });
});
afterAll(async () => {
  await encrypted?.stop();
  await plain?.stop();
});

/** A user of a server, and the secret of it: without `tls`, as encryption is what is meant by default. */
async function user(
  server: RedisServer,
  settings: Settings,
  value: Record<string, unknown> = {},
): Promise<{ readonly secret: TestSecret; readonly value: Record<string, unknown> }> {
  const username = `app${(made += 1)}`;
  await server.command('ACL', 'SETUSER', username, 'on', '>its-first-password', '~*', '+@read', '+ping');
  const fields = { host: 'localhost', port: server.port, username, password: 'its-first-password', ...value };
  const control = { kind: 'acl' as const, username, administratorSecretArn };
  const secret = await useSecret(secretsClient(emulator), fields, {
    kind: 'redis',
    port: server.port,
    control,
    overlap: 0,
    ...settings,
  });
  return { secret, value: fields };
}

/** Whether the encrypted server admits these credentials, asked past Holdfast. */
async function admits({ username, password }: Record<string, unknown>): Promise<boolean> {
  const ca = readFileSync(certificates.authority, 'utf8');
  const socket = { host: 'localhost', port: encrypted.port, tls: true as const, ca, reconnectStrategy: false as const };
  const client = originalClient.duplicate({ username: username as string, password: password as string, socket });
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (String(error).includes('WRONGPASS')) return false;
    throw error;
  } finally {
    if (client.isOpen) client.destroy();
  }
}

it("rotates over TLS when the server's certificate is by the authority of the settings, for its name", async () => {
  const { secret, value } = await user(encrypted, { caFile: certificates.authority });
  await secret.rotate();
  const current = await secret.current();
  expect(current).toEqual({ ...value, password: expect.stringMatching(/^[A-Za-z0-9]{32}$/) as string });
  expect(await admits(current)).toBe(true);
  expect(await admits(value)).toBe(false);
});

it('demands TLS unless the settings say otherwise, on the host that they name, whatever the secret says', async () => {
  let connections = 0;
  const theirs = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void theirs.close());
  await once(theirs, 'listening');
  const { port } = theirs.address() as { port: number };
  const elsewhere = { host: '127.0.0.1', port, tls: false };
  const { secret } = await user(encrypted, { caFile: certificates.authority }, elsewhere);
  await secret.rotate();
  expect(await admits(await secret.current())).toBe(true);
  expect(connections).toBe(0);
});

it('17.3: signs in without TLS only where the settings or the secret of the administrator say so', async () => {
  const bare = await user(plain, { connectTimeout: 1 }, { tls: false });
  await expect(bare.secret.rotate()).rejects.toMatchObject({
    code: 'CONNECT_FAILED',
    message: expect.stringMatching(/app\d+@localhost:\d+: connection timeout/i) as string,
    hint: expect.stringContaining("tls in the settings, or in the administrator's secret") as string,
  });
  expect(await bare.secret.current()).toEqual(bare.value);
  const said = await user(plain, { tls: false });
  await said.secret.rotate();
  expect((await said.secret.current()).password).not.toBe(said.value.password);
});

describe('nothing is changed, and the error says why, when', () => {
  async function expectRefused(
    server: RedisServer,
    settings: Settings,
    value: Record<string, unknown>,
    error: Record<'code' | 'message' | 'hint', unknown>,
  ): Promise<void> {
    const one = await user(server, settings, value);
    await expect(one.secret.rotate()).rejects.toMatchObject(error);
    expect(await one.secret.current()).toEqual(one.value);
    if (server === encrypted) expect(await admits(one.value)).toBe(true);
  }
  const matching = (pattern: RegExp) => expect.stringMatching(pattern) as string;

  it('another authority vouches for the server', () =>
    expectRefused(
      encrypted,
      { caFile: certificates.otherAuthority },
      {},
      {
        code: 'CONNECT_FAILED',
        message: matching(/app\d+@localhost:\d+: self.signed certificate in certificate chain/),
        hint: matching(/caFile/),
      },
    ));

  it('no authority is named, and Node.js knows none that vouches for it', () =>
    expectRefused(
      encrypted,
      {},
      {},
      {
        code: 'CONNECT_FAILED',
        message: matching(/app\d+@localhost:\d+: self.signed certificate in certificate chain/),
        hint: matching(/caFile/),
      },
    ));

  it('the certificate is for another name', () =>
    expectRefused(
      encrypted,
      { caFile: certificates.authority, host: '127.0.0.1' },
      {},
      {
        code: 'CONNECT_FAILED',
        message: matching(/127\.0\.0\.1 is not in the cert/),
        hint: matching(/host that the server's certificate names/),
      },
    ));

  it('the file with the authority is not there', () =>
    expectRefused(
      encrypted,
      { caFile: join(certificates.authority, 'none') },
      {},
      { code: 'CONFIG_INVALID', message: matching(/caFile/), hint: matching(/./) },
    ));

  it('the settings say that there is no TLS, and the server speaks nothing else', () =>
    expectRefused(
      encrypted,
      { tls: false },
      {},
      {
        code: 'CONNECT_FAILED',
        message: matching(/app\d+@localhost:\d+: (read ECONNRESET|Socket closed)/),
        hint: matching(/TLS \(here it is off/),
      },
    ));

  it('the server speaks no TLS, and nobody says so', () =>
    expectRefused(
      plain,
      { connectTimeout: 1 },
      {},
      {
        code: 'CONNECT_FAILED',
        message: matching(/app\d+@localhost:\d+: connection timeout/i),
        hint: matching(/TLS \(here it is required/),
      },
    ));
});

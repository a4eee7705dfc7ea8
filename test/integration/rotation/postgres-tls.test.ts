/** A PostgreSQL server that admits TLS alone, as one on RDS with `rds.force_ssl`: whom a rotation trusts. */
import { chown, copyFile, chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import { freePort } from '../../helpers/free-port.js';
import { useEmulator } from '../../helpers/emulator.js';
import { makeCertificates, type Certificates } from './certificates.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { createSecret, secretsClient, useSecret } from './secrets.js';

type Settings = Partial<Extract<RotationSettingsInput, { kind: 'postgres' }>>;

const emulator = useEmulator();
let certificates: Certificates;
let server: PasswordServer;
let database: string;
let masterarn: string;
let made = 0;

beforeAll(async () => {
  certificates = makeCertificates();
  server = await startPasswordServer({ port: await freePort(), settings: { listen_addresses: '127.0.0.1' } });
  database = await server.createDatabase();
  masterarn = await createSecret(secretsClient(emulator), { ...server.administrator, host: undefined });
  await demandTls();
});
afterAll(() => server?.stop());

async function demandTls(): Promise<void> {
  const { host, user, superuser } = server.server;
  for (const [name, file] of [
    ['ssl_cert_file', certificates.certificate],
    ['ssl_key_file', certificates.key],
  ] as const) {
    const copy = join(host, name);
    await copyFile(file, copy);
    await chmod(copy, 0o600);
    if (user) await chown(copy, user.uid, user.gid);
    await server.query('postgres', `ALTER SYSTEM SET ${name} = '${copy}'`);
  }
  const [{ hba_file: file } = { hba_file: '' }] = await server.query<{ hba_file: string }>('postgres', 'SHOW hba_file');
  await writeFile(file, `local all ${superuser} trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n`);
  await server.query('postgres', 'ALTER SYSTEM SET ssl = on');
  await server.query('postgres', 'SELECT pg_reload_conf()');
}

/** A user that is there, and its secret. */
async function application(settings: Settings, value: Record<string, unknown> = {}) {
  const username = `tls${process.pid}_${(made += 1)}`;
  await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE ${username} LOGIN PASSWORD 'first'`);
  const fields = {
    ...server.secretFields(database),
    host: 'localhost',
    username,
    password: 'first',
    masterarn,
    ...value,
  };
  const secret = await useSecret(secretsClient(emulator), fields, {
    kind: 'postgres',
    users: [username],
    hosts: [String(fields.host)],
    ...settings,
  });
  return { secret, fields };
}

it("rotates over TLS when the server's certificate is by the authority of the settings, for its name", async () => {
  const { secret, fields } = await application({ sslrootcert: certificates.authority });
  await secret.rotate();
  expect(await secret.current()).toMatchObject({ host: 'localhost', username: `${fields.username}_clone` });
});

describe('nothing is changed, and the error says why, when', () => {
  it.each<[string, () => Settings, Record<string, unknown>, string, RegExp]>([
    [
      'another authority vouches for the server',
      () => ({ sslrootcert: certificates.otherAuthority }),
      {},
      'CONNECT_FAILED',
      /certificate/,
    ],
    [
      'the certificate is for another name',
      () => ({ sslrootcert: certificates.authority }),
      { host: '127.0.0.1' },
      'CONNECT_FAILED',
      /127\.0\.0\.1/,
    ],
    ['TLS is switched off', () => ({ sslmode: 'disable' }), {}, 'AUTHENTICATION_FAILED', /no encryption/],
  ])('%s', async (_, settings, value, code, message) => {
    const { secret, fields } = await application(settings(), value);
    await expect(secret.rotate()).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
    expect(await secret.current()).toEqual(fields);
    const clones = await server.query('postgres', `SELECT FROM pg_roles WHERE rolname = '${fields.username}_clone'`);
    expect(clones).toEqual([]);
  });
});

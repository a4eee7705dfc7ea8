import { CreateDBClusterCommand, RDSClient } from '@aws-sdk/client-rds';
import { DescribeSecretCommand } from '@aws-sdk/client-secrets-manager';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import { useEmulator } from '../../helpers/emulator.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { clientOptions, createSecret, secretOf, secretsClient, useSecret, type TestSecret } from './secrets.js';
import { PRIMARY_SETTINGS, startStandby } from './standby.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server.stop());

let made = 0;

interface Prepared {
  readonly secret: TestSecret;
  readonly user: string;
  readonly database: string;
  readonly value: Record<string, unknown>;
}

/** A user in use, and its secret. */
async function prepared(
  options: {
    readonly administrator?: unknown;
    readonly settings?: Partial<Extract<RotationSettingsInput, { kind: 'postgres' }>>;
    readonly value?: Record<string, unknown>;
  } = {},
): Promise<Prepared> {
  const database = await server.createDatabase();
  const client = secretsClient(emulator);
  const user = `failing${process.pid}_${(made += 1)}`;
  await server.query('postgres', `SET ROLE rds_admin; CREATE ROLE ${user} LOGIN PASSWORD 'first'`);
  const masterarn = await createSecret(client, options.administrator ?? server.administrator);
  const value = { ...server.secretFields(database), username: user, password: 'first', masterarn, ...options.value };
  const secret = await useSecret(client, value, {
    kind: 'postgres',
    users: [user],
    hosts: [String(value.host)],
    ...options.settings,
  });
  return { secret, user, database, value };
}

async function expectUnharmed({ secret, user, database, value }: Prepared): Promise<void> {
  expect(await secret.current()).toEqual(value);
  const client = new pg.Client({ ...server.server.connection(database, user), password: 'first' });
  await client.connect();
  await client.end();
}

const failure = (code: string, message: string | RegExp) => ({
  code,
  message: (typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message)) as string,
});

describe('the current version stays and works, and the error says why, when', () => {
  it('the administrator has another password', async () => {
    const one = await prepared({ administrator: { ...server.administrator, password: 'wrong' } });
    await expect(one.secret.rotate()).rejects.toMatchObject(
      failure('AUTHENTICATION_FAILED', /As the administrator: .*password authentication failed for user "rds_admin"/),
    );
    await expectUnharmed(one);
  });

  it('the administrator may not create roles', async () => {
    await server.query('postgres', `CREATE ROLE weak LOGIN PASSWORD 'weak'`);
    const one = await prepared({ administrator: { ...server.administrator, username: 'weak', password: 'weak' } });
    await expect(one.secret.rotate()).rejects.toMatchObject({
      ...failure('ROTATION_DENIED', /As "weak", holding the user ".*" was refused: permission denied/),
      hint: expect.stringMatching(/The administrator needs CREATEROLE/) as string,
    });
    await expectUnharmed(one);
    await server.query('postgres', 'ALTER ROLE weak CREATEROLE');
    expect(await one.secret.rotate()).toMatchObject({ resumed: true });
  });

  it('the database cannot be reached', async () => {
    const one = await prepared({
      administrator: { ...server.administrator, host: '127.0.0.1', port: 1 },
      value: { host: '127.0.0.1', port: 1 },
      settings: { sslmode: 'disable' },
    });
    await expect(one.secret.rotate()).rejects.toMatchObject(failure('CONNECT_FAILED', '127.0.0.1:1'));
    expect(await one.secret.current()).toEqual(one.value);
  });

  it("no authority is named that the server's certificate could be checked with", async () => {
    const host = '127.0.0.1';
    const one = await prepared({ administrator: { ...server.administrator, host }, value: { host } });
    await expect(one.secret.rotate()).rejects.toMatchObject(
      failure('URL_INVALID', 'sslmode is "verify-full", but the root certificate file is not named'),
    );
    expect(await one.secret.current()).toEqual(one.value);
  });

  it('the database of the secret is not there', async () => {
    const one = await prepared({ value: { dbname: 'nowhere' } });
    await expect(one.secret.rotate()).rejects.toMatchObject(failure('DATABASE_MISSING', 'nowhere'));
    expect(await one.secret.current()).toEqual(one.value);
  });

  it('the host is the reader endpoint of a cluster', async () => {
    const host = 'fintech.cluster-ro-abc123.us-east-1.rds.amazonaws.com';
    const one = await prepared({ value: { host } });
    await expect(one.secret.rotate()).rejects.toMatchObject(failure('ROTATION_REFUSED', 'reader endpoint'));
    expect(await one.secret.current()).toEqual(one.value);
  });

  it('the server that answers is a standby', async () => {
    const primary = await startPasswordServer({ settings: PRIMARY_SETTINGS });
    const standby = await startStandby(primary);
    try {
      const database = await primary.createDatabase();
      await primary.query('postgres', `SET ROLE rds_admin; CREATE ROLE reading LOGIN PASSWORD 'first'`);
      const client = secretsClient(emulator);
      const masterarn = await createSecret(client, {
        ...primary.administrator,
        host: standby.host,
        port: standby.port,
      });
      const place = { ...primary.secretFields(database), host: standby.host };
      const value = { ...place, username: 'reading', password: 'first', masterarn };
      await vi.waitFor(async () => {
        const reader = new pg.Client({ ...standby.connection(database, 'reading'), password: 'first' });
        await reader.connect();
        await reader.end();
      }, 20_000);
      const secret = await useSecret(client, value, { kind: 'postgres', users: ['reading'], hosts: [standby.host] });
      await expect(secret.rotate()).rejects.toMatchObject(
        failure('ROTATION_REFUSED', 'the server that answers is a reader'),
      );
      expect(await secret.current()).toEqual(value);
      const roles = await primary.query('postgres', `SELECT FROM pg_roles WHERE rolname LIKE 'reading%'`);
      expect(roles).toHaveLength(1);
    } finally {
      await standby.stop();
      await primary.stop();
    }
  });

  it('RDS owns the secret and rotates it by itself', async () => {
    const client = secretsClient(emulator);
    const rds = new RDSClient(clientOptions(emulator));
    const name = `owned-${process.pid}`;
    const { DBCluster } = await rds.send(
      new CreateDBClusterCommand({
        DBClusterIdentifier: name,
        Engine: 'aurora-postgresql',
        MasterUsername: 'master',
        ManageMasterUserPassword: true,
      }),
    );
    const id = DBCluster?.MasterUserSecret?.SecretArn ?? '';
    const before = await client.send(new DescribeSecretCommand({ SecretId: id }));
    expect(before.OwningService).toBe('rds');
    await expect(secretOf(client, id, { kind: 'postgres', users: ['master'] }).rotate()).rejects.toMatchObject(
      failure('ROTATION_REFUSED', 'it is managed by rds, which rotates it by itself'),
    );
    const after = await client.send(new DescribeSecretCommand({ SecretId: id }));
    expect(after.VersionIdsToStages).toEqual(before.VersionIdsToStages);
  });

  it('the host is not one of those that the rotation is for', async () => {
    const one = await prepared({ settings: { hosts: ['db.example.com'] } });
    await expect(one.secret.rotate()).rejects.toMatchObject(
      failure('ROTATION_REFUSED', 'this rotation is only for db.example.com'),
    );
    await expectUnharmed(one);
  });

  it("the administrator's secret is for another host", async () => {
    const one = await prepared({ administrator: { ...server.administrator, host: 'other.example.com' } });
    await expect(one.secret.rotate()).rejects.toMatchObject(
      failure('ROTATION_REFUSED', /is for other\.example\.com, and the user's secret for /),
    );
    await expectUnharmed(one);
  });

  it('the secret names a user whose password it does not have', async () => {
    const one = await prepared({ value: { password: 'guessed' } });
    await expect(one.secret.rotate()).rejects.toMatchObject(
      failure('ROTATION_REFUSED', /does not let ".*" sign in with the password of the current version/),
    );
    const roles = await server.query('postgres', `SELECT FROM pg_roles WHERE rolname = '${one.user}_clone'`);
    expect(roles).toEqual([]);
  });

  it('the current version is malformed', async () => {
    const one = await prepared();
    for (const [value, message] of [
      ['{"engine":"postgres","password":"hunter2-plain"', /it is not JSON/],
      [{ ...one.value, password: undefined, host: '' }, /host is missing, empty.*password is missing or not a string/],
      [{ ...one.value, engine: 'mysql' }, /engine is none of postgres/],
    ] as const) {
      await one.secret.put(value);
      const error: unknown = await one.secret.rotate().catch((thrown: unknown) => thrown);
      expect(error).toMatchObject(failure('ROTATION_SECRET_INVALID', message));
      expect(String((error as Error).message)).not.toContain('hunter2');
    }
  });

  it('Secrets Manager does not know the secret', async () => {
    const one = await prepared();
    const { createSecretStore } = await import('../../../src/rotation/protocol/secret-store.js');
    await expect(createSecretStore(one.secret.client).describe('no/such')).rejects.toMatchObject(
      failure('ROTATION_STORE_FAILED', 'there is no such secret'),
    );
  });
});

describe('steps that do not fit are refused', () => {
  const token = '11111111-2222-3333-4444-66666666666';

  it('when an earlier one has not run', async () => {
    const one = await prepared();
    for (const step of ['setSecret', 'testSecret', 'finishSecret'] as const) {
      await expect(one.secret.step(step, `${token}1`)).rejects.toMatchObject(
        failure('ROTATION_REFUSED', `${step} of ${one.secret.id}`),
      );
    }
    await one.secret.step('createSecret', `${token}1`);
    // Whatever order the calls arrive in: what does not work does not become current.
    await expect(one.secret.step('finishSecret', `${token}1`)).rejects.toMatchObject(
      failure('ROTATION_FAILED', 'does not let'),
    );
    await expectUnharmed(one);
  });

  it('when the version is no longer pending or current', async () => {
    const one = await prepared();
    await one.secret.rotate();
    await one.secret.rotate();
    const past = Object.entries(await one.secret.stages()).find(([, stages]) => stages.includes('AWSPREVIOUS'))?.[0];
    for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
      await expect(one.secret.step(step, past ?? '')).rejects.toMatchObject(
        failure('ROTATION_REFUSED', 'no longer pending or current'),
      );
    }
  });

  it('and those that come late change nothing', async () => {
    const one = await prepared();
    const { version } = await one.secret.rotate();
    const before = await one.secret.current();
    for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
      expect(await one.secret.step(step, version)).toBe('nothing-left');
    }
    expect(await one.secret.current()).toEqual(before);
    expect(await one.secret.stages()).toMatchObject({ [version]: ['AWSCURRENT'] });
  });

  it('and each may be repeated', async () => {
    const one = await prepared();
    for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
      await one.secret.step(step, `${token}2`);
      await one.secret.step(step, `${token}2`);
    }
    expect((await one.secret.current()).username).toBe(`${one.user}_clone`);
  });
});

/** What used to be refused, or with words that mislead, though there is a way. */
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecretStore, type SecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { takeStep } from '../../../src/rotation/protocol/state-machine.js';
import { silentLogger } from '../../../src/core/logger.js';
import { createAdapter } from '../../../src/rotation/create-adapter.js';
import { systemClock } from '../../../src/core/clock.js';
import { useEmulator } from '../../helpers/emulator.js';
import { application, asApplication, createUser, FIRST_PASSWORD, runningApplication, signIn } from './application.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { startPooler, type Pooler } from './pooler.js';
import { createSecret, secretsClient, useSecret } from './secrets.js';

const emulator = useEmulator();
let server: PasswordServer;
beforeAll(async () => {
  server = await startPasswordServer();
});
afterAll(() => server?.stop());

describe('grants that the administrator has no part in', () => {
  /** The administrator owns nothing, and `public` is as a new database has it: of pg_database_owner. */
  async function ownedByOthers(sql: string) {
    const app = await application(emulator, server);
    const owner = `${app.user}_owner`;
    await server.query(
      'postgres',
      `CREATE ROLE ${owner}; SET ROLE rds_admin; CREATE ROLE ${app.user} LOGIN PASSWORD '${FIRST_PASSWORD}'`,
    );
    await server.query('postgres', `CREATE DATABASE ${owner} OWNER ${owner}`);
    await server.query(owner, `SET ROLE ${owner}; ${sql.replaceAll('APP', app.user).replaceAll('OWNER', owner)}`);
    await app.secret.put({ ...(await app.secret.current()), dbname: owner });
    return { ...app, owner, database: owner };
  }

  const twice = async (
    app: Awaited<ReturnType<typeof ownedByOthers>>,
    work: (client: pg.Client) => Promise<unknown>,
  ) => {
    for (let rotation = 0; rotation < 2; rotation += 1) {
      await app.secret.rotate();
      await asApplication(app.secret, work);
    }
    const borrowed = await server.query(
      'postgres',
      `SELECT FROM pg_auth_members WHERE pg_get_userbyid(member) = 'rds_admin' AND grantor = member`,
    );
    expect(borrowed).toEqual([]);
  };

  it('17.C: are no obstacle in a schema public of pg_database_owner', async () => {
    const app = await ownedByOthers(
      'GRANT CREATE ON SCHEMA public TO APP; CREATE TABLE theirs (id int); GRANT SELECT ON theirs TO APP',
    );
    await twice(app, (client) =>
      client.query(
        'SELECT * FROM theirs; CREATE TABLE IF NOT EXISTS own (id int); ALTER TABLE own ADD IF NOT EXISTS x int',
      ),
    );
  });

  it('17.C: may be on a table and on its columns together', async () => {
    const app = await ownedByOthers(
      'CREATE TABLE wide (a int, b int, c int); GRANT SELECT ON wide TO APP; GRANT SELECT (a), UPDATE (b) ON wide TO APP',
    );
    await twice(app, async (client) => {
      await client.query('SELECT * FROM wide; UPDATE wide SET b = 1');
      await expect(client.query('UPDATE wide SET c = 1')).rejects.toThrow('permission denied');
    });
  });

  it('17.C: may be by other grantors than the owner, also those that the second user has', async () => {
    const app = await ownedByOthers('CREATE TABLE lent (id int)');
    const lender = `${app.user}_lender`;
    await server.query(
      app.database,
      `CREATE ROLE ${lender}; SET ROLE ${app.owner}; GRANT SELECT, INSERT ON lent TO ${lender} WITH GRANT OPTION;
       SET ROLE ${lender}; GRANT SELECT ON lent TO ${app.user}`,
    );
    await app.secret.rotate();
    await server.query(app.database, `SET ROLE ${lender}; GRANT INSERT ON lent TO ${app.clone}`);
    await app.secret.rotate();
    await twice(app, async (client) => {
      await client.query('SELECT * FROM lent');
      await expect(client.query('INSERT INTO lent VALUES (1)')).rejects.toThrow('permission denied');
      await client.query('SET ROLE NONE');
      await expect(client.query('INSERT INTO lent VALUES (1)')).rejects.toThrow('permission denied');
    });
  });
});

it('17.C: a user at its connection limit has shown by that error that its password works', async () => {
  const app = await runningApplication(emulator, server, { sql: 'ALTER ROLE APP CONNECTION LIMIT 1' });
  const held = await signIn(await app.secret.current());
  await app.secret.rotate();
  expect((await app.secret.current()).username).toBe(app.clone);
  await held.end();
  const wrong = await runningApplication(emulator, server, { sql: 'ALTER ROLE APP CONNECTION LIMIT 0' });
  await wrong.secret.put({ ...(await wrong.secret.current()), password: 'guessed' });
  await expect(wrong.secret.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
});

it('17.C: says that a user is no longer valid, and rotates once it is again', async () => {
  const app = await runningApplication(emulator, server, { sql: `ALTER ROLE APP VALID UNTIL '2024-01-01'` });
  const hint = expect.stringContaining(`ALTER ROLE "${app.user}" VALID UNTIL 'infinity'`) as string;
  const message = expect.stringMatching(/has not been valid since 2024-01-01/) as string;
  await expect(app.secret.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED', message, hint });
  await server.query('postgres', `ALTER ROLE ${app.user} VALID UNTIL 'infinity'`);
  await app.secret.rotate();
  // The second one's validity is that of the one in use.
  await server.query('postgres', `ALTER ROLE ${app.user} VALID UNTIL '2024-01-01'`);
  await app.secret.rotate();
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});

describe('through PgBouncer', () => {
  let pooler: Pooler;
  beforeAll(async () => {
    pooler = await startPooler(server, 'transaction');
  });
  afterAll(() => pooler?.stop());

  it('17.C: rotates a user whose second one the pooler does not know yet', async () => {
    const app = await application(emulator, server, {
      sslmode: 'disable',
      hosts: ['127.0.0.1'],
      port: pooler.place.port,
    });
    await createUser(server, app);
    const masterarn = await createSecret(secretsClient(emulator), { ...server.administrator, host: undefined });
    await app.secret.put({ ...(await app.secret.current()), ...pooler.place, masterarn });
    for (let rotation = 0; rotation < 3; rotation += 1) {
      await app.secret.rotate();
      await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
    }
    // A wrong password is no proof there either.
    await app.secret.put({ ...(await app.secret.current()), username: app.user, password: 'guessed' });
    await server.query('postgres', `COMMENT ON ROLE ${app.user} IS NULL`);
    await expect(app.secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_REFUSED',
      message: expect.stringMatching(/does not let/) as string,
    });
  });
});

it('17.C: waits for a pending version that Secrets Manager does not show yet', async () => {
  const app = await runningApplication(emulator, server);
  const token = '11111111-2222-3333-4444-555555555555';
  const plain = createSecretStore(app.secret.client);
  let hidden = 2;
  // As in a region where a write shows only after a while: the version is reserved, and its value comes later too.
  const store: SecretStore = {
    ...plain,
    async describe(id) {
      const secret = await plain.describe(id);
      const { [token]: _, ...others } = secret.stages;
      const visible = hidden-- <= 0 ? { ...others, [token]: secret.stages[token] ?? ['AWSPENDING'] } : others;
      return { ...secret, rotationEnabled: true, stages: visible };
    },
    async read(id, which) {
      return which.stage === 'AWSPENDING' && hidden-- > 0 ? undefined : plain.read(id, which);
    },
  };
  const settings = {
    kind: 'postgres' as const,
    strategy: 'alternating' as const,
    users: [app.user],
    hosts: [server.server.host],
  };
  const adapter = createAdapter(settings, {
    secretId: app.secret.id,
    store,
    elastiCache: () => {
      throw new Error('none');
    },
    clock: systemClock,
    logger: silentLogger,
  });
  for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
    if (step !== 'createSecret') hidden = 3;
    const request = { secretId: app.secret.id, token, step };
    expect(await takeStep(request, adapter, { store, logger: silentLogger, reserved: true })).toBe('done');
  }
  await asApplication(app.secret, (client) => client.query('SELECT * FROM orders'));
});

it('17.C: refuses a replica by the Region where its primary is', async () => {
  const { ReplicateSecretToRegionsCommand, SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { clientOptions } = await import('./secrets.js');
  const app = await runningApplication(emulator, server);
  const input = { SecretId: app.secret.id, AddReplicaRegions: [{ Region: 'eu-west-1' }] };
  await app.secret.client.send(new ReplicateSecretToRegionsCommand(input));
  const there = new SecretsManagerClient({ ...clientOptions(emulator), region: 'eu-west-1' });
  const store = createSecretStore(there);
  const id = app.secret.id.replace('us-east-1', 'eu-west-1');
  const { secretOf } = await import('./secrets.js');
  const replica = secretOf(there, id, { kind: 'postgres', users: [app.user], hosts: [server.server.host] }, { store });
  await expect(replica.rotate()).rejects.toMatchObject({
    code: 'ROTATION_REFUSED',
    message: expect.stringMatching(/in eu-west-1 it is a replica of the secret in us-east-1/) as string,
  });
  await app.secret.rotate();
  expect(await replica.current()).toEqual(await app.secret.current());
});

it('17.C: says of a disabled key what to check, and rotates once it is enabled', async () => {
  const { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } = await import('@aws-sdk/client-kms');
  const { UpdateSecretCommand } = await import('@aws-sdk/client-secrets-manager');
  const { clientOptions } = await import('./secrets.js');
  const kms = new KMSClient(clientOptions(emulator));
  const KeyId = (await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  const secret = await useSecret(
    secretsClient(emulator),
    { key: Buffer.alloc(32, 7).toString('base64') },
    { kind: 'encryption-key' },
  );
  await secret.client.send(new UpdateSecretCommand({ SecretId: secret.id, KmsKeyId: KeyId }));
  await kms.send(new DisableKeyCommand({ KeyId }));
  await expect(secret.rotate()).rejects.toMatchObject({
    code: 'ROTATION_DENIED',
    message: expect.stringMatching(/can't decrypt/) as string,
    hint: expect.stringMatching(/Check that the key of the secret is enabled/) as string,
  });
  await kms.send(new EnableKeyCommand({ KeyId }));
  await secret.rotate();
  expect((await secret.current()).keys).toHaveLength(2);
});

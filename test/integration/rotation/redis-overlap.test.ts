/** Rotations of Redis that follow each other, come late, or outlive the server: on real servers. */
import { createHash } from 'node:crypto';
import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSecretStore } from '../../../src/rotation/protocol/secret-store.js';
import { STEPS } from '../../../src/rotation/protocol/state-machine.js';
import type { RotationSettingsInput } from '../../../src/rotation/settings.js';
import { ownerUser } from '../../../src/rotation/redis/acl-owner.js';
import { useEmulator } from '../../helpers/emulator.js';
import { startElastiCache, type ElastiCacheStandIn } from './elasticache-stand-in.js';
import { heldStore, interceptedStore, movesCurrent } from './held-store.js';
import { OPERATOR, signIn, startRedisServer, type RedisServer } from './redis-server.js';
import { createSecret, secretOf, secretsClient, useSecret, type TestSecret } from './secrets.js';
import { startSteadyClients } from './steady-clients.js';

const emulator = useEmulator();
let redis: RedisServer;
let elastiCache: ElastiCacheStandIn;
let administratorSecretArn: string;
const FIRST = 'first-password-of-the-tests';

beforeAll(async () => {
  redis = await startRedisServer();
  elastiCache = await startElastiCache(redis, 'app');
  administratorSecretArn = await createSecret(secretsClient(emulator), { ...OPERATOR, ...place() });
});
afterAll(async () => {
  await elastiCache?.stop();
  await redis?.stop();
});
beforeEach(async () => {
  await redis.command('ACL', 'SETUSER', 'app', 'on', 'resetpass', `>${FIRST}`, '~*', '+@all');
  // Each test has a secret of its own for the same user.
  await redis.command('ACL', 'DELUSER', ownerUser('app'));
  await elastiCache.begin(FIRST);
  elastiCache.tags.clear();
});

type Settings = Extract<RotationSettingsInput, { kind: 'redis' }>;

const place = ({ port } = redis) => ({ host: '127.0.0.1', port, tls: false });
const fields = (more: Record<string, unknown>, server = redis) => ({ engine: 'redis', ...place(server), ...more });
const clients = () => ({ elastiCache: () => elastiCache.client, pollMs: 20 });
const acl = (username = 'app') => ({ kind: 'acl' as const, username, administratorSecretArn });
const useRedis = (value: Record<string, unknown>, settings: Omit<Settings, 'kind'>): Promise<TestSecret> =>
  useSecret(
    secretsClient(emulator),
    value,
    { kind: 'redis', ...place({ ...redis, port: Number(value.port) }), ...settings },
    clients(),
  );

describe.each<[string, () => Settings['control'], Record<string, unknown>]>([
  ['AUTH of ElastiCache', () => ({ kind: 'auth', replicationGroupId: 'fintech-redis' }), { authToken: FIRST }],
  ['a user of ElastiCache', () => ({ kind: 'user', userId: 'app' }), { username: 'app', password: FIRST }],
  ["a server of one's own", () => acl(), { username: 'app', password: FIRST }],
])('%s', (_, control, credentials) => {
  it('17.6: refuses no client while rotations begin within the overlap of the one before', async () => {
    const secret = await useRedis(fields(credentials), { control: control(), overlap: 3 });
    const { client, id: secretId } = secret;
    const first = await secret.current();
    const steady = startSteadyClients({ client, secretId, clients: 2, interval: 200, connect: signIn });
    const rotations: Promise<unknown>[] = [];
    try {
      for (let begun = 0; begun < 3; begun += 1) {
        const before = await secret.current();
        rotations.push(secret.rotate());
        // AWSCURRENT has moved, and that rotation waits until the former password has had its time.
        while (JSON.stringify(await secret.current()) === JSON.stringify(before)) {
          await Promise.race([Promise.all(rotations), setTimeout(50)]);
        }
      }
      await Promise.all(rotations);
      await steady.readAgain();
    } finally {
      await steady.stop();
    }
    expect(steady.refused).toEqual([]);
    expect(steady.values).toBe(4);
    await signIn(await secret.current());
    await expect(signIn(first)).rejects.toThrow('WRONGPASS');
  });
});

it('17.6: takes no password away that was admitted while the end of a rotation was held', async () => {
  const secret = await useRedis(fields({ username: 'app', password: FIRST }), { control: acl(), overlap: 0 });
  const client = secretsClient(emulator);
  let described = 0;
  // The steps look at the labels five times; the sixth look is the one before the former password is taken away.
  const held = heldStore(createSecretStore(client), (name) => name === 'describe' && (described += 1) === 7);
  const settings = { kind: 'redis' as const, control: acl(), overlap: 0 };
  const late = secretOf(client, secret.id, settings, { ...clients(), store: held.store }).rotate();
  await held.reached;
  expect(await secret.current()).not.toMatchObject({ password: FIRST });
  await secret.rotate();
  held.release();
  await late;
  await signIn(await secret.current());
  await expect(signIn({ port: redis.port, username: 'app', password: FIRST })).rejects.toThrow('WRONGPASS');
});

it.each(['is cleaned up', 'is left as it is'])(
  '17.8: uses the password of a version that was given up once, though the rotation that used it was killed and %s',
  async (then) => {
    const [first, second] = ['11111111-2222-3333-4444-555555555555', '22222222-3333-4444-5555-666666666666'];
    const settings = { kind: 'redis' as const, control: acl(), overlap: 0 };
    const secret = await useRedis(fields({ username: 'app', password: FIRST }), settings);
    await secret.step('createSecret', first);
    await secret.step('setSecret', first);
    await secret.put({ ...(await secret.current()), pool: 20 });
    await expect(secret.step('finishSecret', first)).rejects.toMatchObject({ code: 'ROTATION_OUTDATED' });
    let moved = false;
    const dying = interceptedStore(createSecretStore(secret.client), (name, args) => {
      if (moved) throw new Error('killed');
      moved = movesCurrent(name, args);
    });
    const killed = secretOf(secret.client, secret.id, settings, { ...clients(), store: dying }).rotate();
    await expect(killed).rejects.toThrow('killed');
    const used = [FIRST, (await secret.current()).password];
    // A schedule begins the next one by itself; whoever rotates by hand ends this one first.
    if (then === 'is cleaned up') {
      await secret.rotate();
      expect(Object.values(await secret.stages()).flat()).not.toContain('HOLDFAST_GIVEN_UP');
    } else for (const step of STEPS) await secret.step(step, second);
    expect(used).not.toContain((await secret.current()).password);
    await signIn(await secret.current());
  },
);

it.each(['an ACL file', 'its configuration'] as const)(
  '17.6: does not bring the former password back by a restart of a server with users in %s',
  async (usersIn) => {
    const server = await startRedisServer(undefined, usersIn);
    try {
      await server.command('ACL', 'SETUSER', 'app', 'on', `>${FIRST}`, '~*', '+@all');
      await server.command(...(usersIn === 'an ACL file' ? ['ACL', 'SAVE'] : ['CONFIG', 'REWRITE']));
      const value = fields({ username: 'app', password: FIRST }, server);
      const secret = await useRedis(value, { control: acl(), overlap: 0 });
      await secret.rotate();
      await server.restart();
      await signIn(await secret.current());
      await expect(signIn(value)).rejects.toThrow('WRONGPASS');
      // Nor does it free the user for a second secret.
      const second = await useRedis(await secret.current(), { control: acl(), overlap: 0 });
      await expect(second.rotate()).rejects.toMatchObject({
        code: 'ROTATION_REFUSED',
        message: expect.stringContaining(`is rotated for another secret, ${secret.id}`) as string,
      });
      await signIn(await secret.current());
    } finally {
      await server.stop();
    }
  },
);

it('17.6: says that a server keeps its users nowhere, and which permission is missing to save them', async () => {
  const secret = await useRedis(fields({ username: 'app', password: FIRST }), { control: acl(), overlap: 0 });
  await secret.rotate();
  expect(secret.log.join('\n')).toContain('The server keeps its users in no file: after a restart, "app" has');
  await redis.command('ACL', 'SETUSER', 'weak', 'on', '>weak', '+acl|setuser', '+acl|getuser', '+ping');
  const weak = await createSecret(secretsClient(emulator), { username: 'weak', password: 'weak', ...place() });
  const control = { ...acl(), administratorSecretArn: weak };
  const refused = await useRedis(await secret.current(), { control, overlap: 0 });
  await redis.command('ACL', 'DELUSER', ownerUser('app'));
  for (const done of ['The user "holdfast-rotation:app" was added', 'The passwords of "app" were changed']) {
    await expect(refused.rotate()).rejects.toMatchObject({
      code: 'ROTATION_DENIED',
      message: expect.stringContaining(`${done}, but not saved: ACL SAVE: NOPERM`) as string,
      hint: expect.stringContaining('+acl|save') as string,
    });
  }
});

it('17.6: changes no user of a replica, and says of a primary that its replicas have users of their own', async () => {
  const replica = await startRedisServer();
  try {
    for (const server of [redis, replica]) {
      await server.command('ACL', 'SETUSER', 'kept', 'on', `>${FIRST}`, '~*', '+@all');
    }
    await replica.command('CONFIG', 'SET', 'masteruser', OPERATOR.username, 'masterauth', OPERATOR.password);
    await replica.command('REPLICAOF', '127.0.0.1', String(redis.port));
    while (!/^connected_slaves:1\r?$/m.test(String(await redis.command('INFO', 'replication')))) await setTimeout(20);
    const settings = { control: acl('kept'), overlap: 0 };
    const there = await useRedis(fields({ username: 'kept', password: FIRST }, replica), settings);
    const [before, value] = [await replica.command('ACL', 'LIST'), await there.current()];
    await expect(there.rotate()).rejects.toMatchObject({
      code: 'ROTATION_REFUSED',
      message: expect.stringMatching(/is a replica/) as string,
    });
    expect(await replica.command('ACL', 'LIST')).toEqual(before);
    expect(await there.current()).toEqual(value);

    const secret = await useRedis(fields({ username: 'kept', password: FIRST }), settings);
    await secret.rotate();
    expect(secret.log.join('\n')).toMatch(/has replicas .* only this one gets the new password of "kept"/);
    await signIn(await secret.current());
    await expect(signIn({ ...(await secret.current()), port: replica.port })).rejects.toThrow('WRONGPASS');
  } finally {
    await replica.stop();
    await redis.command('ACL', 'DELUSER', 'kept');
  }
});

describe('whom the secret names', () => {
  const refused = async (secret: TestSecret, message: RegExp, user = 'app') => {
    const before = await redis.command('ACL', 'GETUSER', user);
    await expect(secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_REFUSED',
      message: expect.stringMatching(message) as string,
    });
    expect(await redis.command('ACL', 'GETUSER', user)).toEqual(before);
  };

  it('17.3: is not changed unless the settings name them too', async () => {
    await redis.command('ACL', 'SETUSER', 'payroll', 'on', '>known', '+ping');
    const value = fields({ username: 'payroll', password: 'known' });
    await refused(await useRedis(value, { control: acl() }), /this rotation is only for "app"/, 'payroll');
    const control = { kind: 'user' as const, userId: 'app' };
    await refused(await useRedis(value, { control }), /this rotation is only for "app" \(app\)/, 'payroll');
  });

  it('17.3: is not changed by AUTH, which has no users', async () => {
    await redis.command('ACL', 'SETUSER', 'payroll', 'on', '>known', '+ping');
    const control = { kind: 'auth' as const, replicationGroupId: 'fintech-redis' };
    const value = fields({ username: 'payroll', password: 'known' });
    await refused(await useRedis(value, { control }), /has one token, and no users/, 'default');
  });

  it('17.3: gets no rule into the list of users by a password that has the form of one', async () => {
    await redis.command('ACL', 'SETUSER', 'plain', 'on', `>${FIRST}`, '+ping');
    const secret = await useRedis(fields({ username: 'plain', password: FIRST }), {
      control: acl('plain'),
      overlap: 0,
    });
    const token = '11111111-2222-3333-4444-555555555555';
    await secret.step('createSecret', token);
    const password = 'x nopass ~* +@all >known\r\nACL SETUSER plain +@all';
    const SecretString = JSON.stringify({ ...(await secret.current()), password });
    const input = { SecretId: secret.id, SecretString, VersionStages: ['AWSPENDING'] };
    await secret.client.send(new PutSecretValueCommand(input));
    await secret.rotate();
    expect((await secret.current()).password).toBe(password);
    const hash = createHash('sha256').update(password).digest('hex');
    const users = (await redis.command('ACL', 'LIST')) as string[];
    expect(users.filter((line) => line.startsWith('user plain '))).toEqual([
      expect.stringMatching(new RegExp(`^user plain on (sanitize-payload )?#${hash} resetchannels -@all \\+ping$`)),
    ]);
  });

  it('17.C: is changed though they may not PING, which shows after the password', async () => {
    await redis.command('ACL', 'SETUSER', 'silent', 'on', `>${FIRST}`, '+get');
    const secret = await useRedis(fields({ username: 'silent', password: FIRST }), {
      control: acl('silent'),
      overlap: 0,
    });
    await secret.rotate();
    const { password } = await secret.current();
    const hash = createHash('sha256').update(String(password)).digest('hex');
    expect(await redis.command('ACL', 'GETUSER', 'silent')).toEqual(
      expect.objectContaining({ passwords: [hash] }) as unknown,
    );
  });

  it('17.1: keeps the former password where what is current does not work, however its labels stand', async () => {
    const secret = await useRedis(fields({ username: 'app', password: FIRST }), { control: acl(), overlap: 0 });
    await secret.put({ ...(await secret.current()), password: 'never-set-on-the-server' });
    const [version = ''] =
      Object.entries(await secret.stages()).find(([, labels]) => labels.includes('AWSCURRENT')) ?? [];
    const input = { SecretId: secret.id, VersionStage: 'AWSPENDING', MoveToVersionId: version };
    await secret.client.send(new UpdateSecretVersionStageCommand(input));
    await expect(secret.step('finishSecret', version)).rejects.toMatchObject({ code: 'ROTATION_FAILED' });
    await signIn(fields({ username: 'app', password: FIRST }));
  });

  it('17.1: proves nothing by a password where every one is accepted', async () => {
    await redis.command('ACL', 'SETUSER', 'open', 'on', 'nopass', '+ping');
    const value = fields({ username: 'open', password: 'any' });
    await refused(await useRedis(value, { control: acl('open') }), /accepts any password/, 'open');
  });

  it('17.2: is not changed where they are the administrator', async () => {
    const value = fields(OPERATOR);
    await refused(
      await useRedis(value, { control: acl(OPERATOR.username) }),
      /is the administrator of this rotation/,
      OPERATOR.username,
    );
  });

  it('17.3: has the administrator sign in to no host that only the secret names', async () => {
    const bare = await createSecret(secretsClient(emulator), OPERATOR);
    const value = fields({ username: 'app', password: FIRST });
    const none = { kind: 'redis' as const, control: { ...acl(), administratorSecretArn: bare } };
    const client = secretsClient(emulator);
    await refused(await useSecret(client, value, none), /say on which host passwords may be tried/);
    const ofElastiCache = { ...none, control: { kind: 'user' as const, userId: 'app' } };
    const secret = await useSecret(client, value, ofElastiCache, clients());
    await refused(secret, /say on which host passwords may be tried/);
  });
});

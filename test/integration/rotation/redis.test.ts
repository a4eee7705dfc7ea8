import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { OWNER_TAG } from '../../../src/rotation/redis/owner.js';
import { useEmulator } from '../../helpers/emulator.js';
import { startElastiCache, type ElastiCacheStandIn } from './elasticache-stand-in.js';
import { connectWith, OPERATOR, signIn, startRedisServer, type RedisServer } from './redis-server.js';
import { createSecret, secretsClient, useSecret } from './secrets.js';
import { startSteadyClients } from './steady-clients.js';

const emulator = useEmulator();
let redis: RedisServer;
let elastiCache: ElastiCacheStandIn;
const TOKEN = 'first-token-of-the-tests';
const place = () => ({ engine: 'redis', host: '127.0.0.1', port: redis.port, tls: false });

beforeAll(async () => {
  redis = await startRedisServer();
  await redis.command('ACL', 'SETUSER', 'app', 'on', `>${TOKEN}`, '~*', '+@all');
  elastiCache = await startElastiCache(redis, 'app');
  await elastiCache.begin(TOKEN);
});
afterAll(async () => {
  await elastiCache.stop();
  await redis.stop();
});

// Each test has a secret of its own for the same user.
beforeEach(() => elastiCache.tags.clear());

const where = () => ({ host: '127.0.0.1', port: redis.port, tls: false });
const clients = () => ({ elastiCache: () => elastiCache.client, pollMs: 20 });

describe.each([
  ['AUTH', { kind: 'auth', replicationGroupId: 'fintech-redis' }, { authToken: TOKEN }, ['ROTATE', 'SET']],
  ['a user', { kind: 'user', userId: 'app' }, { username: 'app', password: TOKEN }, ['ModifyUser 2', 'ModifyUser 1']],
] as const)('%s of ElastiCache', (_, control, credentials, changes) => {
  it('drops no connected client and refuses none that reads the secret at an interval', async () => {
    const client = secretsClient(emulator);
    const settings = { kind: 'redis' as const, control, overlap: 1, ...where() };
    const secret = await useSecret(client, { ...place(), ...credentials }, settings, clients());
    const held = await connectWith(await secret.current());
    const lost: unknown[] = [];
    held.on('error', (error) => lost.push(error));
    const steady = startSteadyClients({ client, secretId: secret.id, clients: 2, interval: 200, connect: signIn });
    const before = elastiCache.changes.length;
    const first = await secret.current();
    try {
      for (let done = 0; done < 3; done += 1) {
        await secret.rotate();
        await steady.readAgain();
        expect(await held.ping()).toBe('PONG');
      }
    } finally {
      await steady.stop();
      held.destroy();
    }
    expect(steady.refused).toEqual([]);
    expect(lost).toEqual([]);
    expect(steady.connections).toBeGreaterThan(10);
    expect(elastiCache.changes.slice(before)).toEqual([...changes, ...changes, ...changes]);
    await signIn(await secret.current());
    await expect(signIn(first)).rejects.toThrow('WRONGPASS');
  });

  it('ends the password that a broken-off rotation left behind, and not the current one', async () => {
    const value = { ...place(), ...credentials, password: undefined, authToken: undefined };
    const field = 'authToken' in credentials ? 'authToken' : 'password';
    const set = async (password: string) =>
      'username' in credentials
        ? redis.command('ACL', 'SETUSER', 'app', 'resetpass', `>${password}`)
        : elastiCache.begin(password);
    const settings = { kind: 'redis' as const, control, overlap: 0, ...where() };
    const secret = await useSecret(
      secretsClient(emulator),
      { ...value, [field]: 'one-one-one-one-1' },
      settings,
      clients(),
    );
    await set('one-one-one-one-1');
    const token = '11111111-2222-3333-4444-777777777777';
    await secret.step('createSecret', token);
    await secret.step('setSecret', token);
    // Killed after AWSCURRENT moved: both passwords go on working.
    const { UpdateSecretVersionStageCommand } = await import('@aws-sdk/client-secrets-manager');
    const stages = await secret.stages();
    const from = Object.keys(stages).find((id) => stages[id]?.includes('AWSCURRENT'));
    const input = {
      SecretId: secret.id,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId: token,
      RemoveFromVersionId: from,
    };
    await secret.client.send(new UpdateSecretVersionStageCommand(input));
    // That one is cleaned up after, and another one takes place.
    expect(await secret.rotate()).toMatchObject({ resumed: false });
    await signIn(await secret.current());
    await expect(signIn({ ...value, [field]: 'one-one-one-one-1' })).rejects.toThrow('WRONGPASS');
  });

  it('keeps the current version when ElastiCache refuses the change', async () => {
    const secret = await useSecret(
      secretsClient(emulator),
      {
        ...place(),
        ...credentials,
        ...('authToken' in credentials ? { authToken: 'two-two-two-two-2' } : { password: 'two-two-two-two-2' }),
      },
      { kind: 'redis', control, overlap: 0, ...where() },
      clients(),
    );
    await ('username' in credentials
      ? redis.command('ACL', 'SETUSER', 'app', 'resetpass', '>two-two-two-two-2')
      : elastiCache.begin('two-two-two-two-2'));
    const before = await secret.current();
    elastiCache.refuse(true);
    await expect(secret.rotate()).rejects.toMatchObject({
      code: 'ROTATION_DENIED',
      hint: expect.stringMatching(/elasticache:Modify(User|ReplicationGroup)/) as string,
    });
    elastiCache.refuse(false);
    expect(await secret.current()).toEqual(before);
    await signIn(before);
    expect(await secret.rotate()).toMatchObject({ resumed: true });
    await signIn(await secret.current());
  });

  describe('17.2: two secrets', () => {
    const settings = () => ({ kind: 'redis' as const, control, overlap: 0, ...where() });
    const PASSWORD = 'that-both-secrets-know';
    const value = () =>
      'authToken' in credentials
        ? { ...place(), authToken: PASSWORD }
        : { ...place(), username: 'app', password: PASSWORD };
    const useOne = () => useSecret(secretsClient(emulator), value(), settings(), clients());
    beforeEach(() =>
      'username' in credentials
        ? redis.command('ACL', 'SETUSER', 'app', 'resetpass', `>${PASSWORD}`)
        : elastiCache.begin(PASSWORD),
    );

    it('the second is refused although its password works, until the tag of the first is removed', async () => {
      const [first, second] = [await useOne(), await useOne()];
      // Both passwords work, as in an overlap.
      const token = '11111111-2222-3333-4444-555555555555';
      await first.step('createSecret', token);
      await first.step('setSecret', token);
      expect(elastiCache.tags.get(OWNER_TAG)).toBe(first.id);
      const before = elastiCache.changes.length;
      await expect(second.rotate()).rejects.toMatchObject({
        code: 'ROTATION_REFUSED',
        message: expect.stringContaining(`is rotated for another secret, ${first.id}`) as string,
        hint: expect.stringMatching(
          /aws elasticache remove-tags-from-resource --resource-name arn:\S+ --tag-keys holdfast:rotation-secret$/,
        ) as string,
      });
      expect(elastiCache.changes.slice(before)).toEqual([]);
      await first.step('testSecret', token);
      await first.step('finishSecret', token);
      await signIn(await first.current());

      elastiCache.tags.delete(OWNER_TAG);
      await second.put(await first.current());
      await second.rotate();
      await signIn(await second.current());
      expect(elastiCache.tags.get(OWNER_TAG)).toBe(second.id);
    });

    it('of two that tag it at the same moment, the one that was overwritten changes nothing', async () => {
      const secret = await useOne();
      elastiCache.onTag = () => elastiCache.tags.set(OWNER_TAG, 'arn:of:another');
      const before = elastiCache.changes.length;
      try {
        await expect(secret.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
      } finally {
        elastiCache.onTag = undefined;
      }
      expect(elastiCache.changes.slice(before)).toEqual([]);
      await signIn(await secret.current());
    });

    it('one whose tag was overwritten after its change keeps its current version', async () => {
      const secret = await useOne();
      const token = '11111111-2222-3333-4444-666666666666';
      await secret.step('createSecret', token);
      await secret.step('setSecret', token);
      const before = await secret.current();
      elastiCache.tags.set(OWNER_TAG, 'arn:of:another');
      await expect(secret.step('testSecret', token)).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
      expect(await secret.current()).toEqual(before);
      await signIn(before);
    });
  });
});

it('17.2: tells secrets apart whose ARNs are too long for a tag, and begin alike', async () => {
  const { elastiCacheUser } = await import('../../../src/rotation/redis/elasticache-user.js');
  const arn = `arn:aws:secretsmanager:us-east-1:123456789012:secret:${'x'.repeat(500)}`;
  const of = (id: string) => elastiCacheUser(elastiCache.client, 'app', id, { timeout: 20, pollMs: 20 });
  await of(`${arn}-one`).requireOwn();
  expect(elastiCache.tags.get(OWNER_TAG)).toMatch(/^sha256:[0-9a-f]{64}$/);
  await of(`${arn}-one`).requireOwn();
  await expect(of(`${arn}-two`).requireOwn()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
});

describe("a server of one's own", () => {
  describe('17.2: two secrets for one user', () => {
    const MARK = 'holdfast-rotation:shared';
    const two = async () => {
      const client = secretsClient(emulator);
      const administratorSecretArn = await createSecret(client, { ...OPERATOR, ...where() });
      await redis.command('ACL', 'DELUSER', MARK);
      await redis.command('ACL', 'SETUSER', 'shared', 'reset', 'on', '>that-both-know', '~shared:*', '+ping');
      const control = { kind: 'acl' as const, username: 'shared', administratorSecretArn };
      const value = { ...place(), username: 'shared', password: 'that-both-know' };
      const use = () => useSecret(client, value, { kind: 'redis', control, overlap: 0 });
      return [await use(), await use()] as const;
    };

    it('the second is refused although its password works, until the mark of the first is removed', async () => {
      const [first, second] = await two();
      const token = '11111111-2222-3333-4444-555555555555';
      await first.step('createSecret', token);
      await first.step('setSecret', token);
      await expect(second.rotate()).rejects.toMatchObject({
        code: 'ROTATION_REFUSED',
        message: `The user "shared" is rotated for another secret, ${first.id}.`,
        hint: expect.stringMatching(/ACL DELUSER holdfast-rotation:shared$/) as string,
      });
      await first.step('testSecret', token);
      await first.step('finishSecret', token);
      await signIn(await first.current());
      // What marks the user can do nothing itself.
      const list = (await redis.command('ACL', 'LIST')) as string[];
      expect(list.find((line) => line.startsWith(`user ${MARK} `))).toMatch(
        new RegExp(`^user ${MARK} off (sanitize-payload )?~${first.id} resetchannels -@all$`),
      );

      await redis.command('ACL', 'DELUSER', MARK);
      await second.put(await first.current());
      await second.rotate();
      await signIn(await second.current());
    });

    it('one that does not prove the password claims nothing, at no step', async () => {
      const [secret] = await two();
      await secret.put({ ...(await secret.current()), password: 'guessed' });
      const token = '11111111-2222-3333-4444-555555555555';
      await secret.step('createSecret', token);
      await expect(secret.step('setSecret', token)).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
      for (const step of ['testSecret', 'finishSecret'] as const) {
        await expect(secret.step(step, token)).rejects.toMatchObject({ code: 'ROTATION_FAILED' });
      }
      expect(await redis.command('ACL', 'GETUSER', MARK)).toBeNull();
    });

    it('one that was killed between the mark and the password goes on, and keeps the other away', async () => {
      const [first, second] = await two();
      const mark = ['off', 'nocommands', `~${first.id}`];
      await redis.command('ACL', 'SETUSER', MARK, ...mark);
      await expect(second.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
      await first.rotate();
      await signIn(await first.current());
      // Its place in the list stays, also where the other one has written its own.
      await redis.command('ACL', 'SETUSER', MARK, `~${second.id}`);
      await second.put(await first.current());
      await expect(second.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
      await first.rotate();
    });

    it('the user itself can neither write nor remove the mark, unless it may change passwords anyway', async () => {
      const [secret] = await two();
      await secret.rotate();
      const application = await connectWith(await secret.current());
      try {
        for (const command of [
          ['SETUSER', MARK, 'reset'],
          ['DELUSER', MARK],
        ]) {
          await expect(application.sendCommand(['ACL', ...command])).rejects.toThrow('NOPERM');
        }
      } finally {
        application.destroy();
      }
      await secret.rotate();
    });

    it('of two that rotate at the same moment, one at most does, and its clients sign in', async () => {
      for (let done = 0; done < 5; done += 1) {
        const secrets = await two();
        const results = await Promise.allSettled(secrets.map((secret) => secret.rotate()));
        const refused = results.filter(({ status }) => status === 'rejected');
        expect(refused).toHaveLength(1);
        expect(refused[0]).toMatchObject({ reason: { code: 'ROTATION_REFUSED' } });
        const winner = secrets[results.findIndex(({ status }) => status === 'fulfilled')];
        await signIn((await winner?.current()) ?? {});
      }
    });
  });

  it('gets the new password by ACL SETUSER of an administrator, and never sees it in plain text', async () => {
    const client = secretsClient(emulator);
    const administratorSecretArn = await createSecret(client, { ...OPERATOR, ...where() });
    await redis.command('ACL', 'SETUSER', 'own', 'on', '>its-first-password', '~own:*', '+@read', '+ping');
    const secret = await useSecret(
      client,
      { ...place(), username: 'own', password: 'its-first-password' },
      { kind: 'redis', control: { kind: 'acl', username: 'own', administratorSecretArn }, overlap: 0 },
    );
    const monitored: string[] = [];
    const monitor = await connectWith({ ...OPERATOR, ...place() });
    await monitor.monitor((line) => monitored.push(String(line)));
    await secret.rotate();
    monitor.destroy();
    const { password } = await secret.current();
    await signIn(await secret.current());
    await expect(signIn({ ...place(), username: 'own', password: 'its-first-password' })).rejects.toThrow('WRONGPASS');
    expect(monitored.length).toBeGreaterThan(0);
    expect(monitored.join('\n')).not.toContain(password);
  });

  it('keeps the secret when the server does not admit its current password', async () => {
    const secret = await useSecret(
      secretsClient(emulator),
      { ...place(), username: 'own', password: 'not the password' },
      { kind: 'redis', control: { kind: 'user', userId: 'own' }, overlap: 0, ...where() },
      clients(),
    );
    await expect(secret.rotate()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
    expect((await secret.current()).password).toBe('not the password');
  });

  it('keeps a token that is the whole secret a token', async () => {
    await elastiCache.begin('0123456789abcdef0123456789abcdef');
    const secret = await useSecret(
      secretsClient(emulator),
      '0123456789abcdef0123456789abcdef',
      {
        kind: 'redis',
        control: { kind: 'auth', replicationGroupId: 'fintech-redis' },
        overlap: 0,
        ...where(),
      },
      clients(),
    );
    await secret.rotate();
    const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
    const input = { SecretId: secret.id, VersionStage: 'AWSCURRENT' };
    const { SecretString = '' } = await secret.client.send(new GetSecretValueCommand(input));
    expect(SecretString).toMatch(/^[A-Za-z0-9]{32}$/);
    await signIn({ ...place(), password: SecretString });
  });
});

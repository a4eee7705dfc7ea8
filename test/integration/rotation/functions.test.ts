import { statSync } from 'node:fs';
import { join } from 'node:path';
import { CreateReplicationGroupCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Metafile } from 'esbuild';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleRotation } from '../../../scripts/build/rotation-bundle.mjs';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { clientOptions } from '../emulator/stacks.js';
import { startPasswordServer, type PasswordServer } from './password-server.js';
import { createFunction, rotationEnded, runWatch, startFunctions } from './rotation-functions.js';
import { createSecret, readCurrent, secretsClient } from './secrets.js';

const ROOT = join(import.meta.dirname, '../../..');
/** What Lambda unpacks at each cold start. */
const LARGEST_BUNDLE = 1_500_000;

const emulator = useEmulator();
let server: PasswordServer;
let bundles: string;
let metafile: Metafile;
let client: SecretsManagerClient;
/** Of the function that rotates PostgreSQL users. */
let RotationLambdaARN: string;

beforeAll(async () => {
  server = await startPasswordServer();
  bundles = temporaryDirectory();
  metafile = await bundleRotation(ROOT, bundles);
  client = secretsClient(emulator);
  RotationLambdaARN = await createFunction(emulator, 'rotate-postgres');
});
afterAll(() => server?.stop());

it('makes bundles under 1.5 MB that hold neither the CDK nor backups', () => {
  const outputs = Object.keys(metafile.outputs).filter((path) => path.endsWith('.mjs'));
  expect(outputs).toHaveLength(4);
  for (const path of outputs) expect(statSync(join(ROOT, path)).size, path).toBeLessThan(LARGEST_BUNDLE);
  const inputs = Object.keys(metafile.inputs);
  expect(inputs.some((path) => path.startsWith('src/rotation/'))).toBe(true);
  expect(inputs.filter((path) => /aws-cdk|^src\/(backup|audit|vault|constructs|cli)\//.test(path))).toEqual([]);
});

it('rotates a PostgreSQL user by RotateSecret again and again, with the bundled function', async () => {
  const said = await startFunctions(emulator, bundles, {
    'rotate-postgres': { kind: 'postgres', users: ['lambda_app'], hosts: [server.server.host] },
  });
  const database = await server.createDatabase();
  await server.query(database, `SET ROLE rds_admin; CREATE ROLE lambda_app LOGIN PASSWORD 'first'`);
  const masterarn = await createSecret(client, server.administrator);
  const fields = { ...server.secretFields(database), username: 'lambda_app', password: 'first', masterarn };
  const secret = await createSecret(client, fields);
  const RotationRules = { AutomaticallyAfterDays: 30 };
  const input = { SecretId: secret, RotationLambdaARN, RotationRules, RotateImmediately: false };
  await client.send(new RotateSecretCommand(input));

  const passwords = [];
  for (const username of ['lambda_app_clone', 'lambda_app']) {
    const { code, stdout, stderr } = await runHoldfast(['rotate', secret, '--json'], { env: emulator.env });
    expect(code, `${stderr} ${said()}`).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, rotation: { by: 'function', resumed: false } });
    const value = await readCurrent(client, secret);
    expect(value.username).toBe(username);
    passwords.push(String(value.password));
    const session = new pg.Client({
      ...server.server.connection(database, username),
      password: value.password as string,
    });
    await session.connect();
    await session.end();
  }
  const lines = said()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as object);
  expect(lines).toContainEqual(expect.objectContaining({ step: 'finishSecret', outcome: 'done', level: 'INFO' }));
  expect(lines).toContainEqual(expect.objectContaining({ RotationSucceeded: 1, service: 'holdfast-rotation' }));
  for (const password of passwords) expect(said()).not.toContain(password);

  await server.query('postgres', `ALTER ROLE rds_admin PASSWORD 'changed'`);
});

it('17.C, 17.8: says at once that a step has failed, goes on with the same rotation, and begins anew after an edit', async () => {
  const said = await startFunctions(emulator, bundles, {
    'rotate-postgres': { kind: 'postgres', users: ['retried'], hosts: [server.server.host] },
  });
  const database = await server.createDatabase();
  await server.query(database, `SET ROLE rds_admin; CREATE ROLE retried LOGIN PASSWORD 'first'`);
  const fields = { ...server.secretFields(database), username: 'retried', password: 'first' };
  const masterarn = await createSecret(client, server.administrator);
  const secret = await createSecret(client, { ...fields, masterarn });
  const RotationRules = { AutomaticallyAfterDays: 30 };
  await client.send(
    new RotateSecretCommand({ SecretId: secret, RotationLambdaARN, RotationRules, RotateImmediately: false }),
  );
  const rotate = () => runHoldfast(['rotate', secret, '--json'], { env: emulator.env });
  const fail = async () => {
    await server.query('postgres', `ALTER ROLE rds_admin PASSWORD 'changed'`);
    // It is waited for fifteen minutes, which is longer than this test may take.
    const failed = await rotate();
    await server.query('postgres', `ALTER ROLE rds_admin PASSWORD '${server.administrator.password}'`);
    expect(failed, said()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/a step of version \S+\s+has/) as string,
    });
  };
  await fail();
  expect(said()).toMatch(/"RotationFailed":1/);
  expect(said()).toMatch(/"code":"AUTHENTICATION_FAILED"/);
  expect(await readCurrent(client, secret)).toMatchObject({ password: 'first' });
  // The mark of its failure is no answer to the next attempt.
  const again = await rotate();
  expect(again.code, `${again.stderr} ${said()}`).toBe(0);
  expect(await readCurrent(client, secret)).toMatchObject({ username: 'retried_clone' });

  await fail();
  const edited = JSON.stringify({ ...(await readCurrent(client, secret)), pool: 20 });
  await client.send(new PutSecretValueCommand({ SecretId: secret, SecretString: edited }));
  const anew = await rotate();
  expect(anew.code, `${anew.stderr} ${said()}`).toBe(0);
  expect(await readCurrent(client, secret)).toMatchObject({ username: 'retried', pool: 20 });
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: secret }));
  expect(Object.values(VersionIdsToStages).flat()).not.toContain('HOLDFAST_FAILED');
});

it('rotates AUTH with the calls of ElastiCache: ROTATE, then SET', async () => {
  const [ReplicationGroupId, authToken] = ['functions-redis', 'first-token-of-the-cache'];
  await new ElastiCacheClient(clientOptions(emulator)).send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId,
      ReplicationGroupDescription: 'cache',
      Engine: 'redis',
      CacheNodeType: 'cache.t4g.medium',
      TransitEncryptionEnabled: true,
      AuthToken: authToken,
    }),
  );
  const tokens = async () => {
    const answer = await fetch(`${emulator.endpoint}/emulator/auth-tokens?group=${ReplicationGroupId}`);
    return (await answer.json()) as string[];
  };
  const secret = await createSecret(client, { engine: 'redis', authToken });
  const { elastiCacheAuth } = await import('../../../src/rotation/redis/elasticache-auth.js');
  const { Secret } = await import('../../../src/core/secret.js');
  const waiting = { timeout: 20, pollMs: 20 };
  const elastiCache = new ElastiCacheClient(clientOptions(emulator));
  const control = elastiCacheAuth(elastiCache, ReplicationGroupId, secret, waiting);
  await control.requireOwn();
  const next = 'second-token-of-the-cache';
  await control.admitBoth(new Secret(authToken), new Secret(next));
  expect(await tokens()).toEqual([authToken, next]);
  await control.admitOnly(new Secret(next), () => Promise.resolve(true));
  expect(await tokens()).toEqual([next]);
  await control.requireOwn();
  const other = elastiCacheAuth(elastiCache, ReplicationGroupId, `${secret}-other`, waiting);
  await expect(other.requireOwn()).rejects.toMatchObject({ code: 'ROTATION_REFUSED' });
  expect((await readCurrent(client, secret)).authToken).toBe(authToken);
});

it('rotates an encryption key in this process where the secret has no function', async () => {
  const first = Buffer.alloc(32, 7);
  const secret = await createSecret(client, { key: first.toString('hex'), encoding: 'hex' });
  const settings = join(temporaryDirectory(), 'settings.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(settings, '{"kind":"encryption-key"}');
  const { code, stderr } = await runHoldfast(['rotate', secret, '--settings', settings], { env: emulator.env });
  expect(code, stderr).toBe(0);
  const ring = (await readCurrent(client, secret)) as {
    current: string;
    key: string;
    keys: { id: string; key: string }[];
  };
  expect(ring.keys).toHaveLength(2);
  expect(ring.keys[0]).toEqual({ id: 'initial', key: first.toString('base64') });
  expect(ring).toMatchObject({ current: ring.keys[1]?.id, encoding: 'hex' });
  expect(ring.key).toBe(Buffer.from(ring.keys[1]?.key ?? '', 'base64').toString('hex'));
});

it('takes API keys from standard input, and refuses to rotate to none', async () => {
  const secret = await createSecret(client, { stripe: 'sk_live_first', maps: 'maps-first' });
  const settings = join(temporaryDirectory(), 'settings.json');
  const { writeFileSync } = await import('node:fs');
  writeFileSync(settings, '{"kind":"api-keys"}');
  const nothing = await runHoldfast(['rotate', secret, '--settings', settings], { env: emulator.env });
  expect(nothing).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no\s+new\s+value\s+was\s+supplied/) as string,
  });
  const input = '{"stripe":"sk_live_second"}\n';
  const supplied = await runHoldfast(['rotate', secret, '--supply'], { env: emulator.env, input });
  expect(supplied.code, supplied.stderr).toBe(0);
  expect(supplied.stdout + supplied.stderr).not.toContain('sk_live');
  expect(await readCurrent(client, secret)).toEqual({ stripe: 'sk_live_second', maps: 'maps-first' });
});

it('counts the secrets that are overdue for rotation, and those that cannot be judged, with the bundled function', async () => {
  const said = await startFunctions(emulator, bundles, { 'rotate-keys': { kind: 'encryption-key' } });
  const rotateKeys = await createFunction(emulator, 'rotate-keys');
  const rotate = async (SecretId: string) => {
    const input = { SecretId, RotationLambdaARN: rotateKeys, RotationRules: { AutomaticallyAfterDays: 30 } };
    const { VersionId } = await client.send(new RotateSecretCommand(input));
    return { version: VersionId, status: await rotationEnded(emulator, VersionId) };
  };
  const [rotated, stuck, supplied] = [
    await createSecret(client, { key: Buffer.alloc(32, 7).toString('base64') }),
    await createSecret(client, 'no key'),
    await createSecret(client, { stripe: 'sk_live_first' }),
  ];
  expect(await rotate(rotated)).toMatchObject({ status: 'done' });
  const failed = await rotate(stuck);
  expect(failed.status).toBe('failed');
  expect(said()).toMatch(/"RotationFailed":1/);
  const watched = [
    { secretArn: rotated, maxAgeDays: 30 },
    { secretArn: supplied, maxAgeDays: 90, manual: true },
  ];

  /** What the alarm of test/constructs/rotation looks at: CloudWatch takes it out of the log. */
  const metric = (overdue: number) => ({
    service: 'fintech-rotation-watch',
    RotationOverdue: overdue,
    _aws: {
      Timestamp: expect.any(Number) as number,
      CloudWatchMetrics: [
        {
          Namespace: 'Holdfast/Rotation',
          Dimensions: [['service']],
          Metrics: [expect.objectContaining({ Name: 'RotationOverdue', Unit: 'Count' })],
        },
      ],
    },
  });
  expect(await runWatch(emulator, bundles, watched)).toEqual([metric(0)]);

  const missing = `${rotated}-gone`;
  const withMissing = await runWatch(emulator, bundles, [...watched, { secretArn: missing, maxAgeDays: 30 }]);
  expect(withMissing).toEqual([
    expect.objectContaining({ level: 'ERROR', secret: missing, code: 'ROTATION_STORE_FAILED' }),
    metric(1),
  ]);

  const later = await runWatch(emulator, bundles, [...watched, { secretArn: stuck, maxAgeDays: 30 }], 40);
  expect(later.at(-1)).toEqual(metric(2));
  const problems = (secret: string) =>
    later.filter((line) => line.level === 'ERROR' && line.secret === secret).map(({ message }) => message);
  expect(problems(rotated)).toEqual([
    expect.stringContaining('the last rotation was 40 days ago; at most 30 days are allowed'),
    expect.stringContaining('has not taken place'),
  ]);
  expect(problems(stuck)).toContainEqual(expect.stringContaining('it has never been rotated'));
  expect(problems(stuck)).toContainEqual(
    expect.stringContaining(`a rotation has started but not finished (version ${failed.version})`),
  );
  expect(problems(supplied)).toEqual([]);
  const muchLater = await runWatch(emulator, bundles, [{ secretArn: supplied, maxAgeDays: 90, manual: true }], 100);
  expect(muchLater).toEqual([
    expect.objectContaining({
      message: expect.stringContaining('100 days ago; at most 90 days are allowed') as string,
    }),
    metric(1),
  ]);
});

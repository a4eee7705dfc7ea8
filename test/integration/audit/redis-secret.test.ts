/**
 * A cache that is tried with the credential of its secret. The server is a real one; where it listens is a recorded
 * response, since the emulator has no caches behind its endpoints.
 */
import {
  CreateReplicationGroupCommand,
  type DescribeReplicationGroupsCommandOutput,
} from '@aws-sdk/client-elasticache';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../../src/audit/evaluate.js';
import { type AuditClients, createClients } from '../../../src/audit/live/clients.js';
import { AwsReader } from '../../../src/audit/live/reader.js';
import type { RecordedRead } from '../../../src/audit/live/recorder.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import type { Finding } from '../../../src/audit/model/finding.js';
import { redisAuthVerified } from '../../../src/audit/redis/controls.js';
import { readReplicationGroups } from '../../../src/audit/redis/live.js';
import { redisSecretsOf } from '../../../src/cli/audit/redis-secrets.js';
import { factsOf } from '../../audit/facts-builder.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { type Certificates, makeCertificates } from '../rotation/certificates.js';
import { type RedisServer, startRedisServer } from '../rotation/redis-server.js';
import { answering } from './live-cases/live-case.js';
import { newVault } from '../../helpers/vault.js';

const ACCOUNT = '123456789012';
const GROUP = 'sessions';
const PASSWORD = 'the-password-of-the-secret';
/** A vault. */
const EMPTY = newVault().url;

const emulator = useEmulator();
let clients: AuditClients;
let certificates: Certificates;
let servers: Readonly<Record<'tls' | 'plain', RedisServer>>;
let secretArn: string;

/** What a command printed, and where it ran. */
type Told = Awaited<ReturnType<typeof runHoldfast>> & { readonly cwd: string };

beforeAll(async () => {
  certificates = makeCertificates();
  servers = { tls: await startRedisServer(certificates), plain: await startRedisServer() };
  for (const server of Object.values(servers)) {
    await server.command('ACL', 'SETUSER', 'app', 'on', `>${PASSWORD}`, '~*', '+@all');
    await server.command('ACL', 'SETUSER', 'default', 'off', 'resetpass');
  }
  const { endpoint, region, credentials } = emulator.clientOptions;
  clients = createClients({
    endpoint: endpoint as string,
    region: region as string,
    credentials: credentials as never,
  });
  await clients.elastiCache.send(
    new CreateReplicationGroupCommand({
      ReplicationGroupId: GROUP,
      ReplicationGroupDescription: 'Sessions',
      Engine: 'redis',
      CacheNodeType: 'cache.t4g.micro',
      NumCacheClusters: 1,
    }),
  );
  const SecretString = JSON.stringify({ username: 'app', password: PASSWORD });
  const { ARN } = await clients.secrets.send(new CreateSecretCommand({ Name: 'redis', SecretString }));
  secretArn = ARN!;
});
afterAll(async () => {
  for (const server of Object.values(servers)) await server.stop();
});

/** What the control says of the group, as though it stood on one of the servers. */
async function audited(
  on: 'tls' | 'plain',
  given = [secretArn],
): Promise<{ readonly finding: Finding | undefined; readonly reads: readonly RecordedRead[] }> {
  const reads: RecordedRead[] = [];
  const { of, parse } = redisSecretsOf(given);
  // ElastiCache's certificates are by an authority that Node.js knows.
  const ca = readFileSync(certificates.authority, 'utf8');
  const reader = new AwsReader({
    clients,
    clientsIn: () => clients,
    scope: 'account',
    declared: NOTHING_DECLARED,
    account: ACCOUNT,
    region: 'us-east-1',
    partition: 'aws',
    now: () => new Date(),
    concurrency: 4,
    onRead: (read) => reads.push(read),
    redisSecret: { of, parse: (text) => ({ ...parse(text), ca }) },
  });
  const restore = answering<DescribeReplicationGroupsCommandOutput>(
    clients.elastiCache,
    'DescribeReplicationGroupsCommand',
    (answer) => ({
      ...answer!,
      ReplicationGroups: answer!.ReplicationGroups!.map((group) => ({
        ...group,
        TransitEncryptionEnabled: on === 'tls',
        NodeGroups: [{ PrimaryEndpoint: { Address: 'localhost', Port: servers[on].port } }],
      })),
    }),
  );
  const replicationGroups = await readReplicationGroups(reader);
  await restore();
  const [finding] = evaluate([redisAuthVerified], factsOf('live', { replicationGroups }), NOTHING_DECLARED);
  return { finding, reads };
}

const putSecret = (SecretString: string) =>
  clients.secrets.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString }));

describe.each(['tls', 'plain'] as const)('a cache that speaks %s', (on) => {
  it('passes where it takes the credential of the secret and refuses who has none', async () => {
    const { finding, reads } = await audited(on, [`${GROUP}=${secretArn}`]);
    expect(finding).toMatchObject({ status: 'pass', resourceName: GROUP });
    const [read] = reads.filter(({ permission }) => permission === 'secretsmanager:GetSecretValue');
    expect(read).toMatchObject({ input: { SecretId: secretArn, VersionStage: 'AWSCURRENT' }, outcome: 'read' });
    expect(JSON.stringify(reads)).not.toContain(PASSWORD);
  });

  it('fails where the secret is stale, and where it lets everyone in', async () => {
    await putSecret(JSON.stringify({ username: 'app', password: 'of-last-month' }));
    expect((await audited(on)).finding).toMatchObject({ problems: ['The credential in the secret is refused.'] });
    await putSecret(JSON.stringify({ username: 'app', password: PASSWORD }));
    await servers[on].command('ACL', 'SETUSER', 'default', 'on', 'nopass', '~*', '+@all');
    expect((await audited(on)).finding).toMatchObject({ problems: ['A client without a credential is accepted.'] });
    await servers[on].command('ACL', 'SETUSER', 'default', 'off', 'resetpass');
  });
});

it('is not evaluated where the secret cannot be read, holds no credential, or is of another cache', async () => {
  const missing = await audited('plain', [`arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:none-AbCdEf`]);
  expect(missing.finding).toMatchObject({
    status: 'not-evaluated',
    unknown: { reason: expect.stringContaining('GetSecretValue') as string },
  });
  await putSecret('{"note":"empty"}');
  const empty = await audited('plain');
  expect(empty.finding).toMatchObject({
    status: 'not-evaluated',
    unknown: { reason: expect.stringContaining('but cannot be used') as string },
  });
  await putSecret(JSON.stringify({ username: 'app', password: PASSWORD }));
  const other = await audited('plain', [`orders=${secretArn}`]);
  expect(other.finding).toMatchObject({
    status: 'not-evaluated',
    unknown: { reason: expect.stringContaining('was not tried') as string },
  });
});

describe.each([
  ['audit', ['audit', '--control', 'redis-auth-verified'], ({ stdout }: Told) => stdout],
  ['report', ['report', '--vault', EMPTY], ({ cwd }: Told) => readFileSync(join(cwd, 'holdfast-report.html'), 'utf8')],
] as const)('holdfast %s --redis-secret', (_name, command, shown) => {
  it("tries the cache, tells of the secret's ARN alone, and takes no credential", async () => {
    const cwd = temporaryDirectory();
    const run = (value: string) => runHoldfast([...command, '--redis-secret', value], { cwd, env: emulator.env });
    const tried = await run(secretArn);
    const page = shown({ ...tried, cwd });
    expect(page.replace(/\s+/g, ' ')).toContain('could not be reached');
    expect(page + tried.stdout + tried.stderr).not.toContain(PASSWORD);
    const mistaken = await run(PASSWORD);
    expect(mistaken).toMatchObject({ code: 2 });
    expect(mistaken.stdout + mistaken.stderr).not.toContain(PASSWORD);
  });
});

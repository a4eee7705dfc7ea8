/** The facts of a deployed account: the same as its templates say, and what only an account knows. */
import {
  CreateCacheClusterCommand,
  CreateServerlessCacheCommand,
  CreateReplicationGroupCommand,
  CreateUserCommand,
  CreateUserGroupCommand,
  DeleteCacheClusterCommand,
  DeleteServerlessCacheCommand,
  DeleteReplicationGroupCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  CreateDBParameterGroupCommand,
  DeleteDBClusterCommand,
  DeleteDBInstanceCommand,
  DeleteDBSnapshotCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  ModifyDBClusterSnapshotAttributeCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  type Parameter,
  RDSClient,
} from '@aws-sdk/client-rds';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PutPublicAccessBlockCommand, S3ControlClient } from '@aws-sdk/client-s3-control';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { beforeAll, describe, expect, it } from 'vitest';
import { auroraParameters, auroraSnapshotsPrivate } from '../../../src/audit/aurora/controls.js';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { declaredFrom } from '../../../src/audit/declared-from-config.js';
import { evaluate } from '../../../src/audit/evaluate.js';
import { factsFromTemplates, toStackTemplate } from '../../../src/audit/facts-from-templates.js';
import { kmsRotationEnabled } from '../../../src/audit/kms/controls.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import type { FactKind, FactOf, Facts } from '../../../src/audit/model/facts.js';
import { type Reading, valueOf } from '../../../src/audit/model/reading.js';
import {
  AUDIT_ACTIONS,
  auditReadPolicy,
  type LiveFactsOptions,
  readLiveFacts,
  readsOf,
  type RecordedRead,
} from '../../../src/audit/read-live-facts.js';
import { redisAuth } from '../../../src/audit/redis/controls.js';
import { appOf, configOf } from '../../constructs/backup/backup-app.js';
import { useEmulator } from '../../helpers/emulator.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import {
  ACCOUNT,
  auditorOf,
  BACKUP_ACCOUNT,
  deploy,
  DEPLOYED,
  inAccount,
  VAULT,
  WITH_POLICIES_OF_AWS,
} from './deployed.js';

const emulator = useEmulator(undefined, WITH_POLICIES_OF_AWS);

beforeAll(async () => {
  await deploy(emulator, DEPLOYED, ACCOUNT);
  await deploy(emulator, VAULT, BACKUP_ACCOUNT);
}, 120_000);

async function read(options: Partial<LiveFactsOptions> = {}): Promise<{ facts: Facts; reads: RecordedRead[] }> {
  const reads: RecordedRead[] = [];
  const facts = await readLiveFacts({
    clientOptions: options.clientOptions ?? (await inAccount(emulator, ACCOUNT)),
    scope: 'account',
    declared: NOTHING_DECLARED,
    onRead: (one) => reads.push(one),
    ...options,
  });
  return { facts, reads };
}

const WRITER = 'fintech-db-writer';

/** A parameter group in which no statement is logged. Answers how to have the former one back. */
async function giveWriterItsOwnGroup(DBParameterGroupName: string): Promise<() => Promise<unknown>> {
  const rds = new RDSClient(await inAccount(emulator, ACCOUNT));
  const group = { DBParameterGroupName, DBParameterGroupFamily: 'aurora-postgresql16', Description: 'Own' };
  await rds.send(new CreateDBParameterGroupCommand(group));
  const Parameters: Parameter[] = [
    { ParameterName: 'log_statement', ParameterValue: 'none', ApplyMethod: 'immediate' },
  ];
  await rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters }));
  const { DBInstances } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: WRITER }));
  const change = { DBInstanceIdentifier: WRITER, ApplyImmediately: true };
  await rds.send(new ModifyDBInstanceCommand({ ...change, DBParameterGroupName }));
  const before = DBInstances![0]!.DBParameterGroups![0]!.DBParameterGroupName;
  return () => rds.send(new ModifyDBInstanceCommand({ ...change, DBParameterGroupName: before }));
}

/** An instance in no cluster, and a snapshot of it. Answers how to be rid of both. */
async function makeInstanceWithSnapshot(): Promise<() => Promise<unknown>> {
  const rds = new RDSClient(await inAccount(emulator, ACCOUNT));
  const login = { MasterUsername: 'keeper', MasterUserPassword: 'a-password-of-a-keeper' };
  const instance = { DBInstanceIdentifier: 'alone', DBInstanceClass: 'db.t4g.micro', AllocatedStorage: 20 };
  const { DBSubnetGroups: [group] = [] } = await rds.send(new DescribeDBSubnetGroupsCommand({}));
  const place = { DBSubnetGroupName: group!.DBSubnetGroupName };
  await rds.send(new CreateDBInstanceCommand({ ...instance, ...login, ...place, Engine: 'postgres' }));
  const DBSnapshotIdentifier = 'of-alone';
  await rds.send(new CreateDBSnapshotCommand({ DBSnapshotIdentifier, DBInstanceIdentifier: 'alone' }));
  return async () => {
    await rds.send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier }));
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'alone', SkipFinalSnapshot: true }));
  };
}

const KINDS = [
  'kmsKeys',
  'auroraClusters',
  'dynamoTables',
  'buckets',
  'replicationGroups',
  'secrets',
  'roles',
  'codeBuildProjects',
  'schedules',
] as const satisfies readonly FactKind[];

function listOf<K extends FactKind>(facts: Facts, kind: K): readonly FactOf<K>[] {
  return valueOf(facts[kind] as Reading<readonly FactOf<K>[]>);
}

/** The audit has no client of MemoryDB: the emulator looks at no more of a signature than whose it is. */
async function memoryDb(operation: string, input: object): Promise<void> {
  const { credentials } = await inAccount(emulator, ACCOUNT);
  const { accessKeyId } = credentials as { readonly accessKeyId: string };
  const scope = `${accessKeyId}/20261122/us-east-1/memorydb/aws4_request`;
  const answer = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AmazonMemoryDB.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
    },
    body: JSON.stringify(input),
  });
  expect(answer.status, await answer.text()).toBe(200);
}

describe('20.A4: databases and caches beside the usual ones', () => {
  it('are read: instances and nodes alone, Multi-AZ clusters, serverless caches, MemoryDB; others are told of', async () => {
    const options = await inAccount(emulator, ACCOUNT);
    const [rds, elastiCache] = [new RDSClient(options), new ElastiCacheClient(options)];
    const login = { MasterUsername: 'keeper', MasterUserPassword: 'a-password-of-a-keeper' };
    const instance = { DBInstanceIdentifier: 'alone', DBInstanceClass: 'db.t4g.micro', AllocatedStorage: 20 };
    await rds.send(new CreateDBInstanceCommand({ ...instance, ...login, Engine: 'postgres' }));
    const cluster = { DBClusterIdentifier: 'multi-az', DBClusterInstanceClass: 'db.m6gd.large', AllocatedStorage: 100 };
    const disk = { StorageType: 'io1', Iops: 1000 };
    await rds.send(new CreateDBClusterCommand({ ...cluster, ...disk, ...login, Engine: 'postgres' }));
    const node = { CacheClusterId: 'node', CacheNodeType: 'cache.t4g.micro', NumCacheNodes: 1, Engine: 'redis' };
    await elastiCache.send(new CreateCacheClusterCommand(node));
    const serverless = { ServerlessCacheName: 'serverless', Engine: 'valkey' };
    await elastiCache.send(new CreateServerlessCacheCommand(serverless));
    await memoryDb('CreateCluster', { ClusterName: 'memory', NodeType: 'db.t4g.small', ACLName: 'open-access' });
    const documents = { DBClusterIdentifier: 'documents', Engine: 'neptune' };
    await rds.send(new CreateDBClusterCommand({ ...documents, ...login }));
    try {
      const { facts } = await read();
      expect(facts.unread?.map(({ name, type }) => [name, type])).toEqual([['documents', 'AWS::Neptune::DBCluster']]);
      expect(listOf(facts, 'auroraClusters').map(({ name }) => name)).toEqual(
        expect.arrayContaining(['alone', 'multi-az']),
      );
      const caches = listOf(facts, 'replicationGroups');
      expect(caches.map(({ name }) => name)).toEqual(expect.arrayContaining(['node', 'serverless', 'memory']));
      const failing = (id: string) =>
        evaluate(CONTROLS, facts, NOTHING_DECLARED)
          .filter(({ control, status }) => control === id && status === 'fail')
          .map(({ resourceName }) => resourceName);
      expect(failing('aurora-cmk')).toEqual(['multi-az', 'alone']);
      expect(failing('redis-auth')).toEqual(['node', 'serverless', 'memory']);
      const declared = { ...NOTHING_DECLARED, auroraClusters: ['alone', 'multi-az'] };
      const named = (await read({ scope: 'declared', declared })).facts;
      expect(listOf(named, 'auroraClusters').map(({ name }) => name)).toEqual(['multi-az', 'alone']);
      expect(listOf(named, 'replicationGroups')).toEqual([]);
      const others = { ...NOTHING_DECLARED, auroraClusters: ['fintech-db-cluster'] };
      expect((await read({ scope: 'declared', declared: others })).facts.unread).toEqual([]);
    } finally {
      await elastiCache.send(new DeleteServerlessCacheCommand({ ServerlessCacheName: 'serverless' }));
      await memoryDb('DeleteCluster', { ClusterName: 'memory' });
      await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'documents', SkipFinalSnapshot: true }));
      await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier: 'alone', SkipFinalSnapshot: true }));
      await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'multi-az', SkipFinalSnapshot: true }));
      await elastiCache.send(new DeleteCacheClusterCommand({ CacheClusterId: 'node' }));
    }
  });
});

describe('a deployed account', () => {
  it('is read without a request that fails, within the actions of the policy', async () => {
    const { facts, reads } = await read();
    expect(facts).toMatchObject({ source: 'live', account: ACCOUNT, region: 'us-east-1' });
    expect(reads.filter(({ outcome }) => outcome === 'denied' || outcome === 'failed')).toEqual([]);
    expect(listOf(facts, 'auroraClusters')[0]).toMatchObject({
      name: 'fintech-db-cluster',
      parameters: { value: { log_statement: { declared: 'ddl', applied: 'ddl' } } },
      parameterStatus: { value: { 'fintech-db-writer': 'in-sync' } },
      readerScaling: { value: { minCapacity: { value: 1 }, targetValue: { value: 60 } } },
    });
    expect(readsOf(reads, 'buckets', `arn:aws:s3:::fintech-prod-data-${ACCOUNT}-us-east-1`, ['logging'])).toMatchObject(
      [
        {
          service: 's3',
          operation: 'GetBucketLogging',
          permission: 's3:GetBucketLogging',
          input: { Bucket: `fintech-prod-data-${ACCOUNT}-us-east-1` },
          outcome: 'read',
          attempts: 1,
        },
      ],
    );
    expect(reads.every(({ requestId }) => requestId !== undefined)).toBe(true);
  });

  it('says what its templates say, wherever a template can say it', async () => {
    const stacks = (await appOf(DEPLOYED, temporaryDirectory())).synth().stacks;
    const templates = factsFromTemplates(
      stacks.map(({ stackName, template, environment: { account, region } }) =>
        toStackTemplate(template, { stack: stackName, account, region }),
      ),
      new Date(),
    );
    const { facts } = await read();
    const compared: string[] = [];
    const differences: string[] = [];
    for (const kind of KINDS) {
      for (const declared of listOf(templates, kind)) {
        const live = listOf(facts, kind).find(({ name }) => name === declared.name);
        // The names that CloudFormation makes are known only in the account.
        if (!live) continue;
        for (const [attribute, reading] of Object.entries(declared)) {
          if (DIFFERS.has(`${kind}.${attribute}`) || !isKnown(reading)) continue;
          const found = (live as unknown as Record<string, Reading<unknown>>)[attribute];
          const [said, is] = [plain(reading), plain(found)].map((value) => JSON.stringify(value));
          if (said !== is) differences.push(`${declared.name} ${attribute}: ${said} in the template, ${is} live`);
          compared.push(`${kind}.${attribute}`);
        }
      }
    }
    expect(differences).toEqual([]);
    expect(new Set(compared.map((one) => one.split('.')[0]))).toEqual(new Set(KINDS));
    expect(new Set(compared).size).toBeGreaterThan(60);
  });

  it('shows who may restore a snapshot, also of a cluster that is gone', async () => {
    const rds = new RDSClient(await inAccount(emulator, ACCOUNT));
    const cluster = { Engine: 'aurora-postgresql', MasterUsername: 'owner', MasterUserPassword: 'for-the-emulator' };
    await rds.send(new CreateDBClusterCommand({ ...cluster, DBClusterIdentifier: 'gone' }));
    const shared = { 'of-ours': 'fintech-db-cluster', orphan: 'gone' };
    for (const [DBClusterSnapshotIdentifier, DBClusterIdentifier] of Object.entries(shared)) {
      await rds.send(new CreateDBClusterSnapshotCommand({ DBClusterSnapshotIdentifier, DBClusterIdentifier }));
      const sharing = { AttributeName: 'restore', ValuesToAdd: ['777788889999'] };
      await rds.send(new ModifyDBClusterSnapshotAttributeCommand({ DBClusterSnapshotIdentifier, ...sharing }));
    }
    await rds.send(new DeleteDBClusterCommand({ DBClusterIdentifier: 'gone', SkipFinalSnapshot: true }));
    const { facts } = await read();
    expect(listOf(facts, 'auroraSnapshots')).toContainEqual({
      id: `arn:aws:rds:us-east-1:${ACCOUNT}:cluster-snapshot:of-ours`,
      name: 'of-ours',
      tags: expect.anything() as unknown,
      optOuts: [],
      encrypted: { value: true },
      sharedWith: { value: ['777788889999'] },
    });
    const failing = (all: Facts) =>
      evaluate([auroraSnapshotsPrivate], all, NOTHING_DECLARED)
        .filter(({ status }) => status === 'fail')
        .map(({ resourceName }) => resourceName);
    expect(failing(facts).sort()).toEqual(['of-ours', 'orphan']);
    const declared = { ...NOTHING_DECLARED, auroraClusters: ['gone'] };
    expect(failing((await read({ scope: 'declared', declared })).facts)).toEqual(['orphan']);
  });

  it("shows what the parameter group of an instance sets over the cluster's", async () => {
    const takeAway = await giveWriterItsOwnGroup('own');
    const { facts, reads } = await read();
    await takeAway();
    const [cluster] = listOf(facts, 'auroraClusters');
    expect(valueOf(cluster!.instances).map(({ name, parameters }) => [name, valueOf(parameters)])).toContainEqual([
      WRITER,
      { log_statement: expect.objectContaining({ declared: 'none' }) as unknown },
    ]);
    expect(valueOf(cluster!.parameterStatus)).toHaveProperty([`${WRITER} (own)`]);
    expect(reads.filter(({ operation }) => operation === 'DescribeDBParameters')).toHaveLength(1);
    expect(evaluate([auroraParameters], facts, NOTHING_DECLARED)).toMatchObject([
      { status: 'fail', problems: [`Of ${WRITER}: log_statement is none; ddl is required.`] },
    ]);
  });

  it('shows which users of a cache are let in without a password', async () => {
    const client = new ElastiCacheClient(await inAccount(emulator, ACCOUNT));
    const user = { Engine: 'redis', UserName: 'default' };
    const AccessString = 'on ~* +@all';
    await client.send(new CreateUserCommand({ ...user, UserId: 'open', AccessString, NoPasswordRequired: true }));
    await client.send(new CreateUserGroupCommand({ UserGroupId: 'open', Engine: 'redis', UserIds: ['open'] }));
    const cache = { ReplicationGroupId: 'open', ReplicationGroupDescription: 'Open', Engine: 'redis' };
    await client.send(new CreateReplicationGroupCommand({ ...cache, UserGroupIds: ['open'] }));
    const { facts } = await read();
    const users = Object.fromEntries(
      listOf(facts, 'replicationGroups').map(({ name, users }) => [name, valueOf(users)]),
    );
    expect(users.open).toEqual([{ name: 'default', enabled: true, withoutPassword: true }]);
    expect(users['fintech-redis']?.filter(({ withoutPassword }) => !withoutPassword)).toHaveLength(1);
    const findings = evaluate([redisAuth], facts, NOTHING_DECLARED);
    expect(findings.map(({ resourceName, status }) => [resourceName, status]).sort()).toEqual([
      ['fintech-redis', 'pass'],
      ['open', 'fail'],
    ]);
    await client.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: 'open' }));
  });

  it('tells keys that KMS rotates from those that it cannot', async () => {
    const kms = new KMSClient(await inAccount(emulator, ACCOUNT));
    await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' }));
    await kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL' }));
    const findings = evaluate([kmsRotationEnabled], (await read()).facts, NOTHING_DECLARED);
    const exempt = findings.filter(({ status }) => status === 'waived').map(({ note }) => note);
    expect(exempt.sort()).toEqual([
      'Exempt: AWS KMS cannot rotate key material with the origin EXTERNAL automatically.',
      'Exempt: AWS KMS cannot rotate keys with the spec RSA_2048 automatically.',
    ]);
    expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
  });

  it('is judged by its own block of public access', async () => {
    const blocked = async () => valueOf(listOf((await read()).facts, 'accounts')[0]!.publicAccessBlock);
    expect(await blocked()).toBe(false);
    const { endpoint, ...options } = await inAccount(emulator, ACCOUNT);
    const control = new S3ControlClient({ ...options, endpointProvider: () => ({ url: new URL(endpoint!) }) });
    const all = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true };
    await control.send(new PutPublicAccessBlockCommand({ AccountId: ACCOUNT, PublicAccessBlockConfiguration: all }));
    expect(await blocked()).toBe(true);
  });
});

describe('only what is declared', () => {
  it('is read of an account that holds more, with the keys that it is encrypted with', async () => {
    const options = await inAccount(emulator, ACCOUNT);
    await new S3Client({ ...options, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: 'not-ours' }));
    await new SecretsManagerClient(options).send(new CreateSecretCommand({ Name: 'not-ours', SecretString: 'x' }));
    const declared = declaredFrom(await configOf(DEPLOYED), ACCOUNT);
    const { facts, reads } = await read({ scope: 'declared', declared });
    const names = (kind: FactKind) => listOf(facts, kind).map(({ name }) => name);
    expect(names('buckets').sort()).toEqual(declared.buckets.map(({ name }) => name).sort());
    expect(names('secrets').sort()).toEqual([...declared.secrets].sort());
    expect(names('dynamoTables').sort()).toEqual(declared.dynamoTables.map(({ name }) => name).sort());
    expect(names('auroraClusters')).toEqual(declared.auroraClusters);
    expect(names('replicationGroups')).toEqual(declared.replicationGroups);
    expect(names('codeBuildProjects')).toEqual(declared.backupProjects);
    expect(names('roles').sort()).toEqual(['FinTech-ECS-TaskRole', 'rds-pgdump-codebuild-role-prod-appdb']);
    expect(names('kmsKeys').sort()).toEqual(['alias/fintech-prod-key', 'alias/rds-pgdump-backup-prod']);
    expect(reads.filter(({ input }) => JSON.stringify(input).includes('not-ours'))).toEqual([]);
  });

  it('is what the config puts into the account of the vault, when that is audited', async () => {
    const declared = declaredFrom(await configOf(VAULT), BACKUP_ACCOUNT);
    const clientOptions = await inAccount(emulator, BACKUP_ACCOUNT);
    const { facts } = await read({ clientOptions, scope: 'declared', declared });
    expect(
      listOf(facts, 'buckets')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['rds-backup-layer2-prod', 'rds-backup-layer2-prod-access-logs']);
    expect(listOf(facts, 'buckets').find(({ name }) => name === 'rds-backup-layer2-prod')).toMatchObject({
      objectLock: { value: { enabled: true, mode: 'GOVERNANCE', days: 35 } },
      encryption: { value: { algorithm: 'aws:kms' } },
    });
    expect(listOf(facts, 'auroraClusters')).toEqual([]);
  });
});

describe('a role with the policy that is published', () => {
  it('reads everything while policies are enforced, and every action of the policy is used', async () => {
    const auditor = await auditorOf(emulator, ACCOUNT, auditReadPolicy());
    const takeAway = await giveWriterItsOwnGroup('read-as-well');
    const remove = await makeInstanceWithSnapshot();
    await memoryDb('CreateCluster', { ClusterName: 'used', NodeType: 'db.t4g.small', ACLName: 'open-access' });
    await emulator.enforcing(async () => {
      const { facts, reads } = await read({ clientOptions: auditor.clientOptions });
      const refused = reads.filter(({ outcome }) => outcome === 'denied' || outcome === 'failed');
      expect(new Set(refused.map(({ permission }) => permission))).toEqual(NOT_ENFORCEABLE);
      expect(new Set(unknownIn(facts))).toEqual(NEVER_KNOWN);
      const unused = AUDIT_ACTIONS.filter((action) => !reads.some(({ permission }) => permission === action));
      expect(unused.filter((action) => !action.startsWith('memorydb:'))).toEqual([]);
    });
    await takeAway();
    await remove();
    await memoryDb('DeleteCluster', { ClusterName: 'used' });
  });

  it.each([
    ['s3:GetBucketLogging', 'buckets', ['logging']],
    ['kms:GetKeyRotationStatus', 'kmsKeys', ['rotationEnabled', 'rotationPeriod']],
    ['kms:ListGrants', 'kmsKeys', ['grants']],
    ['dynamodb:DescribeContinuousBackups', 'dynamoTables', ['pointInTimeRecovery']],
    ['rds:DescribeDBInstances', 'auroraClusters', ['instances', 'parameterStatus']],
    ['secretsmanager:GetResourcePolicy', 'secrets', ['policy']],
    ['scheduler:GetSchedule', 'schedules', ['expression', 'targetArn']],
    ['logs:DescribeLogGroups', 'codeBuildProjects', ['logGroup']],
    ['iam:GetPolicyVersion', 'roles', ['policies']],
  ] as const)('leaves exactly the attributes of %s unknown without it', async (action, kind, attributes) => {
    const policy = auditReadPolicy();
    const without = {
      ...policy,
      Statement: policy.Statement.map((one) => ({ ...one, Action: one.Action.filter((name) => name !== action) })),
    };
    const auditor = await auditorOf(emulator, ACCOUNT, without);
    await emulator.enforcing(async () => {
      const { facts, reads } = await read({ clientOptions: auditor.clientOptions });
      expect(reads.filter(({ outcome }) => outcome === 'denied').map(({ permission }) => permission)).toContain(action);
      const lost = unknownIn(facts).filter((one) => !NEVER_KNOWN.has(one));
      expect(new Set(lost)).toEqual(new Set(attributes.map((attribute) => `${kind}.${attribute}`)));
      expect(JSON.stringify(listOf(facts, kind))).toContain(`"permission":"${action}"`);
    });
  });

  it.each([
    ['rds:DescribeDBClusters', 'auroraClusters'],
    ['dynamodb:ListTables', 'dynamoTables'],
    ['iam:GetAccountAuthorizationDetails', 'roles'],
  ] as const)('knows nothing of a kind without %s', async (action, kind) => {
    const policy = auditReadPolicy();
    const without = {
      ...policy,
      Statement: policy.Statement.map((one) => ({ ...one, Action: one.Action.filter((name) => name !== action) })),
    };
    const auditor = await auditorOf(emulator, ACCOUNT, without);
    await emulator.enforcing(async () => {
      const { facts } = await read({ clientOptions: auditor.clientOptions });
      expect(facts[kind]).toMatchObject({ unknown: { permission: action } });
    });
  });
});

/**
 * What the emulator refuses everyone while it checks signatures: queries with an encoded slash, and S3 Control. That the
 * policy allows them is shown by the simulator of policies (read-policy.test.ts).
 */
const NOT_ENFORCEABLE = new Set(['s3:GetAccountPublicAccessBlock', 's3:ListBucket']);

/** What is unknown with the whole policy too: see above, and no credential of a cache is given. */
const NEVER_KNOWN = new Set(['buckets.newestLogs', 'replicationGroups.credentialProbe']);

/** Attributes that cannot be the same: ids that are made on deployment, and what CloudFormation does not say. */
const DIFFERS = new Set(['kmsKeys.keyArn', 'kmsKeys.policy']);

function isKnown(value: unknown): value is Reading<unknown> {
  return typeof value === 'object' && value !== null && 'value' in value;
}

/** Ids of keys, secrets and subnets replaced by what they are of; readings by their values. */
function plain(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'string') {
    return value
      .replace(/key\/[A-Za-z0-9-]+/, 'key/…')
      .replace(/(subnet|security-group)\/[A-Za-z0-9${}.-]+/, '$1/…')
      .replace(/(:secret:.*)-(?:\?{6}|[A-Za-z0-9]{6})$/, '$1-…');
  }
  if (typeof value !== 'object' || value === null) return value;
  if ('routesToInternetGateway' in value && 'id' in value && value.id !== undefined)
    return plain({ ...value, id: undefined });
  if ('isWriter' in value && value.isWriter !== undefined) return plain({ ...value, isWriter: undefined });
  if ('applied' in value && value.applied !== undefined) return plain({ ...value, applied: undefined });
  if ('value' in value && Object.keys(value).length === 1) return plain(value.value);
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, one]) => [key, plain(one)] as const)
      .filter(([, one]) => one !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** `kind.attribute` of all attributes that are unknown. */
function unknownIn(facts: Facts): string[] {
  return KINDS.flatMap((kind) =>
    listOf(facts, kind).flatMap((resource) =>
      Object.entries(resource)
        .filter(([, reading]) => typeof reading === 'object' && reading !== null && 'unknown' in reading)
        .map(([attribute]) => `${kind}.${attribute}`),
    ),
  );
}

/** One resource of each kind as it should be, and facts of them; tests break what they are about. */
import type { FactKind, FactOf, Facts, FactSource } from '../../src/audit/model/facts.js';
import { known } from '../../src/audit/model/reading.js';
import { parsePolicy } from '../../src/audit/policies/parse-policy.js';
import { vaultBucketPolicy } from '../../src/policies/index.js';

export const ACCOUNT = '111122223333';
export const STRANGER = '999999999999';
export const NOW = new Date('2026-11-22T12:00:00Z');
export const KEY_ARN = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/build`;

/** Times before the reading. */
export function hoursAgo(hours: number): Date {
  return new Date(NOW.getTime() - hours * 3_600_000);
}

const common = (id: string, name: string) => ({ id, name, tags: known({}), optOuts: [] });

export function allow(action: string | readonly string[], more: Readonly<Record<string, unknown>> = {}) {
  return { Effect: 'Allow', Action: action, Resource: '*', ...more };
}

/** A policy with one or more statements. */
export function policyOf(...statements: readonly unknown[]) {
  return parsePolicy({ Statement: statements });
}

export const ROOT = { AWS: `arn:aws:iam::${ACCOUNT}:root` };
const THROUGH_S3 = { StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } };
const EVERYBODY_WITHOUT_TLS = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: '*',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

const bucket: FactOf<'buckets'> = {
  ...common('arn:aws:s3:::data', 'data'),
  publicAccessBlock: known({
    blockPublicAcls: true,
    ignorePublicAcls: true,
    blockPublicPolicy: true,
    restrictPublicBuckets: true,
  }),
  encryption: known({ algorithm: 'aws:kms', kmsKeyId: KEY_ARN, bucketKey: true, blockedTypes: ['SSE-C'] }),
  versioning: known('Enabled'),
  logging: known({ bucket: 'logs', prefix: 'data/' }),
  replication: known([
    {
      enabled: true,
      filtered: false,
      destination: 'replica',
      account: ACCOUNT,
      selectsKmsObjects: true,
      replicaKmsKeyId: KEY_ARN,
      deleteMarkers: false,
    },
  ]),
  lifecycle: known([
    { enabled: true, transitions: [], abortIncompleteUploadDays: 7 },
    { enabled: true, prefix: 'archive/', transitions: [{ days: 90, storageClass: 'GLACIER' }] },
    { enabled: true, prefix: 'raw/', transitions: [{ days: 0, storageClass: 'INTELLIGENT_TIERING' }] },
  ]),
  objectLock: known(undefined),
  ownership: known('BucketOwnerEnforced'),
  policy: known(policyOf(EVERYBODY_WITHOUT_TLS)),
  newestLogs: known({}),
};

/** The policy that Holdfast publishes, with a writer of another account. */
export const VAULT_POLICY = vaultBucketPolicy({
  partition: 'aws',
  account: ACCOUNT,
  bucket: 'vault',
  keyArn: KEY_ARN,
  writers: [
    {
      id: 'Source',
      account: '444455556666',
      roleArn: 'arn:aws:iam::444455556666:role/w',
      keyPrefixes: ['layer2/app/'],
    },
  ],
});

export const BUCKETS = {
  source: bucket,
  vault: {
    ...bucket,
    ...common('arn:aws:s3:::vault', 'vault'),
    replication: known([]),
    logging: known({ bucket: 'logs', prefix: 'vault/' }),
    objectLock: known({ enabled: true, mode: 'GOVERNANCE', days: 35 }),
    policy: known(parsePolicy(VAULT_POLICY)),
  },
  logs: {
    ...bucket,
    ...common('arn:aws:s3:::logs', 'logs'),
    replication: known([]),
    logging: known(undefined),
    encryption: known({ algorithm: 'AES256', bucketKey: false, blockedTypes: [] }),
    newestLogs: known({ 'data/': hoursAgo(2), 'vault/': hoursAgo(23) }),
  },
} as const satisfies Record<string, FactOf<'buckets'>>;

/** By kind, the one that is as it should be. */
export const GOOD: { readonly [K in FactKind]: FactOf<K> } = {
  accounts: { ...common(ACCOUNT, ACCOUNT), publicAccessBlock: known(true) },
  kmsKeys: {
    ...common(KEY_ARN, 'alias/data'),
    keyArn: known(KEY_ARN),
    aliases: known(['alias/data']),
    customerManaged: known(true),
    state: known('Enabled'),
    rotationEnabled: known(true),
    rotationPeriod: known(365),
    grants: known([{ id: '1', grantee: 'rds.amazonaws.com', operations: ['Decrypt'] }]),
    keySpec: known('SYMMETRIC_DEFAULT'),
    origin: known('AWS_KMS'),
    policy: known(
      policyOf(
        allow(['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion'], { Sid: 'Administer', Principal: ROOT }),
        allow(['kms:Decrypt', 'kms:GenerateDataKey*'], { Sid: 'Use', Principal: ROOT, Condition: THROUGH_S3 }),
      ),
    ),
  },
  auroraClusters: {
    ...common('arn:aws:rds:us-east-1:111122223333:cluster:main', 'main'),
    form: 'cluster',
    isReplica: known(false),
    standby: known(false),
    engine: known('aurora-postgresql'),
    engineVersion: known('16.13'),
    storageEncrypted: known(true),
    kmsKeyId: known(KEY_ARN),
    deletionProtection: known(true),
    backupRetentionPeriod: known(35),
    preferredBackupWindow: known('03:00-04:00'),
    logExports: known(['postgresql']),
    iamAuthentication: known(true),
    copyTagsToSnapshot: known(true),
    masterUsername: known('fintech_admin'),
    masterUserSecret: known({ managed: true, kmsKeyId: KEY_ARN }),
    databaseInsightsMode: known('standard'),
    parameters: known({
      log_statement: { declared: 'ddl', applied: 'ddl' },
      log_min_duration_statement: { declared: '500' },
      idle_in_transaction_session_timeout: { declared: '60000' },
      'rds.force_ssl': { declared: '1' },
      log_parameter_max_length: { declared: '0' },
    }),
    parameterStatus: known({ writer: 'in-sync' }),
    instances: known(
      ['a', 'b'].map((zone, index) => ({
        name: index === 0 ? 'writer' : 'reader',
        availabilityZone: known(`us-east-1${zone}`),
        isWriter: known(index === 0),
        publiclyAccessible: known(false),
        performanceInsights: known({ enabled: true, kmsKeyId: KEY_ARN }),
        autoMinorVersionUpgrade: known(true),
        caCertificateIdentifier: known('rds-ca-rsa2048-g1'),
        parameters: known({}),
      })),
    ),
    subnets: known(
      ['a', 'b'].map((zone) => ({
        id: `subnet-${zone}`,
        availabilityZone: known(`us-east-1${zone}`),
        routesToInternetGateway: known(false),
      })),
    ),
    readerScaling: known({
      dimension: 'rds:cluster:ReadReplicaCount',
      minCapacity: known(1),
      maxCapacity: known(5),
      metric: known('RDSReaderAverageCPUUtilization'),
      targetValue: known(60),
    }),
  },
  auroraSnapshots: {
    ...common('arn:aws:rds:us-east-1:111122223333:cluster-snapshot:daily', 'daily'),
    encrypted: known(true),
    sharedWith: known([]),
  },
  dynamoTables: {
    ...common('arn:aws:dynamodb:us-east-1:111122223333:table/t', 't'),
    encryption: known({ type: 'KMS', kmsKeyId: KEY_ARN }),
    pointInTimeRecovery: known({ enabled: true }),
    deletionProtection: known(true),
    billingMode: known('PROVISIONED'),
    streamViewType: known('NEW_IMAGE'),
    indexes: known(['i']),
    scaling: known(
      Object.fromEntries(
        ['table:read', 'table:write', 'index/i:read', 'index/i:write'].map((dimension) => [
          dimension,
          { dimension, minCapacity: known(1), maxCapacity: known(9), metric: known('m'), targetValue: known(70) },
        ]),
      ),
    ),
    resourcePolicy: known(undefined),
  },
  buckets: bucket,
  replicationGroups: {
    ...common('arn:aws:elasticache:us-east-1:111122223333:replicationgroup:cache', 'cache'),
    engine: known('valkey'),
    engineVersion: known('8.0'),
    atRestEncryption: known(true),
    kmsKeyId: known(KEY_ARN),
    transitEncryption: known(true),
    transitEncryptionMode: known('required'),
    authTokenEnabled: known(false),
    userGroups: known(['users']),
    users: known([
      { name: 'app', enabled: true, withoutPassword: false },
      { name: 'default', enabled: false, withoutPassword: true },
    ]),
    automaticFailover: known(true),
    multiAz: known(true),
    snapshotRetention: known(7),
    snapshotWindow: known('04:00-05:00'),
    autoMinorVersionUpgrade: known(true),
    subnetGroup: known('own'),
    credentialProbe: known({ withCredential: true, without: false }),
  },
  secrets: {
    ...common('arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AbCdEf', 's'),
    kmsKeyId: known(KEY_ARN),
    hasCurrentValue: known(true),
    rotation: known({ enabled: true, days: 30 }),
    lastRotated: known(hoursAgo(24)),
    lastChanged: known(hoursAgo(24)),
    created: known(hoursAgo(2400)),
    pendingVersion: known(false),
    policy: known(undefined),
    owningService: known(undefined),
  },
  roles: {
    ...common(ROLE_ARN, 'build'),
    kind: 'role',
    policyHolders: known([]),
    trust: known(
      policyOf({
        Effect: 'Allow',
        Principal: { Service: 'codebuild.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
      }),
    ),
    policies: known([{ name: 'one', document: policyOf(allow('kms:Decrypt', { Resource: KEY_ARN })) }]),
  },
  codeBuildProjects: {
    ...common('arn:aws:codebuild:us-east-1:111122223333:project/rds-pgdump-backup-app', 'rds-pgdump-backup-app'),
    publicBuilds: known(false),
    sources: known([
      { type: 'GITHUB', location: 'https://github.com/example/app.git', insecureTls: false },
      { type: 'NO_SOURCE', insecureTls: false },
    ]),
    buildSpec: known('phases: {build: {commands: ["PGPASSWORD=$SECRET psql"]}}'),
    environment: known([{ name: 'SECRET_ARN', type: 'PLAINTEXT', value: 'arn:aws:secretsmanager:…' }]),
    privileged: known(false),
    kmsKeyId: known(KEY_ARN),
    logs: known({ enabled: true, group: '/builds' }),
    logGroup: known({ kmsKeyId: KEY_ARN, retentionDays: 400 }),
    roleArn: known(ROLE_ARN),
  },
  schedules: {
    ...common('arn:aws:scheduler:us-east-1:111122223333:schedule/default/app', 'app'),
    enabled: known(true),
    expression: known('cron(0 3 * * ? *)'),
    targetArn: known('arn:aws:codebuild:us-east-1:111122223333:project/rds-pgdump-backup-app'),
  },
  securityGroups: {
    ...common('arn:aws:ec2:us-east-1:111122223333:security-group/sg-1', 'database'),
    ingress: known([{ protocol: 'tcp', from: 5432, to: 5432, source: 'sg-2' }]),
  },
  networks: {
    ...common('arn:aws:ec2:us-east-1:111122223333:vpc/vpc-1', 'data'),
    flowLogs: known(['ALL']),
    endpoints: known(['s3', 'secretsmanager']),
  },
  subnets: {
    ...common('arn:aws:ec2:us-east-1:111122223333:subnet/subnet-1', 'data'),
    givesPublicAddresses: known(false),
  },
  logGroups: {
    ...common('arn:aws:logs:us-east-1:111122223333:log-group:/builds', '/builds'),
    kmsKeyId: known(KEY_ARN),
    retentionDays: known(400),
  },
  literals: {
    ...common('app/Database', 'Database'),
    secrets: known([{ where: 'MasterUserPassword', is: 'reference' }]),
  },
  backups: {
    ...common('s3://vault/layer2/app/', 'app'),
    configured: true,
    newest: known({ key: 'layer2/app/1', takenAt: hoursAgo(9) }),
    encryption: known({ kmsKeyId: KEY_ARN }),
    newestProof: known({ verifiedAt: hoursAgo(100), verdict: 'proven' }),
    volumeWarnings: known([]),
    backupObjectiveMs: 26 * 3_600_000,
    proofObjectiveMs: 8 * 86_400_000,
  },
};

/** One of each kind, all of the account. */
export function factsOf(source: FactSource, more: Partial<Facts> = {}): Facts {
  const lists = Object.fromEntries(Object.entries(GOOD).map(([kind, fact]) => [kind, known([fact])]));
  const buckets = known(Object.values<FactOf<'buckets'>>(BUCKETS));
  return { source, account: ACCOUNT, region: 'us-east-1', readAt: NOW, ...lists, buckets, ...more } as Facts;
}

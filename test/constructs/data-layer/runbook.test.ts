/** One test for each line of the runbook's sections 1 to 6; the names begin with the line's own words. */
// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment */
import { describe, expect, it } from 'vitest';
import {
  ACCOUNT,
  arnOf,
  EXISTING_NETWORK,
  idOf,
  onlyResource,
  REGION,
  resourcesOf,
  resourceWith,
  stackOf,
  synthesized,
  templateOf,
  type Resource,
} from './data-layer-stacks.js';

const template = synthesized();
const givenNetwork = templateOf(stackOf({ network: EXISTING_NETWORK }).stack);
const key = onlyResource(template, 'AWS::KMS::Key');
const keyArn = arnOf(template, key);
const PRODUCTION = { Key: 'Environment', Value: 'Production' };

describe('1.1 customer managed key', () => {
  const statements = key.Properties.KeyPolicy.Statement as { Sid: string; Action: string[]; Condition?: unknown }[];
  const statement = (sid: string) => statements.find((each) => each.Sid === sid);

  it('"Enable IAM User Permissions": root administers, and holds neither kms:* nor a cryptographic action', () => {
    const administration = statement('AdministerWithoutUse')!;
    expect(administration.Action).toContain('kms:PutKeyPolicy');
    const crypto = /^kms:(\*|Encrypt|Decrypt|ReEncrypt|GenerateDataKey|GenerateMac|Sign|CreateGrant|Create\*)/;
    expect(administration.Action.filter((action) => crypto.test(action))).toEqual([]);
  });

  it('"Allow Services": use through the five services of the Region only, by this account only', () => {
    expect(statement('UseThroughServices')).toMatchObject({
      Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'],
      Condition: {
        StringEquals: {
          'kms:ViaService': expect.toSatisfy((services: string[]) => {
            const wanted = ['rds', 'dynamodb', 's3', 'secretsmanager', 'elasticache'];
            return (
              [...services].sort().join() ===
              wanted
                .map((each) => `${each}.us-east-1.amazonaws.com`)
                .sort()
                .join()
            );
          }),
          'kms:CallerAccount': ACCOUNT,
        },
      },
    });
  });

  it('no statement lets anybody use the key without a condition', () => {
    const use = statements.filter(({ Action }) => /Encrypt|Decrypt|GenerateDataKey|CreateGrant/.test(String(Action)));
    expect(use.length).toBeGreaterThan(0);
    for (const each of use) expect(each.Condition, each.Sid).toBeDefined();
  });

  it('CloudWatch Logs uses it for our log groups only, by their encryption context', () => {
    const { Condition } = statement('EncryptLogGroups') as { Condition: { ArnLike: Record<string, unknown[]> } };
    expect(JSON.stringify(Condition.ArnLike['kms:EncryptionContext:aws:logs:arn'])).toContain(
      ':log-group:/aws/rds/cluster/fintech-db-cluster/*',
    );
  });

  it('--description "FinTech Production Data Key" --tags Project=FinTechGlobal', () => {
    expect(key.Properties.Description).toBe('FinTech Production Data Key');
    expect(key.Properties.Tags).toContainEqual({ Key: 'Project', Value: 'FinTechGlobal' });
  });

  it('create-alias alias/fintech-prod-key', () => {
    expect(onlyResource(template, 'AWS::KMS::Alias').Properties).toEqual({
      AliasName: 'alias/fintech-prod-key',
      TargetKeyId: keyArn,
    });
  });

  it('enable-key-rotation', () => {
    expect(key.Properties.EnableKeyRotation).toBe(true);
  });

  it('the key stays when the stack goes', () => {
    expect(key.DeletionPolicy).toBe('Retain');
  });
});

describe('1.2 secrets', () => {
  const secret = (name: string) => resourceWith(template, 'AWS::SecretsManager::Secret', 'Name', name);
  const names = ['fintech/db-credentials', 'fintech/api-keys', 'fintech/encryption-key', 'fintech/redis-auth'];

  it.each(names)('create-secret --name %s under the key, with no value in the template', (name) => {
    expect(secret(name).Properties.KmsKeyId).toEqual(keyArn);
    expect(secret(name).Properties.SecretString).toBeUndefined();
    expect(secret(name).DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it("fintech/db-credentials: the application's user, with a generated password; the cluster adds host and port", () => {
    const { GenerateSecretString: generated } = secret('fintech/db-credentials').Properties;
    expect(JSON.parse(generated.SecretStringTemplate as string)).toEqual({
      engine: 'postgres',
      username: 'fintech_app',
      dbname: 'postgres',
    });
    expect(generated).toMatchObject({ GenerateStringKey: 'password', PasswordLength: 40 });
    expect(onlyResource(template, 'AWS::SecretsManager::SecretTargetAttachment').Properties).toMatchObject({
      SecretId: { Ref: idOf(template, secret('fintech/db-credentials')) },
      TargetType: 'AWS::RDS::DBCluster',
    });
  });

  it('fintech/api-keys: is made without a value, which somebody else supplies', () => {
    expect(secret('fintech/api-keys').Properties).not.toHaveProperty('GenerateSecretString');
  });

  it('fintech/encryption-key: 64 hexadecimal digits, which are exactly 32 random bytes', () => {
    const { GenerateSecretString: generated } = secret('fintech/encryption-key').Properties;
    expect(generated).toMatchObject({
      PasswordLength: 64,
      ExcludeUppercase: true,
      ExcludePunctuation: true,
      IncludeSpace: false,
      RequireEachIncludedType: false,
    });
    const drawn = [...'0123456789abcdefghijklmnopqrstuvwxyz'].filter(
      (character) => !(generated.ExcludeCharacters as string).includes(character),
    );
    expect(drawn.join('')).toBe('0123456789abcdef');
  });

  it('fintech/redis-auth: generated, from characters that ElastiCache takes, and 16 to 128 of them', () => {
    const { GenerateSecretString: generated } = secret('fintech/redis-auth').Properties;
    expect(generated).toMatchObject({ GenerateStringKey: 'password', ExcludePunctuation: true, IncludeSpace: false });
    expect(generated.PasswordLength).toBeGreaterThanOrEqual(16);
    expect(generated.PasswordLength).toBeLessThanOrEqual(128);
  });

  it('BEFORE resource deployment: cluster and cache are made after the secrets', () => {
    const ids = resourcesOf(template, 'AWS::SecretsManager::Secret').map((each) => idOf(template, each));
    expect(onlyResource(template, 'AWS::RDS::DBCluster').DependsOn).toEqual(expect.arrayContaining(ids));
    const { Passwords } = onlyResource(template, 'AWS::ElastiCache::User').Properties;
    expect(JSON.stringify(Passwords)).toContain(idOf(template, secret('fintech/redis-auth')));
  });

  it('no value of a secret is in the template or its outputs, only references that CloudFormation resolves', () => {
    const { Passwords } = onlyResource(template, 'AWS::ElastiCache::User').Properties;
    expect(JSON.stringify(Passwords)).toMatch(/^\[\{"Fn::Join":\["",\["\{\{resolve:secretsmanager:",/);
    expect(JSON.stringify(template.Outputs)).not.toContain('resolve:');
  });
});

describe('2.1 parameter group', () => {
  const group = onlyResource(template, 'AWS::RDS::DBClusterParameterGroup');

  it('--db-cluster-parameter-group-name fintech-aurora-params --description "FinTech Strict Logging"', () => {
    expect(group.Properties).toMatchObject({
      DBClusterParameterGroupName: 'fintech-aurora-params',
      Description: 'FinTech Strict Logging',
    });
  });

  it("--db-parameter-group-family: that of the engine's version, which is in standard support", () => {
    const { EngineVersion } = onlyResource(template, 'AWS::RDS::DBCluster').Properties;
    expect(EngineVersion).toBe('17.9');
    expect(group.Properties.Family).toBe('aurora-postgresql17');
  });

  it.each([
    ['log_statement', 'ddl'],
    ['log_min_duration_statement', '500'],
    ['idle_in_transaction_session_timeout', '60000'],
  ])('ParameterName=%s,ParameterValue=%s', (name, value) => {
    expect(group.Properties.Parameters[name]).toBe(value);
  });

  it('beside them: TLS is forced, connections are logged, slow statements without their parameters, pgaudit is loaded', () => {
    expect(group.Properties.Parameters).toMatchObject({
      'rds.force_ssl': '1',
      log_connections: '1',
      log_disconnections: '1',
      log_parameter_max_length: '0',
      shared_preload_libraries: expect.stringContaining('pgaudit'),
    });
  });
});

describe('2.2 cluster', () => {
  const cluster = onlyResource(template, 'AWS::RDS::DBCluster');
  const instance = (name: string) => resourceWith(template, 'AWS::RDS::DBInstance', 'DBInstanceIdentifier', name);

  it('create-db-subnet-group fintech-db-subnet-group "Private DB Subnets" with the two subnets', () => {
    expect(onlyResource(givenNetwork, 'AWS::RDS::DBSubnetGroup').Properties).toMatchObject({
      DBSubnetGroupName: 'fintech-db-subnet-group',
      DBSubnetGroupDescription: 'Private DB Subnets',
      SubnetIds: EXISTING_NETWORK.subnetIds,
    });
  });

  it.each([
    ['--db-cluster-identifier', 'DBClusterIdentifier', 'fintech-db-cluster'],
    ['--engine', 'Engine', 'aurora-postgresql'],
    ['--master-username', 'MasterUsername', 'fintech_admin'],
    ['--manage-master-user-password', 'ManageMasterUserPassword', true],
    ['--master-user-secret-kms-key-id', 'MasterUserSecret', { KmsKeyId: keyArn }],
    ['--backup-retention-period', 'BackupRetentionPeriod', 35],
    ['--preferred-backup-window', 'PreferredBackupWindow', '03:00-04:00'],
    ['--storage-encrypted', 'StorageEncrypted', true],
    ['--kms-key-id', 'KmsKeyId', keyArn],
    ['--enable-cloudwatch-logs-exports', 'EnableCloudwatchLogsExports', ['postgresql']],
    ['--deletion-protection', 'DeletionProtection', true],
    ['--copy-tags-to-snapshot', 'CopyTagsToSnapshot', true],
  ])('%s: %s', (_option, property, value) => {
    expect(cluster.Properties[property]).toEqual(value);
  });

  it('--db-subnet-group-name and --db-cluster-parameter-group-name: those above', () => {
    const reference = (type: string) => ({ Ref: idOf(template, onlyResource(template, type)) });
    expect(cluster.Properties.DBSubnetGroupName).toEqual(reference('AWS::RDS::DBSubnetGroup'));
    expect(cluster.Properties.DBClusterParameterGroupName).toEqual(reference('AWS::RDS::DBClusterParameterGroup'));
  });

  it('--vpc-security-group-ids $SG_DB: the given group, which is left as it is', () => {
    const { VpcSecurityGroupIds } = onlyResource(givenNetwork, 'AWS::RDS::DBCluster').Properties;
    expect(VpcSecurityGroupIds).toEqual(EXISTING_NETWORK.databaseSecurityGroupIds);
    expect(resourcesOf(givenNetwork, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });

  it('--tags Environment=Production', () => {
    expect(cluster.Properties.Tags).toContainEqual(PRODUCTION);
  });

  it.each([
    ['Writer (AZ-A)', 'fintech-db-writer', 'us-east-1a'],
    ['Reader (AZ-B)', 'fintech-db-reader-1', 'us-east-1b'],
  ])('Create %s: %s, db.r6g.large, in %s', (_line, name, zone) => {
    expect(instance(name).Properties).toMatchObject({
      DBClusterIdentifier: { Ref: idOf(template, cluster) },
      Engine: 'aurora-postgresql',
      DBInstanceClass: 'db.r6g.large',
      AvailabilityZone: zone,
      PubliclyAccessible: false,
    });
  });

  it.each(['fintech-db-writer', 'fintech-db-reader-1'])('--enable-performance-insights with the key: %s', (name) => {
    expect(instance(name).Properties).toMatchObject({
      EnablePerformanceInsights: true,
      PerformanceInsightsKMSKeyId: keyArn,
      PerformanceInsightsRetentionPeriod: cluster.Properties.PerformanceInsightsRetentionPeriod,
    });
    expect(cluster.Properties.DatabaseInsightsMode).toBe('standard');
  });

  it('beside them: IAM sign-in, no paid extended support, minor upgrades, the current authority', () => {
    expect(cluster.Properties).toMatchObject({
      EnableIAMDatabaseAuthentication: true,
      EngineLifecycleSupport: 'open-source-rds-extended-support-disabled',
    });
    expect(instance('fintech-db-writer').Properties).toMatchObject({
      AutoMinorVersionUpgrade: true,
      CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    });
  });

  it('the exported log is encrypted with the key, kept 400 days, and there before the cluster', () => {
    const log = resourceWith(
      template,
      'AWS::Logs::LogGroup',
      'LogGroupName',
      '/aws/rds/cluster/fintech-db-cluster/postgresql',
    );
    expect(log.Properties).toMatchObject({ KmsKeyId: keyArn, RetentionInDays: 400 });
    expect(cluster.DependsOn).toContain(idOf(template, log));
  });
});

describe('2.3 reader scaling', () => {
  const target = resourceWith(
    template,
    'AWS::ApplicationAutoScaling::ScalableTarget',
    'ScalableDimension',
    'rds:cluster:ReadReplicaCount',
  );

  it('register-scalable-target cluster:fintech-db-cluster --min-capacity 1 --max-capacity 5', () => {
    const cluster = idOf(template, onlyResource(template, 'AWS::RDS::DBCluster'));
    expect(target.Properties).toMatchObject({
      ServiceNamespace: 'rds',
      ResourceId: { 'Fn::Join': ['', ['cluster:', { Ref: cluster }]] },
      MinCapacity: 1,
      MaxCapacity: 5,
    });
  });

  it('put-scaling-policy aurora-cpu-scaling: 60 % CPU of the readers, cooldowns of 300 seconds', () => {
    const policy = resourceWith(
      template,
      'AWS::ApplicationAutoScaling::ScalingPolicy',
      'PolicyName',
      'aurora-cpu-scaling',
    );
    expect(policy.Properties).toMatchObject({
      PolicyType: 'TargetTrackingScaling',
      TargetTrackingScalingPolicyConfiguration: {
        TargetValue: 60,
        PredefinedMetricSpecification: { PredefinedMetricType: 'RDSReaderAverageCPUUtilization' },
        ScaleOutCooldown: 300,
        ScaleInCooldown: 300,
      },
    });
  });

  it('it is registered after the instances are there', () => {
    const instances = resourcesOf(template, 'AWS::RDS::DBInstance').map((each) => idOf(template, each));
    expect(instances).toHaveLength(2);
    expect(target.DependsOn).toEqual(expect.arrayContaining(instances));
  });
});

describe('3.1 tables', () => {
  const table = (name: string) => resourceWith(template, 'AWS::DynamoDB::Table', 'TableName', name);
  const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' });
  const hash = (AttributeName: string) => ({ AttributeName, KeyType: 'HASH' });
  const TEN = { ReadCapacityUnits: 10, WriteCapacityUnits: 10 };
  const NAMES = ['FinTechSessions', 'FinTechTransactions', 'FinTechAccounts'];

  it('FinTechSessions: UserId and SessionId, a stream of new and old images', () => {
    expect(table('FinTechSessions').Properties).toMatchObject({
      AttributeDefinitions: [text('UserId'), text('SessionId')],
      KeySchema: [hash('UserId'), { AttributeName: 'SessionId', KeyType: 'RANGE' }],
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  it.each([
    ['FinTechTransactions', 'TransactionId', 'AccountIndex', 'AccountId'],
    ['FinTechAccounts', 'AccountId', 'EmailIndex', 'Email'],
  ])('%s: %s, and the index %s on %s with all attributes', (name, tableKey, index, indexKey) => {
    expect(table(name).Properties).toMatchObject({
      AttributeDefinitions: [text(tableKey), text(indexKey)],
      KeySchema: [hash(tableKey)],
      GlobalSecondaryIndexes: [
        {
          IndexName: index,
          KeySchema: [hash(indexKey)],
          Projection: { ProjectionType: 'ALL' },
          ProvisionedThroughput: TEN,
        },
      ],
    });
  });

  it.each(NAMES)('--provisioned-throughput 10 and 10, --sse-specification KMS with the key: %s', (name) => {
    expect(table(name).Properties).toMatchObject({
      ProvisionedThroughput: TEN,
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: keyArn },
    });
    expect(table(name).Properties.BillingMode ?? 'PROVISIONED').toBe('PROVISIONED');
  });

  it.each(NAMES)(
    'update-continuous-backups: point-in-time recovery over 35 days, and deletion protection: %s',
    (name) => {
      expect(table(name).Properties).toMatchObject({
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
        DeletionProtectionEnabled: true,
      });
      expect(table(name).DeletionPolicy).toBe('Retain');
    },
  );

  it.each(NAMES)('--tags Environment=Production: %s', (name) => {
    expect(table(name).Properties.Tags).toContainEqual(PRODUCTION);
  });
});

describe('3.2 scaling of tables ("apply to all tables")', () => {
  const targets = resourcesOf(template, 'AWS::ApplicationAutoScaling::ScalableTarget').filter(
    ({ Properties }) => Properties.ServiceNamespace === 'dynamodb',
  );

  it('ten targets: reads and writes of three tables and two indexes, 10 to 1000', () => {
    const dimensions = targets.map(({ Properties }) => Properties.ScalableDimension as string).sort();
    expect(dimensions).toEqual([
      ...Array<string>(2).fill('dynamodb:index:ReadCapacityUnits'),
      ...Array<string>(2).fill('dynamodb:index:WriteCapacityUnits'),
      ...Array<string>(3).fill('dynamodb:table:ReadCapacityUnits'),
      ...Array<string>(3).fill('dynamodb:table:WriteCapacityUnits'),
    ]);
    for (const { Properties } of targets) expect(Properties).toMatchObject({ MinCapacity: 10, MaxCapacity: 1000 });
    expect(
      new Set(targets.map(({ Properties }) => JSON.stringify([Properties.ResourceId, Properties.ScalableDimension])))
        .size,
    ).toBe(10);
  });

  it('each target has a policy that aims at 70 % of its own kind of capacity', () => {
    for (const target of targets) {
      const id = idOf(template, target);
      const policy = resourceWith(template, 'AWS::ApplicationAutoScaling::ScalingPolicy', 'ScalingTargetId', {
        Ref: id,
      });
      const kind = (target.Properties.ScalableDimension as string).includes('Read') ? 'Read' : 'Write';
      expect(policy.Properties.TargetTrackingScalingPolicyConfiguration).toMatchObject({
        TargetValue: 70,
        PredefinedMetricSpecification: { PredefinedMetricType: `DynamoDB${kind}CapacityUtilization` },
      });
    }
  });

  it('--policy-name tx-write-scaling is that of the writes of FinTechTransactions', () => {
    const policy = resourceWith(
      template,
      'AWS::ApplicationAutoScaling::ScalingPolicy',
      'PolicyName',
      'tx-write-scaling',
    );
    const target = template.Resources[policy.Properties.ScalingTargetId.Ref as string];
    expect(target?.Properties.ScalableDimension).toBe('dynamodb:table:WriteCapacityUnits');
    const transactions = resourceWith(template, 'AWS::DynamoDB::Table', 'TableName', 'FinTechTransactions');
    expect(JSON.stringify(target?.Properties.ResourceId)).toContain(idOf(template, transactions));
  });
});

describe('4 data lake', () => {
  const bucket = (kind: string) =>
    resourceWith(template, 'AWS::S3::Bucket', 'BucketName', `fintech-prod-${kind}-${ACCOUNT}-${REGION}`);
  const statementsOf = (of: Resource) =>
    resourceWith(template, 'AWS::S3::BucketPolicy', 'Bucket', of.Properties.BucketName).Properties.PolicyDocument
      .Statement as { Sid?: string; Effect: string; Principal: unknown; Action: unknown; Condition: unknown }[];
  const KINDS = ['data', 'data-replica', 'logs'];

  it('names that no other bucket has: with the account and the Region', () => {
    expect(KINDS.map((kind) => bucket(kind).Type)).toHaveLength(3);
  });

  it("put-bucket-acl log-delivery-write: by the bucket's policy, for each bucket under its prefix, and no ACL", () => {
    const allowed = statementsOf(bucket('logs')).filter(({ Effect }) => Effect === 'Allow');
    const delivery = (from: Resource, prefix: string) => ({
      Action: 's3:PutObject',
      Effect: 'Allow',
      Principal: { Service: 'logging.s3.amazonaws.com' },
      Resource: { 'Fn::Join': ['', [arnOf(template, bucket('logs')), `/${prefix}*`]] },
      Condition: {
        ArnLike: { 'aws:SourceArn': arnOf(template, from) },
        StringEquals: { 'aws:SourceAccount': ACCOUNT },
      },
    });
    expect(allowed).toEqual([
      delivery(bucket('data'), 'source-logs/'),
      delivery(bucket('data-replica'), 'replica-logs/'),
    ]);
    for (const kind of KINDS) {
      expect(bucket(kind).Properties.AccessControl).toBeUndefined();
      expect(bucket(kind).Properties.OwnershipControls.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
    }
  });

  it('put-bucket-encryption AES256 on the log bucket, as delivery requires', () => {
    expect(bucket('logs').Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      { ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } },
    ]);
    expect(bucket('logs').Properties.ObjectLockEnabled).toBeUndefined();
  });

  it.each([
    ['data', 'source-logs/'],
    ['data-replica', 'replica-logs/'],
  ])('put-bucket-logging: %s under %s', (kind, prefix) => {
    expect(bucket(kind).Properties.LoggingConfiguration).toEqual({
      DestinationBucketName: { Ref: idOf(template, bucket('logs')) },
      LogFilePrefix: prefix,
    });
  });

  it.each(['data', 'data-replica'])('ENC_CONFIG: aws:kms with the key and a bucket key, and no SSE-C: %s', (kind) => {
    expect(bucket(kind).Properties.BucketEncryption.ServerSideEncryptionConfiguration).toEqual([
      {
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: keyArn },
        BucketKeyEnabled: true,
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
      },
    ]);
  });

  it.each(KINDS)('put-public-access-block: all four: %s', (kind) => {
    expect(bucket(kind).Properties.PublicAccessBlockConfiguration).toEqual({
      BlockPublicAcls: true,
      IgnorePublicAcls: true,
      BlockPublicPolicy: true,
      RestrictPublicBuckets: true,
    });
  });

  it.each(KINDS)('nothing is done without TLS: %s', (kind) => {
    expect(statementsOf(bucket(kind))).toContainEqual(
      expect.objectContaining({
        Effect: 'Deny',
        Action: 's3:*',
        Principal: { AWS: '*' },
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    );
  });

  it.each(KINDS)('put-bucket-versioning Enabled, and it stays when the stack goes: %s', (kind) => {
    expect(bucket(kind).Properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
    expect(bucket(kind).DeletionPolicy).toBe('RetainExceptOnCreate');
  });

  it('put-bucket-replication: objects under the key, into the replica under its key', () => {
    expect(bucket('data').Properties.ReplicationConfiguration.Rules).toEqual([
      {
        Id: 'Replica',
        Status: 'Enabled',
        Priority: 1,
        Filter: { Prefix: '' },
        DeleteMarkerReplication: { Status: 'Disabled' },
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
        Destination: {
          Bucket: arnOf(template, bucket('data-replica')),
          EncryptionConfiguration: { ReplicaKmsKeyID: keyArn },
        },
      },
    ]);
  });

  it('put-bucket-lifecycle-configuration: Archive and Tiering as written, and incomplete uploads are aborted', () => {
    expect(bucket('data').Properties.LifecycleConfiguration.Rules).toEqual([
      {
        Id: 'Archive',
        Status: 'Enabled',
        Prefix: 'archive/',
        Transitions: [{ TransitionInDays: 90, StorageClass: 'GLACIER' }],
        NoncurrentVersionExpiration: { NoncurrentDays: 90 },
      },
      {
        Id: 'Tiering',
        Status: 'Enabled',
        Prefix: 'raw/',
        Transitions: [{ TransitionInDays: 0, StorageClass: 'INTELLIGENT_TIERING' }],
        NoncurrentVersionExpiration: { NoncurrentDays: 90 },
      },
      {
        Id: 'AbortIncompleteUploads',
        Status: 'Enabled',
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
    ]);
  });
});

describe('5.1 cache', () => {
  const group = onlyResource(template, 'AWS::ElastiCache::ReplicationGroup');

  it('create-cache-subnet-group fintech-redis-subnet with the two subnets', () => {
    expect(onlyResource(givenNetwork, 'AWS::ElastiCache::SubnetGroup').Properties).toMatchObject({
      CacheSubnetGroupName: 'fintech-redis-subnet',
      SubnetIds: EXISTING_NETWORK.subnetIds,
    });
  });

  it.each([
    ['--replication-group-id', 'ReplicationGroupId', 'fintech-redis'],
    ['--replication-group-description', 'ReplicationGroupDescription', 'FinTech Prod Redis'],
    ['--cache-node-type', 'CacheNodeType', 'cache.t4g.medium'],
    ['--num-node-groups', 'NumNodeGroups', 1],
    ['--replicas-per-node-group', 'ReplicasPerNodeGroup', 1],
    ['--multi-az-enabled', 'MultiAZEnabled', true],
    ['--automatic-failover-enabled', 'AutomaticFailoverEnabled', true],
    ['--at-rest-encryption-enabled', 'AtRestEncryptionEnabled', true],
    ['--transit-encryption-enabled', 'TransitEncryptionEnabled', true],
    ['--kms-key-id', 'KmsKeyId', keyArn],
    ['--snapshot-retention-limit', 'SnapshotRetentionLimit', 7],
    ['--snapshot-window', 'SnapshotWindow', '04:00-05:00'],
  ])('%s: %s', (_option, property, value) => {
    expect(group.Properties[property]).toEqual(value);
  });

  it('--engine redis: Valkey 8.0, pinned, or Redis OSS 7.1 by option', () => {
    expect(group.Properties).toMatchObject({ Engine: 'valkey', EngineVersion: '8.0' });
    const redis = templateOf(stackOf({ network: EXISTING_NETWORK, redis: { engine: 'redis' } }).stack);
    const { Engine, EngineVersion } = onlyResource(redis, 'AWS::ElastiCache::ReplicationGroup').Properties;
    expect([Engine, EngineVersion]).toEqual(['redis', '7.1']);
  });

  it('--cache-subnet-group-name and --security-group-ids $SG_REDIS', () => {
    const { SecurityGroupIds, CacheSubnetGroupName } = onlyResource(
      givenNetwork,
      'AWS::ElastiCache::ReplicationGroup',
    ).Properties;
    expect(SecurityGroupIds).toEqual(EXISTING_NETWORK.redisSecurityGroupIds);
    expect(CacheSubnetGroupName).toEqual({
      Ref: idOf(givenNetwork, onlyResource(givenNetwork, 'AWS::ElastiCache::SubnetGroup')),
    });
  });

  it('--auth-token: a user of a group in its place, who may not administer', () => {
    const user = onlyResource(template, 'AWS::ElastiCache::User');
    const users = onlyResource(template, 'AWS::ElastiCache::UserGroup');
    expect(users.Properties).toMatchObject({ Engine: 'valkey', UserIds: [{ Ref: idOf(template, user) }] });
    expect(group.Properties.UserGroupIds).toEqual([{ Ref: idOf(template, users) }]);
    expect(user.Properties.AccessString).toContain('-@admin -@dangerous');
    expect(user.Properties.NoPasswordRequired).toBeUndefined();
  });

  it('--auth-token: the token of fintech/redis-auth, by option', () => {
    const auth = templateOf(stackOf({ network: EXISTING_NETWORK, redis: { signIn: 'auth-token' } }).stack);
    const { AuthToken, UserGroupIds } = onlyResource(auth, 'AWS::ElastiCache::ReplicationGroup').Properties;
    const secret = resourceWith(auth, 'AWS::SecretsManager::Secret', 'Name', 'fintech/redis-auth');
    expect(AuthToken).toEqual({
      'Fn::Join': ['', ['{{resolve:secretsmanager:', { Ref: idOf(auth, secret) }, ':SecretString:authToken::}}']],
    });
    expect(UserGroupIds).toBeUndefined();
    expect(secret.Properties.GenerateSecretString.GenerateStringKey).toBe('authToken');
  });

  it('slow log and engine log go to encrypted groups that are kept 400 days', () => {
    const types = (group.Properties.LogDeliveryConfigurations as { LogType: string }[]).map(({ LogType }) => LogType);
    expect(types).toEqual(['slow-log', 'engine-log']);
    for (const type of types) {
      const name = `/aws/elasticache/fintech-redis/${type}`;
      const log = resourceWith(template, 'AWS::Logs::LogGroup', 'LogGroupName', name);
      expect(log.Properties).toMatchObject({ KmsKeyId: keyArn, RetentionInDays: 400 });
    }
  });

  it('nodes and windows: minor upgrades on, and no window overlaps another', () => {
    expect(group.Properties).toMatchObject({
      AutoMinorVersionUpgrade: true,
      PreferredMaintenanceWindow: 'sun:06:00-sun:07:00',
    });
    expect(onlyResource(template, 'AWS::RDS::DBCluster').Properties.PreferredMaintenanceWindow).toBe(
      'sun:05:00-sun:06:00',
    );
  });
});

describe('6.1 rotation of the database secret', () => {
  it('AutomaticallyAfterDays=30 on the secret that RDS manages, without a Lambda function', () => {
    const cluster = idOf(template, onlyResource(template, 'AWS::RDS::DBCluster'));
    const schedule = onlyResource(template, 'AWS::SecretsManager::RotationSchedule');
    expect(schedule.Properties).toEqual({
      SecretId: { 'Fn::GetAtt': [cluster, 'MasterUserSecret.SecretArn'] },
      RotationRules: { AutomaticallyAfterDays: 30 },
      RotateImmediatelyOnUpdate: false,
    });
  });
});

describe('6.2 least privilege', () => {
  const policy = onlyResource(template, 'AWS::IAM::RolePolicy');
  const secrets = ['db-credentials', 'api-keys', 'encryption-key', 'redis-auth'].map((name) => ({
    Ref: idOf(template, resourceWith(template, 'AWS::SecretsManager::Secret', 'Name', `fintech/${name}`)),
  }));

  it('secretsmanager:GetSecretValue on the four secrets by their ARNs, kms:Decrypt with the one key, for them only', () => {
    expect(policy.Properties.PolicyDocument.Statement).toEqual([
      { Sid: 'ReadSecrets', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: secrets },
      {
        Sid: 'DecryptSecrets',
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: keyArn,
        Condition: {
          StringEquals: {
            'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
            'kms:EncryptionContext:SecretARN': secrets,
          },
        },
      },
    ]);
  });

  it('Attach ONLY to FinTech-ECS-TaskRole: the policy is inline, in that role', () => {
    const role = resourceWith(template, 'AWS::IAM::Role', 'RoleName', 'FinTech-ECS-TaskRole');
    expect(policy.Properties.RoleName).toEqual({ Ref: idOf(template, role) });
    expect(role.Properties.ManagedPolicyArns).toBeUndefined();
    expect(role.Properties.Policies).toBeUndefined();
  });

  it('a role that exists is given the policy, and is not made', () => {
    const existing = templateOf(stackOf({ network: EXISTING_NETWORK, taskRole: { existing: true } }).stack);
    expect(onlyResource(existing, 'AWS::IAM::RolePolicy').Properties.RoleName).toBe('FinTech-ECS-TaskRole');
    const names = resourcesOf(existing, 'AWS::IAM::Role').map(({ Properties }) => Properties.RoleName as unknown);
    expect(names).not.toContain('FinTech-ECS-TaskRole');
  });

  it('only ECS tasks of this account take the role', () => {
    const role = resourceWith(template, 'AWS::IAM::Role', 'RoleName', 'FinTech-ECS-TaskRole');
    expect(role.Properties.AssumeRolePolicyDocument.Statement).toMatchObject([
      {
        Principal: { Service: 'ecs-tasks.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
      },
    ]);
  });
});

describe('the network', () => {
  it('the application reaches database and cache, and nobody else does', () => {
    const groupOf = (description: string) =>
      idOf(template, resourceWith(template, 'AWS::EC2::SecurityGroup', 'GroupDescription', description));
    const application = groupOf('Tasks that use the data layer');
    const rules = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => [
      Properties.GroupId['Fn::GetAtt'][0] as string,
      Properties.SourceSecurityGroupId['Fn::GetAtt'][0] as string,
      Properties.FromPort as number,
    ]);
    expect(rules.sort()).toEqual(
      [
        [groupOf('Aurora cluster of the data layer'), application, 5432],
        [groupOf('Cache of the data layer'), application, 6379],
        [groupOf('Interface endpoints of the data layer'), application, 443],
      ].sort(),
    );
    for (const { Properties } of resourcesOf(template, 'AWS::EC2::SecurityGroup')) {
      expect(Properties.SecurityGroupIngress).toBeUndefined();
    }
  });

  it('a VPC that is made has isolated subnets in two zones, endpoints, logged traffic, and no way to the internet', () => {
    expect(
      resourcesOf(template, 'AWS::EC2::Subnet').map(({ Properties }) => Properties.AvailabilityZone as string),
    ).toEqual(['us-east-1a', 'us-east-1b']);
    for (const type of ['AWS::EC2::InternetGateway', 'AWS::EC2::NatGateway', 'AWS::EC2::Route']) {
      expect(resourcesOf(template, type), type).toEqual([]);
    }
    expect(resourcesOf(template, 'AWS::EC2::VPCEndpoint')).toHaveLength(5);
    expect(onlyResource(template, 'AWS::EC2::FlowLog').Properties.TrafficType).toBe('ALL');
  });
});

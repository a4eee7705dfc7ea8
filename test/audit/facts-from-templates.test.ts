import { describe, expect, it } from 'vitest';
import { factsFromTemplates, toStackTemplate } from '../../src/audit/facts-from-templates.js';
import type { FactKind, FactOf } from '../../src/audit/model/facts.js';
import { type Reading, valueOf } from '../../src/audit/model/reading.js';

const NOW = new Date('2026-11-22T00:00:00Z');
const PLACE = { account: '111122223333', region: 'us-east-1' };
const KEY_ARN = 'arn:aws:kms:us-east-1:111122223333:key/Key';

function factsOf(resources: Record<string, unknown>, more: Record<string, unknown> = {}) {
  return factsFromTemplates([toStackTemplate({ Resources: resources, ...more }, { stack: 'app', ...PLACE })], NOW);
}

function only<K extends FactKind>(
  kind: K,
  resources: Record<string, unknown>,
  more?: Record<string, unknown>,
): FactOf<K> {
  const list = valueOf(factsOf(resources, more)[kind] as Reading<readonly FactOf<K>[]>);
  const [first] = list;
  if (!first || list.length !== 1) throw new Error(`${list.length} ${kind}`);
  return first;
}

const KEY = { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: true } };

describe('the key of the vault, which one stack hands to the other on deployment', () => {
  const vault = (stack: string) =>
    toStackTemplate(
      {
        Resources: { Key: KEY },
        Outputs: { VaultKeyArn: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] } }, Other: { Value: 'other' } },
      },
      { stack, account: '444455556666', region: 'us-east-1' },
    );
  const environment = (name: string, Default?: string) =>
    toStackTemplate(
      {
        Parameters: { [name]: { Type: 'String', ...(Default !== undefined && { Default }) } },
        Resources: {
          Build: {
            Type: 'AWS::CodeBuild::Project',
            Properties: { Environment: { EnvironmentVariables: [{ Name: 'KEY', Value: { Ref: name } }] } },
          },
        },
      },
      { stack: 'source' },
    );
  const keyIn = (...stacks: readonly ReturnType<typeof vault>[]) => {
    const [project] = valueOf(factsFromTemplates(stacks, new Date()).codeBuildProjects);
    return project!.environment;
  };
  const of = (value: string) => ({ value: [{ name: 'KEY', type: 'PLAINTEXT', value }] });

  it('is taken from the output of the other stack', () => {
    const arn = 'arn:aws:kms:us-east-1:444455556666:key/Key';
    expect(keyIn(environment('VaultKeyArn'), vault('vault'))).toEqual(of(arn));
  });

  it('is what --parameter says, where that says something', () => {
    expect(keyIn(vault('vault'), environment('VaultKeyArn', 'arn:given'))).toEqual(of('arn:given'));
  });

  it('stays open without the other stack, with two of them, and for other outputs', () => {
    const open = (reason: string) => ({ unknown: { reason } });
    expect(keyIn(environment('VaultKeyArn'))).toEqual(open('the parameter VaultKeyArn has no default'));
    const two = open('more than one stack has the output VaultKeyArn');
    expect(keyIn(environment('VaultKeyArn'), vault('a'), vault('b'))).toEqual(two);
    expect(keyIn(environment('Other'), vault('vault'))).toEqual(open('the parameter Other has no default'));
  });
});

it('knows which keys KMS rotates, and what is accepted with a reason', () => {
  expect(only('kmsKeys', { Key: KEY })).toMatchObject({
    keySpec: { value: 'SYMMETRIC_DEFAULT' },
    origin: { value: 'AWS_KMS' },
    accepted: [],
  });
  const accepted = [{ control: 'kms-rotation-enabled', reason: 'It signs.' }];
  const Properties = { KeySpec: 'RSA_2048', Origin: 'EXTERNAL' };
  const without = { control: 'kms-via-service', reason: ' ' };
  expect(only('kmsKeys', { Key: { ...KEY, Properties, Metadata: { Holdfast: { accepted } } } })).toMatchObject({
    keySpec: { value: 'RSA_2048' },
    origin: { value: 'EXTERNAL' },
    accepted,
  });
  const Metadata = { Holdfast: { accepted: [...accepted, without] } };
  expect(only('kmsKeys', { Key: { ...KEY, Metadata } })).toMatchObject({ accepted: [] });
});

it('gives a bucket its settings, its policy from the resource beside it, and its key by ARN', () => {
  const bucket = only('buckets', {
    Key: KEY,
    Data: {
      Type: 'AWS::S3::Bucket',
      Metadata: { Holdfast: { optOuts: ['s3-versioning'] } },
      Properties: {
        BucketName: 'data',
        Tags: [{ Key: 'Project', Value: 'FinTechGlobal' }],
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [
            {
              BucketKeyEnabled: true,
              ServerSideEncryptionByDefault: {
                SSEAlgorithm: 'aws:kms',
                KMSMasterKeyID: { 'Fn::GetAtt': ['Key', 'Arn'] },
              },
            },
          ],
        },
        ObjectLockEnabled: true,
        ObjectLockConfiguration: { Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Years: 1 } } },
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'Archive',
              Status: 'Enabled',
              Prefix: 'archive/',
              Transitions: [{ StorageClass: 'GLACIER', TransitionInDays: 90 }],
              NoncurrentVersionExpiration: { NoncurrentDays: 90 },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
            },
          ],
        },
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true },
      },
    },
    Policy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: { Ref: 'Data' },
        PolicyDocument: {
          Statement: {
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: '*',
            Condition: { Bool: { 'aws:SecureTransport': false } },
          },
        },
      },
    },
  });
  expect(bucket).toMatchObject({ id: 'app/Data', name: 'data', optOuts: ['s3-versioning'] });
  expect(valueOf(bucket.tags)).toEqual({ Project: 'FinTechGlobal' });
  expect(valueOf(bucket.encryption)).toEqual({
    algorithm: 'aws:kms',
    kmsKeyId: KEY_ARN,
    bucketKey: true,
    blockedTypes: [],
  });
  expect(valueOf(bucket.objectLock)).toEqual({ enabled: true, mode: 'GOVERNANCE', days: 365 });
  expect(valueOf(bucket.versioning)).toBe('Off');
  expect(valueOf(bucket.lifecycle)).toMatchObject([
    { prefix: 'archive/', noncurrentExpirationDays: 90, abortIncompleteUploadDays: 7 },
  ]);
  // One of the four is missing.
  expect(valueOf(bucket.publicAccessBlock)).toMatchObject({ blockPublicAcls: true, restrictPublicBuckets: false });
  expect(valueOf(bucket.policy)?.statements).toMatchObject([
    { effect: 'Deny', principals: [{ type: '*' }], conditions: { Bool: { 'aws:securetransport': ['false'] } } },
  ]);
});

it('names a key by its alias, and finds it by its id and by its ARN', () => {
  const byId = { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/a', TargetKeyId: { Ref: 'Key' } } };
  const byArn = {
    Type: 'AWS::KMS::Alias',
    Properties: { AliasName: 'alias/b', TargetKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] } },
  };
  const key = only('kmsKeys', { Key: KEY, byId, byArn });
  expect(valueOf(key.aliases)).toEqual(['alias/a', 'alias/b']);
  expect(key.name).toBe('alias/a');
  expect(key.policy).toHaveProperty('unknown');
});

describe('an Aurora cluster', () => {
  const template = {
    Cluster: {
      Type: 'AWS::RDS::DBCluster',
      Properties: {
        Engine: 'aurora-postgresql',
        DBClusterIdentifier: 'fintech-db-cluster',
        DBClusterParameterGroupName: { Ref: 'Parameters' },
        DBSubnetGroupName: { Ref: 'Group' },
        ManageMasterUserPassword: true,
        MasterUserSecret: { KmsKeyId: 'key' },
      },
    },
    Parameters: { Type: 'AWS::RDS::DBClusterParameterGroup', Properties: { Parameters: { log_statement: 'ddl' } } },
    Group: {
      Type: 'AWS::RDS::DBSubnetGroup',
      Properties: { SubnetIds: [{ Ref: 'Private' }, { Ref: 'Public' }, 'subnet-0'] },
    },
    Private: { Type: 'AWS::EC2::Subnet', Properties: { AvailabilityZone: 'us-east-1a' } },
    Public: { Type: 'AWS::EC2::Subnet', Properties: { AvailabilityZone: 'us-east-1b' } },
    ...Object.fromEntries(
      ['Private', 'Public'].flatMap((name) => [
        [`${name}Table`, { Type: 'AWS::EC2::RouteTable', Properties: {} }],
        [
          `${name}Association`,
          {
            Type: 'AWS::EC2::SubnetRouteTableAssociation',
            Properties: { SubnetId: { Ref: name }, RouteTableId: { Ref: `${name}Table` } },
          },
        ],
      ]),
    ),
    Route: {
      Type: 'AWS::EC2::Route',
      Properties: { RouteTableId: { Ref: 'PublicTable' }, GatewayId: { Ref: 'Gateway' } },
    },
    Gateway: { Type: 'AWS::EC2::InternetGateway' },
    Writer: { Type: 'AWS::RDS::DBInstance', Properties: { DBClusterIdentifier: { Ref: 'Cluster' } } },
    Target: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: {
        ResourceId: { 'Fn::Join': ['', ['cluster:', { Ref: 'Cluster' }]] },
        ScalableDimension: 'rds:cluster:ReadReplicaCount',
        MinCapacity: 1,
        MaxCapacity: 5,
      },
    },
    Scaling: {
      Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
      Properties: {
        ScalingTargetId: { Ref: 'Target' },
        TargetTrackingScalingPolicyConfiguration: {
          TargetValue: 60,
          PredefinedMetricSpecification: { PredefinedMetricType: 'RDSReaderAverageCPUUtilization' },
        },
      },
    },
  };
  const cluster = only('auroraClusters', template);

  it('has its parameters, instances and scaling', () => {
    expect(valueOf(cluster.parameters)).toEqual({ log_statement: { declared: 'ddl' } });
    expect(valueOf(cluster.instances)).toHaveLength(1);
    const scaling = valueOf(cluster.readerScaling);
    expect(
      scaling && [valueOf(scaling.minCapacity), valueOf(scaling.maxCapacity), valueOf(scaling.targetValue)],
    ).toEqual([1, 5, 60]);
  });

  it('knows which of its subnets has a way to the internet, and which it cannot judge', () => {
    const ways = valueOf(cluster.subnets).map(({ routesToInternetGateway: way }) =>
      'value' in way ? way.value : 'unknown',
    );
    expect(ways).toEqual([false, true, 'unknown']);
  });

  it('leaves unknown what only the account knows', () => {
    expect(cluster.parameterStatus).toHaveProperty('unknown');
  });
});

it('takes the settings of a global table from its replica, and finds the scaling of its indexes', () => {
  const scaling = (id: string, resource: string, dimension: string) => ({
    [id]: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: { ResourceId: resource, ScalableDimension: dimension, MinCapacity: 10, MaxCapacity: 1000 },
    },
  });
  const table = only('dynamoTables', {
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        TableName: 'T',
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        GlobalSecondaryIndexes: [{ IndexName: 'I' }],
        Replicas: [
          {
            DeletionProtectionEnabled: true,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
            SSESpecification: { KMSMasterKeyId: 'key' },
          },
        ],
      },
    },
    ...scaling('A', 'table/T', 'dynamodb:table:WriteCapacityUnits'),
    ...scaling('B', 'table/T/index/I', 'dynamodb:index:ReadCapacityUnits'),
  });
  expect(valueOf(table.encryption)).toEqual({ type: 'KMS', kmsKeyId: 'key' });
  expect(valueOf(table.pointInTimeRecovery)).toEqual({ enabled: true, days: 35 });
  expect(valueOf(table.deletionProtection)).toBe(true);
  expect(Object.keys(valueOf(table.scaling)).sort()).toEqual(['index/I:read', 'table:write']);
});

it('collects a role from all the places where policies are attached', () => {
  const document = (action: string) => ({ Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
  const [role, other] = valueOf(
    factsOf({
      Role: {
        Type: 'AWS::IAM::Role',
        Properties: {
          RoleName: 'R',
          AssumeRolePolicyDocument: {
            Statement: [
              { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' },
            ],
          },
          Policies: [{ PolicyName: 'inline', PolicyDocument: document('a:1') }],
          ManagedPolicyArns: [{ Ref: 'Managed' }],
        },
      },
      Default: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'p', Roles: [{ Ref: 'Role' }], PolicyDocument: document('a:2') },
      },
      Managed: { Type: 'AWS::IAM::ManagedPolicy', Properties: { PolicyDocument: document('a:3') } },
      Other: {
        Type: 'AWS::IAM::Policy',
        Properties: { PolicyName: 'o', Roles: ['another'], PolicyDocument: document('a:4') },
      },
    }).roles,
  );
  const actions = valueOf(role!.policies).flatMap(({ document: { statements } }) =>
    statements.flatMap((one) => one.actions),
  );
  expect(actions.sort()).toEqual(['a:1', 'a:2', 'a:3']);
  // Whose role is elsewhere: it is judged by itself.
  expect(other).toMatchObject({ kind: 'policy', id: 'app/Other', name: 'o' });
});

const allowing = (Action: string) => ({ Statement: [{ Effect: 'Allow', Action, Resource: '*' }] });

it('users and groups have policies too, and share them', () => {
  const facts = factsOf({
    Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'R' } },
    User: { Type: 'AWS::IAM::User', Properties: { UserName: 'U' } },
    Group: { Type: 'AWS::IAM::Group', Properties: { GroupName: 'G' } },
    Shared: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        PolicyName: 'p',
        Roles: [{ Ref: 'Role' }],
        Users: [{ Ref: 'User' }],
        PolicyDocument: allowing('a:1'),
      },
    },
    OfUser: {
      Type: 'AWS::IAM::UserPolicy',
      Properties: { PolicyName: 'u', UserName: { Ref: 'User' }, PolicyDocument: allowing('a:2') },
    },
    OfGroup: {
      Type: 'AWS::IAM::GroupPolicy',
      Properties: { PolicyName: 'g', GroupName: { Ref: 'Group' }, PolicyDocument: allowing('a:3') },
    },
  });
  const roles = valueOf(facts.roles).map(({ kind, policyHolders }) => [kind, valueOf(policyHolders)]);
  const shared = { policy: 'p', holders: ['R', 'the user U'] };
  expect(roles).toEqual([
    ['role', [shared]],
    ['user', [shared, { policy: 'u', holders: ['the user U'] }]],
    ['group', [{ policy: 'g', holders: ['the group G'] }]],
  ]);
});

it("nobody is said to be alone with a policy where another's policies are not known", () => {
  const facts = factsOf({
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { Policies: [{ PolicyName: 'inline', PolicyDocument: allowing('a:1') }] },
    },
    Other: { Type: 'AWS::IAM::Role', Properties: { ManagedPolicyArns: [{ Ref: 'Given' }] } },
  });
  expect(valueOf(facts.roles)[0]?.policyHolders).toHaveProperty('unknown.reason');
});

it('does not claim to know a role that has a policy from elsewhere', () => {
  const role = only('roles', {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AmazonConnect_FullAccess'] },
    },
  });
  expect(role.policies).toHaveProperty('unknown.reason', expect.stringContaining('AmazonConnect_FullAccess'));
});

it('reads a secret with its rotation and policy from the resources beside it', () => {
  const secret = only('secrets', {
    Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 's', KmsKeyId: 'key' } },
    Rotation: {
      Type: 'AWS::SecretsManager::RotationSchedule',
      Properties: {
        SecretId: { Ref: 'Secret' },
        RotationRules: { ScheduleExpression: 'rate(30 days)' },
        RotationLambdaARN: 'arn:l',
      },
    },
  });
  expect(valueOf(secret.rotation)).toEqual({ enabled: true, days: 30, lambdaArn: 'arn:l' });
  expect(valueOf(secret.policy)).toBeUndefined();
});

it('finds the project that a schedule starts through the universal target', () => {
  const schedule = only('schedules', {
    Project: { Type: 'AWS::CodeBuild::Project', Properties: { Name: 'job' } },
    Schedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'cron(0 3 ? * SUN *)',
        Target: {
          Arn: 'arn:aws:scheduler:::aws-sdk:codebuild:startBuild',
          Input: { 'Fn::Sub': '{"ProjectName":"${Project}"}' },
        },
      },
    },
  });
  expect(valueOf(schedule.targetArn)).toBe('project/job');
});

describe('an instance of a cluster', () => {
  const instanceOf = (properties: object, others: Record<string, unknown> = {}) => {
    const { instances } = only('auroraClusters', {
      Cluster: {
        Type: 'AWS::RDS::DBCluster',
        Properties: { DBClusterIdentifier: 'c', Engine: 'aurora-postgresql', DBSubnetGroupName: 'g' },
      },
      Instance: { Type: 'AWS::RDS::DBInstance', Properties: { DBClusterIdentifier: 'c', ...properties } },
      ...others,
    });
    return valueOf(instances)[0]!;
  };
  const NETWORK = {
    Vpc: { Type: 'AWS::EC2::VPC' },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { VpcId: { Ref: 'Vpc' } } },
    Group: {
      Type: 'AWS::RDS::DBSubnetGroup',
      Properties: { DBSubnetGroupName: 'g', SubnetIds: [{ Ref: 'Subnet' }] },
    },
  };
  const attachment = (VpcId: unknown) => ({
    Attachment: { Type: 'AWS::EC2::VPCGatewayAttachment', Properties: { VpcId, InternetGatewayId: 'igw' } },
  });

  it.each([
    ['that says it is', { PubliclyAccessible: true }, {}, true],
    ['that says it is not', { PubliclyAccessible: 'false' }, {}, false],
    ['that does not say, where no VPC is known', {}, {}, undefined],
    ['that does not say, in a VPC without an internet gateway', {}, NETWORK, false],
    ['that does not say, in a VPC with one', {}, { ...NETWORK, ...attachment({ Ref: 'Vpc' }) }, undefined],
    ['that does not say, beside a VPC with one', {}, { ...NETWORK, ...attachment('vpc-other') }, false],
    [
      'that does not say, beside an open gateway',
      {},
      { ...NETWORK, ...attachment({ 'Fn::ImportValue': 'v' }) },
      undefined,
    ],
  ])('%s is public: %#', (_, properties, others, isPublic) => {
    const { publiclyAccessible } = instanceOf(properties, others);
    if (isPublic === undefined) expect(publiclyAccessible).toHaveProperty('unknown');
    else expect(publiclyAccessible).toEqual({ value: isPublic });
  });

  it.each([
    ['none', undefined, { value: {} }],
    ["the engine's", 'default.aurora-postgresql16', { value: {} }],
    ['its own', { Ref: 'Own' }, { value: { log_statement: { declared: 'none' } } }],
    ['its own, by name', 'own', { value: { log_statement: { declared: 'none' } } }],
    ['one from elsewhere', 'other', { unknown: { reason: 'The parameter group other is not in the template.' } }],
  ])('has the parameters of its group: %s', (_, DBParameterGroupName, expected) => {
    const Own = {
      Type: 'AWS::RDS::DBParameterGroup',
      Properties: { DBParameterGroupName: 'own', Parameters: { log_statement: 'none' } },
    };
    expect(instanceOf({ DBParameterGroupName }, { Own }).parameters).toEqual(expected);
  });
});

describe('the users of a cache', () => {
  const usersOf = (user: object | undefined, UserIds: readonly unknown[] = [{ Ref: 'User' }]) =>
    only('replicationGroups', {
      ...(user && { User: { Type: 'AWS::ElastiCache::User', Properties: { UserId: 'u', ...user } } }),
      Users: { Type: 'AWS::ElastiCache::UserGroup', Properties: { UserGroupId: 'g', UserIds } },
      Cache: { Type: 'AWS::ElastiCache::ReplicationGroup', Properties: { UserGroupIds: [{ Ref: 'Users' }] } },
    }).users;
  const everything = { UserName: 'default', AccessString: 'on ~* +@all' };

  it.each([
    ['with a password', { ...everything, Passwords: ['x'] }, true, false],
    ['without one', { ...everything, NoPasswordRequired: true }, true, true],
    ['without one, in words', { ...everything, NoPasswordRequired: 'true' }, true, true],
    ['without one, by the mode', { ...everything, AuthenticationMode: { Type: 'no-password-required' } }, true, true],
    ['by IAM', { ...everything, AuthenticationMode: { Type: 'iam' } }, true, false],
    ['turned off', { ...everything, AccessString: 'off ~* -@all', NoPasswordRequired: true }, false, true],
    ['on after all', { ...everything, AccessString: 'off ~* on' }, true, false],
  ])('%s', (_, user, enabled, withoutPassword) => {
    expect(usersOf(user)).toEqual({ value: [{ name: 'default', enabled, withoutPassword }] });
  });

  it("are ElastiCache's own `default`, whom nobody asks for a password", () => {
    expect(usersOf(undefined, ['default'])).toEqual({
      value: [{ name: 'default', enabled: true, withoutPassword: true }],
    });
  });

  it('are not known where they are elsewhere', () => {
    expect(usersOf(undefined, ['other'])).toEqual({
      unknown: { reason: 'The user other of a cache is not in the template.' },
    });
  });
});

it('takes the text "false" for what it says', () => {
  const off = 'false';
  const cache = { Type: 'AWS::ElastiCache::ReplicationGroup', Properties: { AutoMinorVersionUpgrade: off } };
  expect(only('replicationGroups', { Cache: cache }).autoMinorVersionUpgrade).toEqual({ value: false });
  const key = { Type: 'AWS::KMS::Key', Properties: { Enabled: off } };
  expect(only('kmsKeys', { Key: key }).state).toEqual({ value: 'Disabled' });
  const cluster = only('auroraClusters', {
    Cluster: { Type: 'AWS::RDS::DBCluster', Properties: { DBClusterIdentifier: 'c', Engine: 'aurora-postgresql' } },
    Instance: {
      Type: 'AWS::RDS::DBInstance',
      Properties: { DBClusterIdentifier: 'c', AutoMinorVersionUpgrade: off, EnablePerformanceInsights: 'true' },
    },
  });
  expect(valueOf(cluster.instances)).toMatchObject([
    { autoMinorVersionUpgrade: { value: false }, performanceInsights: { value: { enabled: true } } },
  ]);
});

it('leaves out a resource whose condition is false, and keeps one whose condition is open', () => {
  const bucket = (condition: string) => ({ Type: 'AWS::S3::Bucket', Condition: condition });
  const facts = factsOf(
    { Gone: bucket('Never'), Perhaps: bucket('Open') },
    {
      Parameters: { P: { Type: 'String' } },
      Conditions: { Never: { 'Fn::Equals': ['a', 'b'] }, Open: { 'Fn::Equals': [{ Ref: 'P' }, 'b'] } },
    },
  );
  expect(valueOf(facts.buckets).map(({ name }) => name)).toEqual(['Perhaps']);
});

it('follows an export from one stack into another', () => {
  const facts = factsFromTemplates(
    [
      toStackTemplate(
        {
          Resources: {
            Table: {
              Type: 'AWS::DynamoDB::Table',
              Properties: { SSESpecification: { SSEEnabled: true, KMSMasterKeyId: { 'Fn::ImportValue': 'keys:Key' } } },
            },
          },
        },
        { stack: 'app', ...PLACE },
      ),
      toStackTemplate(
        {
          Resources: { Key: KEY },
          Outputs: { Key: { Value: { 'Fn::GetAtt': ['Key', 'Arn'] }, Export: { Name: 'keys:Key' } } },
        },
        { stack: 'keys', ...PLACE },
      ),
    ],
    NOW,
  );
  const [table] = valueOf(facts.dynamoTables);
  expect(table && valueOf(table.encryption)).toEqual({ type: 'KMS', kmsKeyId: KEY_ARN });
});

it('leaves an attribute unknown that depends on a parameter without a default', () => {
  const table = only(
    'dynamoTables',
    { Table: { Type: 'AWS::DynamoDB::Table', Properties: { DeletionProtectionEnabled: { Ref: 'P' } } } },
    { Parameters: { P: { Type: 'String' } } },
  );
  expect(table.deletionProtection).toHaveProperty('unknown.reason', expect.stringContaining('parameter P'));
});

it('finds what the template says that a construct does without, at the resources of that construct alone', () => {
  const table = (name: string) => ({ Type: 'AWS::DynamoDB::Table', Properties: { TableName: name } });
  const facts = factsOf(
    { TablesSessions1A2B: table('a'), Other3C4D: table('b') },
    { Metadata: { Holdfast: { optOuts: [{ control: 'dynamodb-pitr', resource: 'app/Tables/Sessions' }] } } },
  );
  expect(valueOf(facts.dynamoTables).map(({ optOuts }) => optOuts)).toEqual([['dynamodb-pitr'], []]);
});

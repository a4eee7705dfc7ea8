/**
 * Hiding a value never makes a fault disappear: a template with faults of all kinds, in which values are replaced by
 * parameters without a default, open conditions and imports from elsewhere.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CONTROLS } from '../../../src/audit/catalog.js';
import { evaluate } from '../../../src/audit/evaluate.js';
import { factsFromTemplates, toStackTemplate } from '../../../src/audit/facts-from-templates.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';

type Json = Readonly<Record<string, unknown>>;

const allow = (more: Json) => ({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*', ...more });
const document = (...Statement: readonly unknown[]) => ({ Version: '2012-10-17', Statement });
const DENY_HTTP = {
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: ['arn:aws:s3:::safe', 'arn:aws:s3:::safe/*'],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
};

/** Groups of resources that belong together: a template is some of them. */
const GROUPS: readonly Readonly<Record<string, { readonly Type: string; readonly Properties: Json }>>[] = [
  {
    Open: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'open', AccessControl: 'PublicRead' } },
    OpenPolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: { Bucket: { Ref: 'Open' }, PolicyDocument: document(allow({ Principal: '*' })) },
    },
  },
  {
    Safe: {
      Type: 'AWS::S3::Bucket',
      Properties: {
        BucketName: 'safe',
        VersioningConfiguration: { Status: 'Suspended' },
        LoggingConfiguration: { DestinationBucketName: 'safe', LogFilePrefix: '' },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'ObjectWriter' }] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          IgnorePublicAcls: true,
          BlockPublicPolicy: false,
          RestrictPublicBuckets: true,
        },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        ReplicationConfiguration: {
          Rules: [{ Status: 'Enabled', Destination: { Bucket: 'arn:aws:s3:::copy', Account: '999999999999' } }],
        },
        LifecycleConfiguration: {
          Rules: [{ Status: 'Enabled', Prefix: 'a/', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }],
        },
      },
    },
    SafePolicy: {
      Type: 'AWS::S3::BucketPolicy',
      Properties: {
        Bucket: 'safe',
        PolicyDocument: document(DENY_HTTP, allow({ Principal: { AWS: '999999999999' } })),
      },
    },
  },
  {
    Network: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } },
    Flow: {
      Type: 'AWS::EC2::FlowLog',
      Properties: { ResourceId: { Ref: 'Network' }, ResourceType: 'VPC', TrafficType: 'ACCEPT' },
    },
    Group: {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: {
        SecurityGroupIngress: [{ IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, CidrIp: '0.0.0.0/0' }],
      },
    },
    Ingress: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: {
        GroupId: { 'Fn::GetAtt': ['Group', 'GroupId'] },
        IpProtocol: '-1',
        CidrIpv6: '::/0',
      },
    },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'app', RetentionInDays: 7 } },
  },
  {
    Role: {
      Type: 'AWS::IAM::Role',
      Properties: {
        RoleName: 'AppTaskRole',
        AssumeRolePolicyDocument: document(
          { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' },
          { Effect: 'Allow', Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' },
        ),
        Policies: [{ PolicyName: 'inline', PolicyDocument: document(allow({ Action: 'kms:Decrypt' })) }],
      },
    },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: { PolicyName: 'all', Roles: [{ Ref: 'Role' }], PolicyDocument: document(allow({ Action: '*' })) },
    },
    User: {
      Type: 'AWS::IAM::User',
      Properties: { ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess'] },
    },
  },
  {
    Key: {
      Type: 'AWS::KMS::Key',
      Properties: {
        EnableKeyRotation: false,
        Enabled: false,
        KeyPolicy: document(allow({ Principal: { AWS: 'arn:aws:iam::999999999999:root' }, Action: 'kms:*' })),
      },
    },
    Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/app', TargetKeyId: { Ref: 'Key' } } },
  },
  {
    Cluster: {
      Type: 'AWS::RDS::DBCluster',
      Properties: {
        Engine: 'aurora-postgresql',
        EngineVersion: '15.3',
        DBClusterIdentifier: 'app',
        StorageEncrypted: false,
        DeletionProtection: false,
        BackupRetentionPeriod: 3,
        MasterUsername: 'postgres',
        MasterUserPassword: 'x',
        DBClusterParameterGroupName: { Ref: 'Parameters' },
        DBSubnetGroupName: { Ref: 'Group' },
      },
    },
    Parameters: {
      Type: 'AWS::RDS::DBClusterParameterGroup',
      Properties: { Parameters: { log_statement: 'none', 'rds.force_ssl': '0', log_min_duration_statement: '0' } },
    },
    Group: { Type: 'AWS::RDS::DBSubnetGroup', Properties: { SubnetIds: [{ Ref: 'Subnet' }] } },
    Subnet: { Type: 'AWS::EC2::Subnet', Properties: { AvailabilityZone: 'us-east-1a' } },
    Table: { Type: 'AWS::EC2::RouteTable', Properties: {} },
    Association: {
      Type: 'AWS::EC2::SubnetRouteTableAssociation',
      Properties: { SubnetId: { Ref: 'Subnet' }, RouteTableId: { Ref: 'Table' } },
    },
    Gateway: { Type: 'AWS::EC2::InternetGateway', Properties: {} },
    Route: { Type: 'AWS::EC2::Route', Properties: { RouteTableId: { Ref: 'Table' }, GatewayId: { Ref: 'Gateway' } } },
    Instance: {
      Type: 'AWS::RDS::DBInstance',
      Properties: {
        Engine: 'aurora-postgresql',
        DBClusterIdentifier: { Ref: 'Cluster' },
        PubliclyAccessible: true,
        AutoMinorVersionUpgrade: false,
        CACertificateIdentifier: 'rds-ca-2019',
      },
    },
  },
  {
    Secret: {
      Type: 'AWS::SecretsManager::Secret',
      Properties: { Name: 'app/db', KmsKeyId: 'alias/aws/secretsmanager' },
    },
    SecretPolicy: {
      Type: 'AWS::SecretsManager::ResourcePolicy',
      Properties: {
        SecretId: { Ref: 'Secret' },
        ResourcePolicy: document(allow({ Principal: '*', Action: 'secretsmanager:GetSecretValue' })),
      },
    },
    Rotation: {
      Type: 'AWS::SecretsManager::RotationSchedule',
      Properties: { SecretId: { Ref: 'Secret' }, RotationRules: { AutomaticallyAfterDays: 90 } },
    },
  },
  {
    Orders: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        TableName: 'orders',
        BillingMode: 'PROVISIONED',
        DeletionProtectionEnabled: false,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
        ResourcePolicy: {
          PolicyDocument: document(allow({ Principal: { AWS: '999999999999' }, Action: 'dynamodb:*' })),
        },
      },
    },
    Target: {
      Type: 'AWS::ApplicationAutoScaling::ScalableTarget',
      Properties: { ResourceId: 'table/orders', ScalableDimension: 'dynamodb:table:ReadCapacityUnits', MinCapacity: 1 },
    },
    Scaling: {
      Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
      Properties: {
        ScalingTargetId: { Ref: 'Target' },
        TargetTrackingScalingPolicyConfiguration: { TargetValue: 95 },
      },
    },
    Everywhere: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        TableName: 'everywhere',
        SSESpecification: { SSEEnabled: false },
        Replicas: [
          { Region: 'us-east-1', DeletionProtectionEnabled: true },
          { Region: 'eu-west-1', PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false } },
        ],
      },
    },
    Alone: {
      Type: 'AWS::RDS::DBInstance',
      Properties: { Engine: 'postgres', EngineVersion: '15.3', PubliclyAccessible: true, MasterUsername: 'postgres' },
    },
  },
  {
    Cache: {
      Type: 'AWS::ElastiCache::ReplicationGroup',
      Properties: {
        ReplicationGroupId: 'app',
        AtRestEncryptionEnabled: false,
        TransitEncryptionEnabled: false,
        AutomaticFailoverEnabled: false,
        SnapshotRetentionLimit: 1,
        AutoMinorVersionUpgrade: false,
        CacheSubnetGroupName: 'default',
      },
    },
    Node: {
      Type: 'AWS::ElastiCache::CacheCluster',
      Properties: { ClusterName: 'node', Engine: 'redis', CacheSubnetGroupName: 'default', SnapshotRetentionLimit: 0 },
    },
    Serverless: { Type: 'AWS::ElastiCache::ServerlessCache', Properties: { Engine: 'valkey', KmsKeyId: '' } },
    Memory: {
      Type: 'AWS::MemoryDB::Cluster',
      Properties: { ACLName: 'open-access', TLSEnabled: false, NumReplicasPerShard: 0, AutoMinorVersionUpgrade: false },
    },
    Build: {
      Type: 'AWS::CodeBuild::Project',
      Properties: {
        Name: 'build',
        ServiceRole: 'arn:aws:iam::111122223333:role/build',
        LogsConfig: { CloudWatchLogs: { Status: 'DISABLED' } },
        Environment: {
          PrivilegedMode: true,
          EnvironmentVariables: [{ Name: 'DB_PASSWORD', Type: 'PLAINTEXT', Value: 'hunter2' }],
        },
      },
    },
  },
];

/** What else stands in templates by mistake, or by functions that are written wrongly. */
const GARBAGE: readonly unknown[] = [
  ...[null, 1, '', true, [], {}, [null], [[]], { a: 1 }, 'arn:', '${'],
  ...[{ Ref: {} }, { Ref: 'AWS::NoValue' }, { Condition: 'nope' }, { 'Fn::GetAtt': [] }, { 'Fn::GetAtt': ['a', {}] }],
  ...[{ 'Fn::Sub': {} }, { 'Fn::Sub': ['${a}', 1] }, { 'Fn::If': 1 }, { 'Fn::If': ['x'] }, { 'Fn::Join': [] }],
  ...[{ 'Fn::Select': [9, ['a']] }, { 'Fn::Split': 1 }, { 'Fn::FindInMap': [] }, { 'Fn::ForEach::x': [] }],
  ...[{ 'Fn::Transform': {} }, { 'Fn::ImportValue': {} }],
];

const PLACE = { stack: 'app', account: '111122223333', region: 'us-east-1' };
const NOW = new Date('2026-11-22T00:00:00Z');
const OUTSIDE = {
  Parameters: { Hidden: { Type: 'String' }, Mode: { Type: 'String' } },
  Conditions: { Strict: { 'Fn::Equals': [{ Ref: 'Mode' }, 'strict'] } },
};

function verdicts(resources: Json): Map<string, string> {
  const stack = toStackTemplate({ ...OUTSIDE, Resources: resources }, PLACE);
  return new Map(
    evaluate(CONTROLS, factsFromTemplates([stack], NOW), NOTHING_DECLARED)
      .filter(({ resource }) => resource !== undefined)
      .map(({ control, resource, status }) => [`${control} ${resource}`, status]),
  );
}

type Path = readonly (string | number)[];

/** Every place in the properties of resources where a value stands, and each whole property. */
function placesIn(value: unknown, path: Path = []): Path[] {
  // What stands in a function is not a value of its own.
  const isFunction = typeof value === 'object' && value !== null && 'Ref' in value;
  const inside =
    typeof value === 'object' && value !== null && !isFunction
      ? Object.entries(value).flatMap(([key, item]) =>
          placesIn(item, [...path, Array.isArray(value) ? Number(key) : key]),
        )
      : [];
  // `[resource, 'Properties', property, …]`
  return path.length >= 3 && path[1] === 'Properties' ? [path, ...inside] : inside;
}

const WAYS = {
  parameter: () => ({ Ref: 'Hidden' }),
  import: () => ({ 'Fn::ImportValue': 'elsewhere' }),
  condition: (value: unknown) => ({ 'Fn::If': ['Strict', value, { Ref: 'AWS::NoValue' }] }),
  'other condition': (value: unknown) => ({ 'Fn::If': ['Strict', { Ref: 'Hidden' }, value] }),
} as const;

function hide(resources: Json, path: Path, way: keyof typeof WAYS): Json {
  const copy = structuredClone(resources) as Record<string, unknown>;
  let node: Record<string | number, unknown> = copy;
  for (const part of path.slice(0, -1)) {
    const next = node[part];
    // An earlier hiding took the place away.
    if (typeof next !== 'object' || next === null) return copy;
    node = next as Record<string | number, unknown>;
  }
  const last = path.at(-1) ?? '';
  if (last in node) node[last] = WAYS[way](node[last]);
  return copy;
}

/** Which Regions have a replica may be what is hidden: then one of the table's findings tells of it. */
function isStillTold(after: ReadonlyMap<string, string>, key: string): boolean {
  const [table = key, region] = key.split('@');
  const same = region === undefined ? [key] : [...after.keys()].filter((one) => one.split('@')[0] === table);
  return same.some((one) => ['fail', 'not-evaluated'].includes(after.get(one) ?? 'gone'));
}

const SEED = Number(process.env.HOLDFAST_HIDING_SEED ?? 20);
const RUNS = Number(process.env.HOLDFAST_HIDING_RUNS ?? 60);

it('20: hiding values behind parameters, conditions and imports never makes a fault disappear', () => {
  const groups = fc.uniqueArray(fc.nat({ max: GROUPS.length - 1 }), { minLength: 1, maxLength: 3 });
  const hidings = fc.array(fc.tuple(fc.nat(), fc.constantFrom(...(Object.keys(WAYS) as (keyof typeof WAYS)[]))), {
    minLength: 1,
    maxLength: 3,
  });
  fc.assert(
    fc.property(groups, hidings, (chosen, hidden) => {
      const resources: Json = Object.fromEntries(chosen.flatMap((index) => Object.entries(GROUPS[index] ?? {})));
      const places = placesIn(resources);
      const paths = hidden.map(([at, way]) => [places[at % places.length] ?? [], way] as const);
      const before = verdicts(resources);
      const after = verdicts(paths.reduce((so, [path, way]) => hide(so, path, way), resources));
      const lost = [...before]
        .filter(([, status]) => status === 'fail')
        .filter(([key]) => !isStillTold(after, key))
        .map(([key]) => `${key} is ${after.get(key) ?? 'gone'}, with ${JSON.stringify(paths)}`);
      expect(lost).toEqual([]);
    }),
    { seed: SEED, numRuns: RUNS },
  );
}, 120_000);

it('20.C: whatever stands in a template where something else should, the audit goes on', () => {
  const everything = Object.assign({}, ...GROUPS) as Json;
  const places = [...placesIn(everything), ...Object.keys(everything).flatMap((id) => [[id], [id, 'Properties']])];
  fc.assert(
    fc.property(fc.nat({ max: places.length - 1 }), fc.constantFrom(...GARBAGE), (at, garbage) => {
      const broken = structuredClone(everything) as Record<string, unknown>;
      const [last = '', ...around] = [...(places[at] ?? [])].reverse();
      const node = around
        .reverse()
        .reduce<Record<string | number, unknown>>(
          (value, part) => value[part] as Record<string | number, unknown>,
          broken,
        );
      node[last] = garbage;
      expect(verdicts(broken).size).toBeGreaterThan(100);
    }),
    { seed: SEED, numRuns: RUNS },
  );
}, 120_000);

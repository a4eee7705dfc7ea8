/** Each construct in a stack of somebody else's, without the others. */
// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment */
import { App, Stack } from 'aws-cdk-lib';
import { Vpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import {
  AuroraPostgres,
  DataKey,
  DataLake,
  DataSecrets,
  DataSecurityGroups,
  DataTable,
  RedisCache,
  TaskRoleAccess,
} from '../../../src/constructs/data-layer/index.js';
import { ENV, onlyResource, resourcesOf, resourceWith, templateOf } from './data-layer-stacks.js';

function emptyStack(env: typeof ENV | undefined = ENV) {
  const stack = new Stack(new App({ analyticsReporting: false }), 'Theirs', { env });
  const key = new Key(stack, 'TheirKey');
  const reader = new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
  return { stack, key, reader };
}

function emptyVpc(stack: Stack): Vpc {
  const subnetConfiguration = [{ name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED }];
  return new Vpc(stack, 'TheirVpc', { maxAzs: 2, natGateways: 0, subnetConfiguration });
}

function statementsOf(stack: Stack): { Action: string | string[]; Resource: unknown; Condition?: unknown }[] {
  return resourcesOf(templateOf(stack), 'AWS::IAM::Policy').flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement as never[],
  );
}

describe('DataKey', () => {
  it("a grant on it goes to the grantee, and does not widen the key's policy", () => {
    const { stack, reader } = emptyStack();
    const { key } = new DataKey(stack, 'Key');
    const before = 5;
    key.grantEncryptDecrypt(reader);
    const template = templateOf(stack);
    const made = resourceWith(template, 'AWS::KMS::Key', 'Description', 'Data key');
    expect(made.Properties.KeyPolicy.Statement).toHaveLength(before);
    expect(statementsOf(stack)).toContainEqual(
      expect.objectContaining({ Action: expect.arrayContaining(['kms:Decrypt']) as unknown }),
    );
  });

  it('in a stack without an account or a Region, its policy takes those of the deployment', () => {
    const stack = new Stack(new App({ analyticsReporting: false }), 'Anywhere');
    new DataKey(stack, 'Key', { services: ['s3'] });
    const { Statement } = onlyResource(templateOf(stack), 'AWS::KMS::Key').Properties.KeyPolicy;
    expect(JSON.stringify(Statement)).toContain('{"Fn::Join":["",["s3.",{"Ref":"AWS::Region"},".amazonaws.com"]]}');
  });
});

describe('DataSecrets', () => {
  it('a grant lets the grantee read one secret, and decrypt that one only', () => {
    const { stack, reader } = emptyStack();
    const { key } = new DataKey(stack, 'Key');
    const { apiKeys } = new DataSecrets(stack, 'Secrets', { encryptionKey: key });
    apiKeys.grantRead(reader);
    const secret = stack.resolve(apiKeys.secretArn) as unknown;
    expect(statementsOf(stack)).toEqual([
      expect.objectContaining({
        Action: ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret'],
        Resource: secret,
      }),
      expect.objectContaining({
        Action: 'kms:Decrypt',
        Resource: stack.resolve(key.keyArn) as unknown,
        Condition: {
          StringEquals: {
            'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com',
            'kms:EncryptionContext:SecretARN': secret,
          },
        },
      }),
    ]);
  });
});

describe('AuroraPostgres', () => {
  const { stack, key, reader } = emptyStack();
  const vpc = emptyVpc(stack);
  const groups = new DataSecurityGroups(stack, 'Groups', { vpc });
  const aurora = new AuroraPostgres(stack, 'Aurora', {
    vpc,
    securityGroups: groups.database,
    availabilityZones: ['us-east-1a', 'us-east-1b'],
    encryptionKey: key,
  });
  aurora.grantConnect(reader, 'reporting');
  aurora.grantMasterSecret(reader);

  it('grantConnect lets the grantee sign in as one user', () => {
    const statement = statementsOf(stack).find(({ Action }) => Action === 'rds-db:connect');
    expect(JSON.stringify(statement?.Resource)).toContain('/reporting');
  });

  it("a grant on the master user's secret lets the grantee decrypt it too", () => {
    expect(statementsOf(stack).flatMap(({ Action }) => Action)).toEqual(
      expect.arrayContaining(['secretsmanager:GetSecretValue', 'kms:Decrypt']),
    );
  });

  it("has metrics, connections and the master user's secret", () => {
    expect(stack.resolve(aurora.cluster.metricCPUUtilization().dimensions)).toHaveProperty('DBClusterIdentifier');
    expect(aurora.connections.securityGroups).toEqual(groups.database);
    expect(stack.resolve(aurora.masterSecret.secretArn)).toMatchObject({
      'Fn::GetAtt': [expect.any(String), 'MasterUserSecret.SecretArn'],
    });
  });
});

describe('DataTable', () => {
  it('a grant lets the grantee read the table and its indexes, and decrypt', () => {
    const { stack, key, reader } = emptyStack();
    const table = new DataTable(stack, 'Table', {
      tableName: 'Theirs',
      partitionKey: { name: 'Id' },
      indexes: [{ name: 'ByName', partitionKey: { name: 'Name' } }],
      encryptionKey: Key.fromKeyArn(stack, 'K', key.keyArn),
    });
    table.grantReadData(reader);
    const statements = statementsOf(stack);
    const read = statements.find(({ Action }) => Action.includes('dynamodb:GetItem'));
    expect(read).toBeDefined();
    expect(read?.Action).not.toContain('dynamodb:PutItem');
    expect(JSON.stringify(read?.Resource)).toContain('/index/*');
    expect(statements.flatMap(({ Action }) => Action)).toContain('kms:Decrypt');
    expect(table.table.metricUserErrors().namespace).toBe('AWS/DynamoDB');
  });
});

describe('DataLake', () => {
  it("logs are delivered by policy, whatever the app's feature flags say", () => {
    const { stack, key } = emptyStack();
    new DataLake(stack, 'Lake', { encryptionKey: key });
    for (const bucket of resourcesOf(templateOf(stack), 'AWS::S3::Bucket')) {
      expect(bucket.Properties.AccessControl).toBeUndefined();
    }
    const policies = JSON.stringify(resourcesOf(templateOf(stack), 'AWS::S3::BucketPolicy'));
    expect(policies.match(/logging\.s3\.amazonaws\.com/g)).toHaveLength(2);
  });

  it('a grant on a prefix holds for that prefix', () => {
    const { stack, key, reader } = emptyStack();
    new DataLake(stack, 'Lake', { encryptionKey: key }).grantRead(reader, 'raw/*');
    const read = statementsOf(stack).find(({ Action }) => JSON.stringify(Action).includes('s3:GetObject'));
    expect(JSON.stringify(read?.Resource)).toContain('/raw/*');
  });
});

describe('RedisCache', () => {
  const { stack, key, reader } = emptyStack();
  const vpc = emptyVpc(stack);
  const cache = new RedisCache(stack, 'Cache', {
    subnetIds: vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
    securityGroups: new DataSecurityGroups(stack, 'Groups', { vpc }).redis,
    encryptionKey: key,
    secret: Secret.fromSecretNameV2(stack, 'Secret', 'theirs'),
  });

  it('a grant lets the grantee read its credential', () => {
    cache.grantCredential(reader);
    expect(statementsOf(stack).flatMap(({ Action }) => Action)).toContain('secretsmanager:GetSecretValue');
  });

  it('has metrics for each node', () => {
    expect(cache.metricEngineCpuUtilization(2).dimensions).toEqual({
      CacheClusterId: `${cache.replicationGroup.replicationGroupId}-002`,
    });
  });
});

describe('TaskRoleAccess', () => {
  it('gives a role that exists the secrets that it is told, and nothing else', () => {
    const { stack, key } = emptyStack();
    const secret = new Secret(stack, 'Secret', { encryptionKey: key });
    const role = Role.fromRoleName(stack, 'Tasks', 'Tasks');
    new TaskRoleAccess(stack, 'Access', { secrets: [secret], encryptionKey: key, role });
    const { RoleName, PolicyDocument } = onlyResource(templateOf(stack), 'AWS::IAM::RolePolicy').Properties;
    expect(RoleName).toBe('Tasks');
    expect(PolicyDocument.Statement).toHaveLength(2);
  });
});

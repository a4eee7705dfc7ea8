// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment */
import { App } from 'aws-cdk-lib';
import { describe, expect, it } from 'vitest';
import { DataLayerStack, parseDataLayer } from '../../../src/constructs/data-layer/index.js';
import type { DataLayerInput } from '../../../src/config/sections/data-layer.js';
import type { OptOut } from '../../../src/config/sections/data-layer-opt-outs.js';
import { OPT_OUTS } from '../../../src/config/sections/data-layer-opt-outs.js';
import {
  EXISTING_NETWORK,
  onlyResource,
  resourcesOf,
  resourceWith,
  stackOf,
  synthesized,
  templateOf,
} from './data-layer-stacks.js';

const network = EXISTING_NETWORK;

describe('a requirement is given up by name and with a reason only', () => {
  const cases: readonly [OptOut, DataLayerInput][] = [
    ['aurora-backup-retention', { aurora: { backupRetentionDays: 7 } }],
    ['aurora-deletion-protection', { aurora: { deletionProtection: false } }],
    ['aurora-force-ssl', { aurora: { parameters: { 'rds.force_ssl': '0' } } }],
    ['aurora-iam-auth', { aurora: { iamAuthentication: false } }],
    ['aurora-multi-az', { aurora: { readers: 0 } }],
    ['aurora-no-literals-in-logs', { aurora: { parameters: { log_parameter_max_length: '-1' } } }],
    ['aurora-parameters', { aurora: { parameters: { log_statement: 'none' } } }],
    ['aurora-performance-insights', { aurora: { databaseInsights: 'off' } }],
    ['aurora-reader-scaling', { aurora: { readerScaling: { max: 3 } } }],
    ['aurora-supported-version', { aurora: { engineVersion: '13.23' } }],
    ['dynamodb-deletion-protection', { dynamodb: { deletionProtection: false } }],
    ['dynamodb-pitr', { dynamodb: { recoveryDays: 7 } }],
    ['dynamodb-scaling', { dynamodb: { billing: 'on-demand' } }],
    ['redis-failover', { redis: { replicas: 0 } }],
    ['redis-snapshots', { redis: { snapshotDays: 1 } }],
    ['s3-replication', { dataLake: { replicate: false } }],
    ['data-removed-with-stack', { removal: 'destroy' }],
    ['stack-termination-protection', { terminationProtection: false }],
  ];

  /** Only the part that a case is about: the others take time. */
  function withItsPart(layer: DataLayerInput): DataLayerInput {
    const parts = { aurora: 'aurora', dynamodb: 'dynamodb', dataLake: 'data-lake', redis: 'redis' } as const;
    const [key] = Object.keys(layer).filter((each) => each in parts);
    return { network, parts: [key === undefined ? 'dynamodb' : parts[key as keyof typeof parts]], ...layer };
  }

  it('every opt-out has a case', () => {
    expect(cases.map(([optOut]) => optOut).sort()).toEqual(Object.keys(OPT_OUTS).sort());
  });

  it.each(cases)('%s: refused without a reason', (optOut, layer) => {
    expect(() => stackOf(withItsPart(layer))).toThrow(`gives up the requirement ${optOut}`);
  });

  it.each(cases)("%s: built with a reason, which stands in the template's metadata", (optOut, layer) => {
    const template = templateOf(stackOf({ ...withItsPart(layer), optOuts: { [optOut]: 'for the test' } }).stack);
    const recorded = template.Metadata?.Holdfast?.optOuts ?? [];
    expect(recorded.length).toBeGreaterThan(0);
    for (const each of recorded) expect(each).toMatchObject({ control: optOut, reason: 'for the test' });
  });

  it('a blank reason is none', () => {
    const layer: DataLayerInput = { aurora: { readers: 0 }, optOuts: { 'aurora-multi-az': ' ' } };
    expect(() => stackOf(withItsPart(layer))).toThrow('Give a value');
  });

  it('the default gives up nothing', () => {
    expect(templateOf(stackOf({ network }).stack).Metadata?.Holdfast).toBeUndefined();
  });
});

describe('parts', () => {
  it('Aurora alone: the key is for RDS and Secrets Manager only, and there are no buckets, tables or caches', () => {
    const template = synthesized({ parts: ['aurora'] });
    const types = new Set(Object.values(template.Resources).map(({ Type }) => Type.split('::')[1]));
    for (const service of ['S3', 'DynamoDB', 'ElastiCache']) expect(types).not.toContain(service);
    const [, , use] = onlyResource(template, 'AWS::KMS::Key').Properties.KeyPolicy.Statement;
    expect(use.Condition.StringEquals['kms:ViaService']).toEqual([
      'secretsmanager.us-east-1.amazonaws.com',
      'rds.us-east-1.amazonaws.com',
    ]);
    const names = resourcesOf(template, 'AWS::SecretsManager::Secret').map(
      ({ Properties }) => Properties.Name as string,
    );
    expect(names.sort()).toEqual(['fintech/api-keys', 'fintech/db-credentials', 'fintech/encryption-key']);
  });

  it('without database and cache, no network is asked for', () => {
    const template = templateOf(stackOf({ parts: ['dynamodb', 'data-lake'] }).stack);
    expect(resourcesOf(template, 'AWS::EC2::SecurityGroup')).toEqual([]);
    expect(resourcesOf(template, 'AWS::DynamoDB::Table')).toHaveLength(3);
  });
});

describe('network', () => {
  it('none: refused, and the ways out are named', () => {
    expect(() => stackOf()).toThrow(expect.objectContaining({ hint: expect.stringContaining('createCidr') as string }));
  });

  it('two at once: refused', () => {
    expect(() => stackOf({ network: { ...network, createCidr: '10.80.0.0/22' } })).toThrow('one network only');
  });

  it('one subnet: refused', () => {
    expect(() => stackOf({ network: { ...network, subnetIds: network.subnetIds.slice(1) } })).toThrow('1 subnet');
  });

  it('existing groups of the application are let in, and are not changed', () => {
    const { vpcId, subnetIds } = network;
    const application = 'sg-0a1b2c3d4e5f6789f';
    const { stack } = stackOf({ network: { vpcId, subnetIds, applicationSecurityGroupIds: [application] } });
    const template = templateOf(stack);
    const rules = resourcesOf(template, 'AWS::EC2::SecurityGroupIngress').map(({ Properties }) => [
      Properties.SourceSecurityGroupId as string,
      Properties.FromPort as number,
    ]);
    expect(rules).toEqual([
      [application, 5432],
      [application, 6379],
    ]);
    expect(resourcesOf(template, 'AWS::EC2::SecurityGroupEgress')).toEqual([]);
  });
});

describe('further options', () => {
  it("tables of a team, beside the runbook's and in the place of one", () => {
    const template = synthesized({
      parts: ['dynamodb'],
      dynamodb: {
        tables: [
          { name: 'Limits', partitionKey: { name: 'Id', type: 'N' }, minCapacity: 5, timeToLiveAttribute: 'ExpiresAt' },
          { name: 'Accounts', partitionKey: { name: 'Iban' } },
        ],
      },
    });
    expect(resourcesOf(template, 'AWS::DynamoDB::Table')).toHaveLength(4);
    expect(resourceWith(template, 'AWS::DynamoDB::Table', 'TableName', 'FinTechLimits').Properties).toMatchObject({
      AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'N' }],
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 5 },
      TimeToLiveSpecification: { AttributeName: 'ExpiresAt', Enabled: true },
    });
    const accounts = resourceWith(template, 'AWS::DynamoDB::Table', 'TableName', 'FinTechAccounts');
    expect(accounts.Properties.KeySchema).toEqual([{ AttributeName: 'Iban', KeyType: 'HASH' }]);
    expect(accounts.Properties.GlobalSecondaryIndexes).toBeUndefined();
  });

  it('a replica in another Region: its key and Region are in the role and the rule', () => {
    const keyArn = 'arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const existingReplica = { bucketName: 'replica-eu', keyArn, account: '444455556666' };
    const template = synthesized({ parts: ['data-lake'], dataLake: { existingReplica } });
    expect(resourcesOf(template, 'AWS::S3::Bucket')).toHaveLength(2);
    const description = 'S3 copies the data lake into its replica';
    const role = resourceWith(template, 'AWS::IAM::Role', 'Description', description);
    const policy = JSON.stringify(role.Properties.Policies);
    expect(policy).toContain('s3.eu-west-1.amazonaws.com');
    expect(policy).toContain(keyArn);
    expect(policy).toContain('"s3:ObjectOwnerOverrideToBucketOwner"');
    const { account: _, ...ownAccount } = existingReplica;
    const within = synthesized({ parts: ['data-lake'], dataLake: { existingReplica: ownAccount } });
    expect(JSON.stringify(within)).not.toMatch(/ObjectOwnerOverride|AccessControlTranslation/);
    const [bucket] = resourcesOf(template, 'AWS::S3::Bucket').filter(
      ({ Properties }) => Properties.ReplicationConfiguration,
    );
    expect(bucket?.Properties.ReplicationConfiguration.Rules[0].Destination).toMatchObject({
      Account: '444455556666',
      EncryptionConfiguration: { ReplicaKmsKeyID: keyArn },
      AccessControlTranslation: { Owner: 'Destination' },
    });
  });

  it('an existing key: none is made, and everything uses it', () => {
    const existingKeyArn = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    const template = templateOf(stackOf({ network, key: { existingKeyArn } }).stack);
    expect(resourcesOf(template, 'AWS::KMS::Key')).toEqual([]);
    expect(onlyResource(template, 'AWS::RDS::DBCluster').Properties.KmsKeyId).toBe(existingKeyArn);
  });

  it('Redis OSS with users: the user called default is there, and may do nothing', () => {
    const template = templateOf(stackOf({ network, redis: { engine: 'redis' } }).stack);
    const user = resourceWith(template, 'AWS::ElastiCache::User', 'UserName', 'default');
    expect(user.Properties.AccessString).toBe('off ~* -@all');
    expect(onlyResource(template, 'AWS::ElastiCache::UserGroup').Properties.UserIds).toHaveLength(2);
  });

  it('supplied secrets: made without a value, and read by the task role', () => {
    const secrets = [{ name: 'fintech/webhooks', description: 'Signing keys of webhooks' }];
    const template = templateOf(stackOf({ network, secrets }).stack);
    const secret = resourceWith(template, 'AWS::SecretsManager::Secret', 'Name', 'fintech/webhooks');
    expect(secret.Properties).not.toHaveProperty('GenerateSecretString');
    const [read] = onlyResource(template, 'AWS::IAM::RolePolicy').Properties.PolicyDocument.Statement;
    expect(read.Resource).toHaveLength(5);
  });

  it('three readers are spread over the zones', () => {
    const template = templateOf(stackOf({ network, aurora: { readers: 3 } }).stack);
    const zones = resourcesOf(template, 'AWS::RDS::DBInstance').map(
      ({ Properties }) => Properties.AvailabilityZone as string,
    );
    expect(zones).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1a', 'us-east-1b']);
  });

  it('another prefix and stage: in every name', () => {
    const template = templateOf(stackOf({ network, prefix: 'acme', displayPrefix: 'Acme', stage: 'test' }).stack);
    expect(/fintech[-_/]|FinTech(?!Global)/.exec(JSON.stringify(template))).toBeNull();
    expect(onlyResource(template, 'AWS::KMS::Alias').Properties.AliasName).toBe('alias/acme-test-key');
  });

  it("databases to back up: a role's secret that the task role does not read, and a group for the jobs", () => {
    const template = synthesized({}, { backups: true });
    const secret = resourceWith(template, 'AWS::SecretsManager::Secret', 'Name', 'fintech/backup-credentials');
    const { SecretStringTemplate } = secret.Properties.GenerateSecretString;
    expect(JSON.parse(SecretStringTemplate as string)).toMatchObject({ username: 'fintech_backup' });
    expect(resourcesOf(template, 'AWS::SecretsManager::SecretTargetAttachment')).toHaveLength(2);
    const [read] = onlyResource(template, 'AWS::IAM::RolePolicy').Properties.PolicyDocument.Statement;
    expect(read.Resource).toHaveLength(4);
    resourceWith(template, 'AWS::EC2::SecurityGroup', 'GroupDescription', 'Backups of the databases in the data layer');
  });
});

describe('a section that is wrong', () => {
  it.each<[string, DataLayerInput, string]>([
    ['a prefix with capitals', { prefix: 'FinTech' }, 'prefix'],
    ['a long prefix', { prefix: 'a'.repeat(17) }, 'prefix'],
    ['a window without days', { aurora: { maintenanceWindow: '03:00-04:00' } }, 'aurora.maintenanceWindow'],
    ["a secret's name that looks like a suffix", { secrets: [{ name: 'fintech/db-secret' }] }, 'secrets[0].name'],
    ['a version without its minor', { aurora: { engineVersion: '17' } }, 'aurora.engineVersion'],
    ['an administrator that is no ARN', { key: { administrators: ['Admins'] } }, 'key.administrators[0]'],
  ])('%s is refused, and named', (_name, layer, path) => {
    expect(() => parseDataLayer(layer)).toThrow(path);
  });

  it('names of buckets that would be too long are refused, with what to shorten', () => {
    const layer = parseDataLayer({ parts: ['data-lake'], prefix: 'a'.repeat(16), stage: 'staging1' });
    const env = { account: '111122223333', region: 'ap-southeast-1' };
    expect(() => new DataLayerStack(new App(), 'Far', { env, layer })).toThrow('has 66 characters. Use 3 to 63 ');
  });
});

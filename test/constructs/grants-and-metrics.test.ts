/** What is granted, and what is measured: by our own alarms too. */
// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Stack } from 'aws-cdk-lib';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import { describe, expect, it } from 'vitest';
import { BackupVault } from '../../src/constructs/index.js';
import { resourcesOf, templateOf } from './data-layer/data-layer-stacks.js';
import { EveryDataConstruct, everyJobConstruct, EveryVaultConstruct } from './every-construct.js';
import { actionsOf, allowed, ownRole, ownStack, ownVpc, type Statement } from './own-stack.js';

function dataStack() {
  const stack = ownStack();
  return { stack, data: new EveryDataConstruct(stack, 'Data', ownVpc(stack)), grantee: ownRole(stack) };
}

function granted(stack: Stack, grantee: IGrantable, grant: (grantee: IGrantable) => Grant): readonly Statement[] {
  expect(grant(grantee)).toBeInstanceOf(Grant);
  return allowed(stack);
}

describe('the vault', () => {
  const vaultStack = () => {
    const stack = ownStack();
    return { stack, vault: new BackupVault(stack, 'Vault'), grantee: ownRole(stack) };
  };
  const keyPolicyOf = (stack: Stack) =>
    resourcesOf(templateOf(stack), 'AWS::KMS::Key')[0]!.Properties.KeyPolicy.Statement as readonly Statement[];

  it('grantRestore: reads and decrypts backups under a prefix, and changes nothing', () => {
    const before = keyPolicyOf(vaultStack().stack).length;
    const { stack, vault, grantee } = vaultStack();
    const statements = granted(stack, grantee, (one) => vault.grantRestore(one, 'layer2/shop/'));
    expect(actionsOf(statements)).toEqual(['s3:ListBucket', 's3:GetObject', 's3:GetObjectVersion', 'kms:Decrypt']);
    expect(JSON.stringify(statements)).toContain('/layer2/shop/*');
    const admitted = keyPolicyOf(stack).slice(before);
    expect(actionsOf(admitted)).toEqual(['kms:Decrypt']);
    expect(JSON.stringify(admitted[0])).toContain('kms:ViaService');
  });

  it('grantProve: writes proofs, and no other object', () => {
    const { stack, vault, grantee } = vaultStack();
    const statements = granted(stack, grantee, (one) => vault.grantProve(one));
    expect(actionsOf(statements)).toEqual(['s3:PutObject', 'kms:GenerateDataKey']);
    expect(JSON.stringify(statements.map(({ Resource }) => Resource))).toContain('proof-');
  });

  it('grantPut: stores new objects under a prefix, and reads none', () => {
    const { stack, vault, grantee } = vaultStack();
    const statements = granted(stack, grantee, (one) => vault.grantPut(one, 'layer2/shop/'));
    expect(actionsOf(statements)).toEqual([
      's3:PutObject',
      's3:AbortMultipartUpload',
      'kms:GenerateDataKey',
      'kms:Decrypt',
    ]);
  });

  it("grantAudit: reads settings as the policy of an audit does, and leaves the key's policy as it is", () => {
    const before = keyPolicyOf(vaultStack().stack).length;
    const { stack, vault, grantee } = vaultStack();
    const actions = actionsOf(granted(stack, grantee, (one) => vault.grantAudit(one)));
    const page = readFileSync(path.join(import.meta.dirname, '../../docs/reference/audit-policy.md'), 'utf8');
    for (const action of actions) expect(page).toContain(`"${action}"`);
    expect(actions.filter((action) => /Object$|Decrypt|Put/.test(action))).toEqual([]);
    expect(keyPolicyOf(stack)).toHaveLength(before);
  });

  it("roles without a name get what those with a name get, and the key's policy admits them", () => {
    const stack = ownStack();
    new EveryVaultConstruct(stack, 'Every');
    const template = templateOf(stack);
    const policies = resourcesOf(template, 'AWS::IAM::Policy').map(
      ({ Properties }) => Properties.PolicyDocument.Statement as readonly Statement[],
    );
    const [restore, drill] = policies.map(actionsOf);
    expect(restore).toEqual(['s3:ListBucket', 's3:GetObject', 's3:GetObjectVersion', 'kms:Decrypt']);
    expect(drill).toEqual([...restore!, 's3:PutObject', 'kms:GenerateDataKey']);
    const key = resourcesOf(template, 'AWS::KMS::Key').find(({ Properties }) =>
      JSON.stringify(Properties.KeyPolicy).includes('RolesRestore'),
    );
    expect(JSON.stringify(key)).toContain('RolesDrill');
  });
});

describe('the parts of a data layer', () => {
  it("secrets: grantRead reads and decrypts all that the tasks read, and not the backup's", () => {
    const { stack, data, grantee } = dataStack();
    const statements = granted(stack, grantee, (one) => data.secrets.grantRead(one));
    const text = JSON.stringify(statements);
    for (const secret of data.secrets.forTasks) {
      expect(text).toContain(JSON.stringify(stack.resolve(secret.secretArn)));
    }
    expect(text).not.toContain(JSON.stringify(stack.resolve(data.secrets.backupUser!.secretArn)));
    expect(actionsOf(statements)).toContain('kms:Decrypt');
  });

  it.each<[string, (data: EveryDataConstruct) => (grantee: IGrantable) => Grant, string]>([
    [
      'aurora.grantConnect',
      ({ aurora }) =>
        (one) =>
          aurora.grantConnect(one, 'app'),
      'rds-db:connect',
    ],
    [
      'aurora.grantMasterSecret',
      ({ aurora }) =>
        (one) =>
          aurora.grantMasterSecret(one),
      'secretsmanager:GetSecretValue',
    ],
    [
      'table.grantReadData',
      ({ table }) =>
        (one) =>
          table.grantReadData(one),
      'dynamodb:GetItem',
    ],
    [
      'table.grantReadWriteData',
      ({ table }) =>
        (one) =>
          table.grantReadWriteData(one),
      'dynamodb:PutItem',
    ],
    [
      'lake.grantRead',
      ({ lake }) =>
        (one) =>
          lake.grantRead(one, 'raw/*'),
      's3:GetObject*',
    ],
    [
      'lake.grantReadWrite',
      ({ lake }) =>
        (one) =>
          lake.grantReadWrite(one),
      's3:PutObject',
    ],
    [
      'redis.grantCredential',
      ({ redis }) =>
        (one) =>
          redis.grantCredential(one),
      'secretsmanager:GetSecretValue',
    ],
  ])('%s returns a grant', (_name, grantOf, action) => {
    const { stack, data, grantee } = dataStack();
    expect(actionsOf(granted(stack, grantee, grantOf(data)))).toContain(action);
  });
});

describe('metrics', () => {
  /** What an alarm of a template watches. */
  const watched = (stack: Stack) =>
    resourcesOf(templateOf(stack), 'AWS::CloudWatch::Alarm').map(({ Properties }) => ({
      metricName: Properties.MetricName as unknown,
      namespace: Properties.Namespace as unknown,
      dimensions: Properties.Dimensions as unknown,
      period: Properties.Period as unknown,
      statistic: Properties.Statistic as unknown,
    }));

  function measured(stack: Stack, metric: IMetric) {
    const { metricStat } = metric.toMetricConfig();
    return {
      metricName: metricStat?.metricName,
      namespace: metricStat?.namespace,
      dimensions: metricStat?.dimensions?.map(({ name, value }) => ({
        Name: name,
        Value: stack.resolve(value) as unknown,
      })),
      period: metricStat?.period.toSeconds(),
      statistic: metricStat?.statistic,
    };
  }

  it("the alarms of jobs watch the jobs' own metrics", () => {
    const stack = ownStack();
    const { jobs, foundation } = everyJobConstruct(stack, 'Jobs');
    const alarms = watched(stack);
    expect(alarms).toHaveLength(3);
    expect(alarms).toContainEqual(measured(stack, foundation.metricMissedStarts()));
    for (const job of jobs.values()) expect(alarms).toContainEqual(measured(stack, job.metricFailedBuilds()));
  });

  it("the alarms of rotations watch the rotations' own metrics", () => {
    const { stack, data } = dataStack();
    const alarms = watched(stack);
    expect(alarms).toContainEqual(measured(stack, data.rotation.metricFailed()));
    expect(alarms).toContainEqual(measured(stack, data.watch.metricOverdue()));
  });

  it('take another period or statistic, as those of the CDK do', () => {
    const stack = ownStack();
    const vault = new BackupVault(stack, 'Vault');
    expect(vault.metricObjects({ statistic: 'Maximum' }).statistic).toBe('Maximum');
    expect(vault.metricSize('StandardIAStorage', { label: 'size' }).label).toBe('size');
    expect(vault.metricSize().dimensions).toMatchObject({ StorageType: 'StandardStorage' });
  });
});

/** Section 6.1 of the runbook, in the stack that a config makes. */
// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment */
import { beforeAll, describe, expect, it } from 'vitest';
import type { DataLayerInput } from '../../../src/config/sections/data-layer.js';
import { ROTATION_TAG } from '../../../src/policies/index.js';
import { appOf } from '../backup/backup-app.js';
import { idOf, resourcesOf, resourceWith, synthesized, type Resource } from './data-layer-stacks.js';
import type { SynthesizedTemplate } from './data-layer-stacks.js';

/** The CDK loads and synthesizes in seconds, on a machine that has nothing else to do. */
const SYNTHESIS_MS = 60_000;

/** The template of a config whose one database lies in the cluster. */
async function configured(dataLayer: DataLayerInput): Promise<SynthesizedTemplate> {
  const app = await appOf({
    environment: 'prod',
    region: 'us-east-1',
    vault: 's3://rds-backup-layer2-prod',
    kmsKeyArn: 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab',
    databases: [{ dbName: 'ledger', dataLayer: true }],
    sourceAccount: { build: { image: '111122223333.dkr.ecr.us-east-1.amazonaws.com/worker:18' } },
    dataLayer: { account: '111122223333', ...dataLayer },
  });
  return app.synth().getStackByName('fintech-data-layer').template as SynthesizedTemplate;
}

let template: SynthesizedTemplate;
beforeAll(async () => {
  template = await configured({
    network: { createCidr: '10.80.0.0/22' },
    secrets: [{ name: 'fintech/webhooks' }],
    alarmEmails: ['oncall@example.com'],
  });
}, SYNTHESIS_MS);

/** The schedules of a secret, wherever the template names it. */
function schedulesOf(of: SynthesizedTemplate, secret: Resource): Resource[] {
  const id = idOf(of, secret);
  return resourcesOf(of, 'AWS::SecretsManager::RotationSchedule').filter(({ Properties }) =>
    JSON.stringify(Properties.SecretId).includes(`"${id}"`),
  );
}

it.each(['fintech/db-credentials', 'fintech/backup-credentials', 'fintech/redis-auth', 'fintech/encryption-key'])(
  '%s rotates each 30 days by a function',
  (name) => {
    const secret = resourceWith(template, 'AWS::SecretsManager::Secret', 'Name', name);
    const [schedule, ...others] = schedulesOf(template, secret);
    expect(others).toEqual([]);
    expect(schedule?.Properties.RotationRules).toEqual({ AutomaticallyAfterDays: 30 });
    expect(schedule?.Properties.RotationLambdaARN).toBeDefined();
  },
);

it('no secret has neither a schedule nor the tag that says that people renew it', () => {
  const secrets = resourcesOf(template, 'AWS::SecretsManager::Secret');
  const manual = secrets.filter((secret) => schedulesOf(template, secret).length === 0);
  expect(manual.map(({ Properties }) => Properties.Name as string).sort()).toEqual([
    'fintech/api-keys',
    'fintech/webhooks',
  ]);
  for (const { Properties } of manual) expect(Properties.Tags).toContainEqual({ Key: ROTATION_TAG, Value: 'manual' });
});

it("the master user's secret has a schedule and no function", () => {
  const [cluster] = resourcesOf(template, 'AWS::RDS::DBCluster');
  const [schedule, ...others] = schedulesOf(template, cluster!);
  expect(others).toEqual([]);
  expect(schedule?.Properties.RotationLambdaARN).toBeUndefined();
});

it('the functions reach Secrets Manager and ElastiCache by the endpoints of the VPC', () => {
  const services = resourcesOf(template, 'AWS::EC2::VPCEndpoint').map(({ Properties }) =>
    JSON.stringify(Properties.ServiceName),
  );
  expect(services.filter((service) => service.includes('elasticache'))).toHaveLength(1);
  expect(services.filter((service) => service.includes('secretsmanager'))).toHaveLength(1);
  const [functions, admitted] = ['AWS::Lambda::Function', 'AWS::EC2::SecurityGroupIngress'].map((type) =>
    resourcesOf(template, type),
  );
  const groups = functions!.flatMap(({ Properties }) => (Properties.VpcConfig?.SecurityGroupIds ?? []) as unknown[]);
  expect(groups).toHaveLength(3);
  for (const group of groups) {
    const ports = admitted!
      .filter(({ Properties }) => JSON.stringify(Properties.SourceSecurityGroupId) === JSON.stringify(group))
      .map(({ Properties }) => Properties.ToPort as unknown);
    // The endpoints, and the database or the cache.
    expect(ports).toContain(443);
    expect(ports).toHaveLength(2);
  }
});

it('no first rotation begins before the way to the database is open', () => {
  const secret = resourceWith(template, 'AWS::SecretsManager::Secret', 'Name', 'fintech/db-credentials');
  const dependencies = schedulesOf(template, secret)[0]!.DependsOn!.map((id) => template.Resources[id]!.Type);
  expect(dependencies).toEqual(
    expect.arrayContaining([
      'AWS::Lambda::Permission',
      'AWS::RDS::DBInstance',
      'AWS::SecretsManager::SecretTargetAttachment',
      'AWS::EC2::SecurityGroupIngress',
      'AWS::EC2::VPCEndpoint',
    ]),
  );
});

it("the backup's role gets what it needs to dump, and cannot write", () => {
  const { Properties } = resourceWith(
    template,
    'AWS::Lambda::Function',
    'FunctionName',
    'fintech-rotation-backup-user',
  );
  const settings = JSON.stringify(Properties.Environment.Variables.HOLDFAST_ROTATION);
  expect(settings).toContain('pg_read_all_data');
  expect(settings).toContain('default_transaction_read_only');
});

it('every alarm of a rotation reaches the addresses of the config, through an encrypted topic', () => {
  const [topic] = resourcesOf(template, 'AWS::SNS::Topic');
  expect(topic?.Properties.KmsMasterKeyId).toBeDefined();
  const alarms = resourcesOf(template, 'AWS::CloudWatch::Alarm');
  // Four functions, and the watch.
  expect(alarms).toHaveLength(5);
  for (const { Properties } of alarms) expect(Properties.AlarmActions).toEqual([{ Ref: idOf(template, topic!) }]);
  const endpoints = resourcesOf(template, 'AWS::SNS::Subscription').map(
    ({ Properties }) => Properties.Endpoint as string,
  );
  expect(endpoints).toEqual(['oncall@example.com']);
});

it("the functions' logs are encrypted and kept as long as the config says", () => {
  const logs = resourcesOf(template, 'AWS::Logs::LogGroup').filter(({ Properties }) =>
    String(Properties.LogGroupName).startsWith('/aws/lambda/'),
  );
  expect(logs).toHaveLength(5);
  for (const { Properties } of logs) {
    expect(Properties.KmsKeyId).toBeDefined();
    expect(Properties.RetentionInDays).toBe(400);
  }
});

describe('other options', () => {
  it(
    "fewer days hold for our secrets and the watch, and leave the master user's at 30",
    async () => {
      const weekly = await configured({ network: { createCidr: '10.80.0.0/22' }, rotation: { days: 7 } });
      const rules = resourcesOf(weekly, 'AWS::SecretsManager::RotationSchedule').map(
        ({ Properties }) =>
          [Properties.RotationRules.AutomaticallyAfterDays, 'RotationLambdaARN' in Properties] as const,
      );
      expect(rules.filter(([, ours]) => ours)).toEqual(Array.from({ length: 4 }, () => [7, true]));
      expect(rules.filter(([, ours]) => !ours)).toEqual([[30, false]]);
      const watch = resourceWith(weekly, 'AWS::Lambda::Function', 'FunctionName', 'fintech-rotation-watch');
      const watched = JSON.stringify(watch.Properties.Environment.Variables.HOLDFAST_ROTATION_WATCH);
      const ages = [...watched.matchAll(/maxAgeDays\W+(\d+)/g)].map((found) => Number(found[1]));
      expect(ages).toEqual([7, 7, 7, 7, 30, 90]);
    },
    SYNTHESIS_MS,
  );

  it('more than 30 days are refused', async () => {
    const given = configured({ network: { createCidr: '10.80.0.0/22' }, rotation: { days: 31 } });
    await expect(given).rejects.toThrow('rotation.days');
  });

  it(
    'groups that are given stay as they are, and an output says whom to let in',
    async () => {
      const own = await configured({
        network: {
          vpcId: 'vpc-0a1b2c3d4e5f67890',
          subnetIds: ['subnet-0a1b2c3d4e5f67890', 'subnet-0a1b2c3d4e5f67891'],
          databaseSecurityGroupIds: ['sg-0a1b2c3d4e5f67891'],
          redisSecurityGroupIds: ['sg-0a1b2c3d4e5f67892'],
        },
      });
      expect(resourcesOf(own, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
      expect(resourcesOf(own, 'AWS::EC2::VPCEndpoint')).toEqual([]);
      const names = Object.keys(own.Outputs ?? {}).filter((name) => name.endsWith('RotationGroup'));
      expect(names.sort()).toEqual(['BackupRotationGroup', 'DatabaseRotationGroup', 'RedisRotationGroup']);
    },
    SYNTHESIS_MS,
  );
});

it("the stack alone, in an app of one's own, has no functions and no endpoint for them", () => {
  const alone = synthesized();
  expect(resourcesOf(alone, 'AWS::Lambda::Function')).toEqual([]);
  expect(JSON.stringify(resourcesOf(alone, 'AWS::EC2::VPCEndpoint'))).not.toContain('elasticache');
});

/** The runbook's validation table (7.1) on the data layer, deployed into the emulator. */
// What stands in a template is compared, and not typed.
/* eslint-disable @typescript-eslint/no-unsafe-member-access */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { beforeAll, expect, it } from 'vitest';
import { resourcesOf, synthesized } from '../../constructs/data-layer/data-layer-stacks.js';
import { useEmulator } from '../../helpers/emulator.js';
import { administrator, aws, clientOptions, SOURCE_ACCOUNT, type Environment } from '../aws/accounts.js';

const STACK = 'fintech-data-layer';
const emulator = useEmulator();
let env: Environment;
let outputs: Readonly<Record<string, string>>;

beforeAll(async () => {
  env = await administrator(emulator, SOURCE_ACCOUNT);
  const client = new CloudFormationClient(clientOptions(env));
  // Without the two sections that ask for a bootstrapped account.
  const { Resources, Outputs } = synthesized();
  // The emulator loads no policies that AWS keeps.
  for (const role of resourcesOf({ Resources }, 'AWS::IAM::Role')) delete role.Properties.ManagedPolicyArns;
  const TemplateBody = JSON.stringify({ Resources, Outputs });
  await client.send(new CreateStackCommand({ StackName: STACK, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'] }));
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName: STACK }));
  const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
  const reasons = failed.map((event) => `${event.LogicalResourceId}: ${event.ResourceStatusReason}`);
  expect(reasons).toEqual([]);
  const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: STACK }));
  expect(Stacks?.[0]).toMatchObject({ StackStatus: 'CREATE_COMPLETE' });
  outputs = Object.fromEntries(
    (Stacks?.[0]?.Outputs ?? []).map((output) => [output.OutputKey ?? '', output.OutputValue ?? '']),
  );
}, 120_000);

// Some releases of the AWS CLI take RDS's endpoint from elsewhere than the environment.
const inAccount = (...args: string[]) => aws(env, '--endpoint-url', emulator.endpoint, ...args, '--output', 'json');

it("KMS ViaService: the key's policy has the condition", async () => {
  const args = ['--key-id', outputs['DataKeyArn'] ?? '', '--policy-name', 'default'];
  const { Policy } = (await inAccount('kms', 'get-key-policy', ...args)) as { Policy: string };
  expect(Policy).toContain('kms:ViaService');
});

it('S3 logging: TargetBucket is populated', async () => {
  const answer = await inAccount('s3api', 'get-bucket-logging', '--bucket', outputs['DataBucket'] ?? '');
  expect(answer).toMatchObject({
    LoggingEnabled: { TargetBucket: 'fintech-prod-logs-111122223333-us-east-1', TargetPrefix: 'source-logs/' },
  });
});

it('Aurora encrypt, parameter group: KmsKeyId is the data key, and log_statement is ddl in the group of the cluster', async () => {
  const { DBClusters } = (await inAccount('rds', 'describe-db-clusters')) as { DBClusters: Record<string, unknown>[] };
  expect(DBClusters).toMatchObject([
    { KmsKeyId: outputs['DataKeyArn'], StorageEncrypted: true, DBClusterParameterGroup: 'fintech-aurora-params' },
  ]);
  const args = ['--db-cluster-parameter-group-name', 'fintech-aurora-params'];
  const { Parameters } = (await inAccount('rds', 'describe-db-cluster-parameters', ...args)) as {
    Parameters: { ParameterName: string; ParameterValue: string }[];
  };
  expect(Parameters).toContainEqual(expect.objectContaining({ ParameterName: 'log_statement', ParameterValue: 'ddl' }));
});

it.each(['FinTechSessions', 'FinTechTransactions', 'FinTechAccounts'])('PITR status of %s: ENABLED', async (table) => {
  const answer = await inAccount('dynamodb', 'describe-continuous-backups', '--table-name', table);
  expect(answer).toMatchObject({
    ContinuousBackupsDescription: {
      PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED', RecoveryPeriodInDays: 35 },
    },
  });
});

it('all secrets are there, and all but the API keys have a value', async () => {
  const { SecretList } = (await inAccount('secretsmanager', 'list-secrets')) as {
    SecretList: { Name: string; KmsKeyId: string; SecretVersionsToStages?: object }[];
  };
  const ours = SecretList.filter(({ Name }) => Name.startsWith('fintech/'));
  expect(ours.map(({ Name }) => Name).sort()).toEqual(
    ['api-keys', 'db-credentials', 'encryption-key', 'redis-auth'].map((name) => `fintech/${name}`),
  );
  const read = async (name: string) => {
    const answer = await inAccount('secretsmanager', 'get-secret-value', '--secret-id', name);
    return JSON.parse((answer as { SecretString: string }).SecretString) as Record<string, string>;
  };
  const { key = '' } = await read('fintech/encryption-key');
  expect(Buffer.from(key, 'hex')).toHaveLength(32);
  expect(await read('fintech/db-credentials')).toMatchObject({
    username: 'fintech_app',
    host: outputs['DatabaseEndpoint'],
  });
  await expect(read('fintech/api-keys')).rejects.toThrow('ResourceNotFoundException');
});

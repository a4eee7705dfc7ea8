/** Stacks of ours in the emulator, each in its account, as a role of that account would read them. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { randomUUID } from 'node:crypto';
import type { ClientOptions } from '../../../src/audit/read-live-facts.js';
import type { ConfigInput } from '../../../src/config/index.js';
import { appOf } from '../../constructs/backup/backup-app.js';
import type { Emulator } from '../../helpers/emulator.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { clientOptions } from '../emulator/stacks.js';

/** For `useEmulator`: roles are given policies that AWS manages, and it reads them when it starts. */
export const WITH_POLICIES_OF_AWS = { MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' } as const;

export const ACCOUNT = '111122223333';
export const BACKUP_ACCOUNT = '444455556666';

/** The data layer, and the backup of a database in its cluster into another account. */
export const DEPLOYED: ConfigInput = {
  environment: 'prod',
  region: 'us-east-1',
  vault: 's3://rds-backup-layer2-prod',
  kmsKeyArn: `arn:aws:kms:us-east-1:${BACKUP_ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  sourceAccount: {
    account: ACCOUNT,
    build: { image: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/holdfast-worker:18` },
  },
  dataLayer: { account: ACCOUNT, network: { createCidr: '10.80.0.0/22' } },
  databases: [{ dbName: 'appdb', dataLayer: true }],
};

/** The account of the vault, with its backups' source left to the other config. */
export const VAULT: ConfigInput = {
  environment: 'prod',
  region: 'us-east-1',
  vault: 's3://rds-backup-layer2-prod',
  backupAccount: { account: BACKUP_ACCOUNT, sources: [{ account: ACCOUNT, databases: ['appdb'] }] },
};

/** Credentials of an account's administrator. */
export async function inAccount(emulator: Emulator, account: string): Promise<ClientOptions> {
  const sts = new STSClient(clientOptions(emulator));
  const RoleArn = `arn:aws:iam::${account}:role/Administrator`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  return {
    region: 'us-east-1',
    endpoint: emulator.endpoint,
    credentials: {
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretAccessKey!,
      sessionToken: Credentials!.SessionToken!,
    },
  };
}

/** Synthesizes the app of a config and makes those of its stacks that are of one account. */
export async function deploy(emulator: Emulator, input: ConfigInput, account: string): Promise<readonly string[]> {
  const cloudFormation = new CloudFormationClient(await inAccount(emulator, account));
  const stacks = (await appOf(input, temporaryDirectory())).synth().stacks;
  const made: string[] = [];
  // A stack gets what an earlier one has put out under the same name.
  const outputs = new Map<string, string>();
  for (const { stackName: StackName, template, environment } of stacks) {
    if (environment.account !== account) continue;
    await putAssets(emulator, account, template as Template);
    const TemplateBody = JSON.stringify(withoutBootstrap(template as Record<string, unknown>));
    const Parameters = Object.keys((template as Template).Parameters ?? {}).flatMap((ParameterKey) => {
      const ParameterValue = outputs.get(ParameterKey);
      return ParameterValue === undefined ? [] : [{ ParameterKey, ParameterValue }];
    });
    await cloudFormation.send(new CreateStackCommand({ StackName, TemplateBody, Parameters, DisableRollback: true }));
    const { Stacks: [stack] = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName }));
    if (stack?.StackStatus !== 'CREATE_COMPLETE') {
      const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
      const failed = StackEvents.filter(({ ResourceStatus }) => ResourceStatus?.endsWith('_FAILED'));
      throw new Error(failed.map((one) => `${one.LogicalResourceId}: ${one.ResourceStatusReason}`).join('\n'));
    }
    for (const { OutputKey = '', OutputValue = '' } of stack.Outputs ?? []) outputs.set(OutputKey, OutputValue);
    made.push(StackName);
  }
  return made;
}

interface Template {
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<
    Record<string, { readonly Properties?: { readonly Code?: { readonly S3Key?: string } } }>
  >;
}

/** An archive with nothing in it: nothing runs in the emulator. */
const EMPTY_ARCHIVE = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');

/** The code of functions, where the CDK's bootstrap stack would have it. */
async function putAssets(emulator: Emulator, account: string, { Resources }: Template): Promise<void> {
  const keys = Object.values(Resources).flatMap(({ Properties }) => Properties?.Code?.S3Key ?? []);
  if (keys.length === 0) return;
  const s3 = new S3Client({ ...(await inAccount(emulator, account)), forcePathStyle: true });
  const Bucket = `cdk-hnb659fds-assets-${account}-us-east-1`;
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket, Key, Body: EMPTY_ARCHIVE }));
}

/** The CDK's check of its own bootstrap stack, which the emulator's account does not have. */
function withoutBootstrap({ Rules: _, Parameters = {}, ...template }: Record<string, unknown>) {
  const { BootstrapVersion: __, ...parameters } = Parameters as Record<string, unknown>;
  return { ...template, Parameters: parameters };
}

/** A user of an account who may do what a policy allows, once policies are enforced. */
export async function auditorOf(
  emulator: Emulator,
  account: string,
  policy: object,
): Promise<{ readonly clientOptions: ClientOptions }> {
  const iam = new IAMClient(await inAccount(emulator, account));
  const UserName = `auditor-${randomUUID()}`;
  const PolicyDocument = JSON.stringify(policy);
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'audit', PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  return { clientOptions: { region: 'us-east-1', endpoint: emulator.endpoint, credentials } };
}

/** All stacks of ours, deployed by the CDK's own toolkit into an account that the CDK's own template has bootstrapped. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BaseCredentials, StackParameters, StackSelectionStrategy, Toolkit, type IIoHost } from '@aws-cdk/toolkit-lib';
import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../../src/config/index.js';
import { appOf, CONFIG } from '../../constructs/backup/backup-app.js';
import { useEmulator } from '../../helpers/emulator.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { clientOptions } from '../../integration/emulator/stacks.js';

const ACCOUNT = '111122223333';
const BACKUP_ACCOUNT = '444455556666';
const BASE = { environment: 'prod', region: 'us-east-1', vault: 's3://rds-backup-layer2-prod' };

const emulator = useEmulator();
const home = temporaryDirectory();
const environment = { ...process.env };
const CHANGED = ['HOME', 'CDK_VALIDATION', 'AWS_ENDPOINT_URL', 'AWS_REGION'];

async function inAccount(account: string) {
  const sts = new STSClient(clientOptions(emulator));
  const RoleArn = `arn:aws:iam::${account}:role/Administrator`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' }));
  const credentials = {
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretAccessKey!,
    sessionToken: Credentials!.SessionToken!,
  };
  return { ...clientOptions(emulator), credentials };
}

/** With the template of `cdk bootstrap` itself. */
async function bootstrap(account: string): Promise<void> {
  const toolkit = dirname(createRequire(import.meta.url).resolve('@aws-cdk/toolkit-lib/package.json'));
  const TemplateBody = readFileSync(join(toolkit, 'lib/api/bootstrap/bootstrap-template.yaml'), 'utf8');
  const client = new CloudFormationClient(await inAccount(account));
  const ParameterKey = 'CloudFormationExecutionPolicies';
  const Parameters = [{ ParameterKey, ParameterValue: 'arn:aws:iam::aws:policy/AdministratorAccess' }];
  await client.send(new CreateStackCommand({ StackName: 'CDKToolkit', TemplateBody, Parameters }));
  expect(await statusOf('CDKToolkit', account)).toBe('CREATE_COMPLETE');
}

/** @returns `undefined` for a stack that is gone */
async function statusOf(StackName: string, account: string): Promise<string | undefined> {
  const client = new CloudFormationClient(await inAccount(account));
  const { Stacks } = await client.send(new DescribeStacksCommand({})).catch(() => ({ Stacks: [] }));
  return Stacks?.find((stack) => stack.StackName === StackName)?.StackStatus;
}

/** A failure is thrown with its reasons; the rest is nobody's business here. */
const QUIET: IIoHost = {
  notify: () => Promise.resolve(),
  requestResponse: (request) => Promise.resolve(request.defaultResponse),
};

/** The toolkit as the administrator of an account, with an assembly of ours. */
async function toolkitOf(account: string, directory: string) {
  const { region, credentials } = await inAccount(account);
  const toolkit = new Toolkit({
    ioHost: QUIET,
    sdkConfig: { baseCredentials: BaseCredentials.custom({ provider: () => Promise.resolve(credentials), region }) },
  });
  const source = await toolkit.fromAssemblyDirectory(directory);
  const stacks = (pattern: string) => ({
    strategy: StackSelectionStrategy.PATTERN_MUST_MATCH_SINGLE,
    patterns: [pattern],
  });
  return {
    async deploy(pattern: string, parameters: Readonly<Record<string, string>> = {}) {
      const options = {
        stacks: stacks(pattern),
        deploymentMethod: { method: 'direct' },
        parameters: StackParameters.exactly({ ...parameters }),
      } as const;
      const { stacks: deployed } = await toolkit.deploy(source, options);
      return deployed[0]!;
    },
    destroy: (pattern: string) => toolkit.destroy(source, { stacks: stacks(pattern) }),
  };
}

beforeAll(async () => {
  process.env.HOME = home;
  process.env.CDK_VALIDATION = 'false';
  Object.assign(process.env, { AWS_ENDPOINT_URL: emulator.endpoint, AWS_REGION: 'us-east-1' });
  await bootstrap(ACCOUNT);
  await bootstrap(BACKUP_ACCOUNT);
});
afterAll(() => {
  for (const name of CHANGED) {
    if (environment[name] === undefined) delete process.env[name];
    else process.env[name] = environment[name];
  }
});

describe("the CDK's toolkit", () => {
  it('deploys the data layer, and deletes it with what is to be kept left there', async () => {
    const outdir = temporaryDirectory();
    const app = await appOf(
      { ...BASE, dataLayer: { account: ACCOUNT, network: { createCidr: '10.80.0.0/22' } } },
      outdir,
    );
    const [stack] = app.synth().stacks;
    const toolkit = await toolkitOf(ACCOUNT, outdir);
    await toolkit.deploy(stack!.hierarchicalId);
    expect(await statusOf(stack!.stackName, ACCOUNT)).toBe('CREATE_COMPLETE');
    const rds = new RDSClient(await inAccount(ACCOUNT));
    const clusters = async () => (await rds.send(new DescribeDBClustersCommand({}))).DBClusters;
    expect(await clusters()).toMatchObject([
      { StorageEncrypted: true, BackupRetentionPeriod: 35, DeletionProtection: true },
    ]);
    const cloudformation = new CloudFormationClient(await inAccount(ACCOUNT));
    const StackName = stack!.stackName;
    await cloudformation.send(
      new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }),
    );
    await toolkit.destroy(stack!.hierarchicalId);
    expect(await statusOf(StackName, ACCOUNT)).toBeUndefined();
    expect(await clusters()).toHaveLength(1);
  });

  it('deploys both stacks of the backups, each in its account', async () => {
    const outdir = temporaryDirectory();
    const input = { ...CONFIG, sourceAccount: { account: ACCOUNT } } as ConfigInput;
    const [backup, source] = (await appOf(input, outdir)).synth().stacks;
    const { outputs } = await (await toolkitOf(BACKUP_ACCOUNT, outdir)).deploy(backup!.hierarchicalId);
    const s3 = new S3Client({ ...emulator.clientOptions, ...(await inAccount(BACKUP_ACCOUNT)) });
    const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket: 'rds-backup-layer2-prod' }));
    expect(Policy).toContain('s3:if-none-match');
    const VaultKeyArn = outputs.VaultKeyArn!;
    await (await toolkitOf(ACCOUNT, outdir)).deploy(source!.hierarchicalId, { VaultKeyArn });
    const codebuild = new CodeBuildClient(await inAccount(ACCOUNT));
    const names = ['rds-pgdump-backup-prod-appdb', 'rds-pgdump-backup-prod-dw'];
    const { projects } = await codebuild.send(new BatchGetProjectsCommand({ names }));
    expect(projects?.map(({ name, concurrentBuildLimit }) => [name, concurrentBuildLimit])).toEqual(
      names.map((name) => [name, 1]),
    );
  });
});

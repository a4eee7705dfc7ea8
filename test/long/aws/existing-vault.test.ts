/**
 * Coming from the source document's module: bucket and key of the backup account exist, with the document's policies,
 * and the config is written from its variables.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateKeyCommand, KMSClient, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateBucketCommand, PutBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployDocument, policyDocument } from '../../../src/cli/json/aws-documents.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from '../../integration/cli/run-json.js';
import {
  BACKUP_ACCOUNT,
  bootstrap,
  clientOptions,
  deployerEnvironment,
  SOURCE_ACCOUNT,
  type Environment,
} from '../../integration/aws/accounts.js';

const BUCKET = 'rds-backup-layer2-prod';
const OLD_ROLE = `arn:aws:iam::${SOURCE_ACCOUNT}:role/rds-pgdump-codebuild-role-prod`;

const emulator = useEmulator();
const cwd = temporaryDirectory();
let env: Environment;
let backup: { readonly s3: S3Client; readonly kms: KMSClient; readonly stacks: CloudFormationClient };
let keyArn: string;

beforeAll(async () => {
  env = deployerEnvironment(emulator, temporaryDirectory());
  const [inBackup] = await Promise.all([bootstrap(emulator, BACKUP_ACCOUNT), bootstrap(emulator, SOURCE_ACCOUNT)]);
  const options = clientOptions(inBackup);
  backup = { s3: new S3Client(options), kms: new KMSClient(options), stacks: new CloudFormationClient(options) };
  const { KeyMetadata } = await backup.kms.send(
    new CreateKeyCommand({ Description: 'Layer2 CMK for pg_dump backups' }),
  );
  keyArn = KeyMetadata?.Arn ?? '';
  await backup.s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
  await putPolicies(documentsPolicies());
  const tfvars = (await readFile(join(import.meta.dirname, '../../config/fixtures/layer2.tfvars'), 'utf8'))
    .replaceAll('<SRC_ACCT>', SOURCE_ACCOUNT)
    .replaceAll(/-(?:xxx|yyy)\.us/g, '-c1a2b3c4d5e6.us')
    .replace(/^(backup_account_kms_arn *= *).*$/m, `$1"${keyArn}"`);
  await writeFile(join(cwd, 'terraform.tfvars'), tfvars);
  const written = await runHoldfast(['init', '--from', 'terraform.tfvars', '--output', 'holdfast.yaml'], { cwd });
  expect(written.code, written.stderr).toBe(0);
  const roles = (await readFile(join(cwd, 'holdfast.yaml'), 'utf8'))
    .replace(/^( *)(account: .*444455556666.*)$/m, `$1$2\n$1roleArn: arn:aws:iam::${BACKUP_ACCOUNT}:role/Deploy`)
    .replace(/^( *)(account: .*111122223333.*)$/m, `$1$2\n$1roleArn: arn:aws:iam::${SOURCE_ACCOUNT}:role/Deploy`);
  await writeFile(join(cwd, 'holdfast.yaml'), roles);
}, 60_000);
afterAll(() => {
  for (const client of Object.values(backup ?? {})) client.destroy();
});

/** Of bucket and key, as the document has them. */
function documentsPolicies() {
  const role = { AWS: OLD_ROLE };
  return {
    bucket: [
      {
        Effect: 'Allow',
        Principal: role,
        Action: ['s3:PutObject', 's3:PutObjectAcl'],
        Resource: `arn:aws:s3:::${BUCKET}/*`,
      },
    ],
    key: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${BACKUP_ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Allow',
        Principal: role,
        Action: ['kms:Encrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'],
        Resource: '*',
      },
    ],
  };
}

async function putPolicies({ bucket, key }: { readonly bucket: readonly unknown[]; readonly key: readonly unknown[] }) {
  const policy = (Statement: readonly unknown[]) => JSON.stringify({ Version: '2012-10-17', Statement });
  await backup.s3.send(new PutBucketPolicyCommand({ Bucket: BUCKET, Policy: policy(bucket) }));
  await backup.kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, PolicyName: 'default', Policy: policy(key) }));
}

async function stacks(): Promise<string[]> {
  const { Stacks = [] } = await backup.stacks.send(new DescribeStacksCommand({}));
  return Stacks.map(({ StackName = '' }) => StackName);
}

const DEPLOY = ['deploy', '--require-approval', 'never', '--method', 'direct'];

// 18.A2
describe('a vault that exists', () => {
  it('is what `init` writes of the tfvars, key and bucket', async () => {
    const config = await readFile(join(cwd, 'holdfast.yaml'), 'utf8');
    expect(config).toMatch(new RegExp(`existingBucket: "?${BUCKET}`));
    expect(config).toContain(keyArn);
  });

  it.each([
    [
      'a key of its own beside kmsKeyArn',
      (text: string) => text.replace(/^ *existing(?:Bucket|KeyArn): .*\n/gm, ''),
      /would make another key/,
    ],
    [
      'a bucket that is not there',
      (text: string) => text.replaceAll(BUCKET, 'another-bucket-of-ours'),
      /no such bucket/,
    ],
    [
      'a key that is not there',
      (text: string) => text.replaceAll(keyArn, keyArn.replace(/.{12}$/, '0'.repeat(12))),
      /no such key/,
    ],
  ])('is asked for before anything is deployed: %s', async (_, change, message) => {
    await writeFile(join(cwd, 'other.yaml'), change(await readFile(join(cwd, 'holdfast.yaml'), 'utf8')));
    const failed = await runFailing([...DEPLOY, '--config', 'other.yaml'], { cwd, env });
    expect(failed).toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringMatching(message) as string });
    expect(await stacks()).toEqual([]);
  });

  it('is deployed to, and each job that its policies refuse is named, with the policy and the way out', async () => {
    const { writers } = await runJson(deployDocument, DEPLOY, { cwd, env, exitCode: 3 });
    expect(writers.map(({ database, verdict }) => [database, verdict])).toEqual([
      ['appdb', 'refused'],
      ['dw', 'refused'],
    ]);
    expect(writers[0]?.problem).toMatch(/may not store .*layer2\/appdb\/.*the bucket's policy does not allow it/);
    const { stdout } = await runHoldfast(DEPLOY, { cwd, env });
    expect(stdout).toMatch(/refuse the backups of 2 of 2 jobs/);
    expect(stdout).toContain('holdfast policy bucket --compare');
  });

  it('takes the backups once its policies are those that `policy` prints; what one lacks is said', async () => {
    const statements = async (kind: 'bucket' | 'key') => {
      const { policy } = await runJson(policyDocument, ['policy', kind], { cwd, env });
      return policy.document?.Statement ?? [];
    };
    const printed = { bucket: await statements('bucket'), key: await statements('key') };
    await putPolicies(printed);
    const { writers } = await runJson(deployDocument, DEPLOY, { cwd, env });
    expect(writers.map(({ verdict }) => verdict)).toEqual(['allowed', 'allowed']);

    const isDwsKey = (statement: object) => JSON.stringify(statement).includes('/layer2/dw/');
    await putPolicies({ ...printed, key: printed.key.filter((statement) => !isDwsKey(statement)) });
    const narrowed = await runJson(deployDocument, DEPLOY, { cwd, env, exitCode: 3 });
    expect(narrowed.writers).toMatchObject([
      { database: 'appdb', verdict: 'allowed' },
      {
        database: 'dw',
        verdict: 'refused',
        problem: expect.stringMatching(/kms:GenerateDataKey.*key's policy/) as string,
      },
    ]);

    const elsewhere = {
      Sid: 'OnlyOurNetwork',
      Effect: 'Deny',
      Principal: '*',
      Action: 's3:*',
      Resource: `arn:aws:s3:::${BUCKET}/*`,
      Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } },
    };
    await putPolicies({ ...printed, bucket: [...printed.bucket, elsewhere] });
    const open = await runJson(deployDocument, DEPLOY, { cwd, env });
    expect(open.writers[0]).toMatchObject({
      verdict: 'not-checked',
      problem: expect.stringContaining('OnlyOurNetwork') as string,
    });
  });
});

/** From a config to a backup in another account: deployed, backed up by what was deployed, looked at, deleted. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { BatchGetProjectsCommand, CodeBuildClient, type Project } from '@aws-sdk/client-codebuild';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  GetObjectLockConfigurationCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  deployDocument,
  destroyDocument,
  diffDocument,
  policyDocument,
  secretSetDocument,
} from '../../../src/cli/json/aws-documents.js';
import { checkDocument } from '../../../src/cli/json/documents.js';
import { useEmulator } from '../../helpers/emulator.js';
import { startPasswordServer, type PasswordServer } from '../../helpers/password-server.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from '../cli/run-json.js';
import { SHOP_SQL } from '../cli/shop.js';
import {
  asRole,
  aws,
  BACKUP_ACCOUNT,
  bootstrap,
  clientOptions,
  configOf,
  deployerEnvironment,
  SOURCE_ACCOUNT,
  type Environment,
} from './accounts.js';

const VAULT = 'rds-backup-layer2-prod';
const PROJECT = 'rds-pgdump-backup-prod-shop';
const BACKUP_STACK = 'rds-backup-layer2-prod';
const SOURCE_STACK = 'rds-pgdump-backup-prod';
const WRITER_ROLE = `arn:aws:iam::${SOURCE_ACCOUNT}:role/rds-pgdump-codebuild-role-prod-shop`;
const PASSWORD = 'pa55-w0rd:%/@';

const emulator = useEmulator();
const cwd = temporaryDirectory();
let postgres: PasswordServer;
let deployer: Environment;
let inBackup: Environment;
let inSource: Environment;
let backup: { readonly s3: S3Client; readonly stacks: CloudFormationClient };
let source: {
  readonly s3: S3Client;
  readonly stacks: CloudFormationClient;
  readonly secrets: SecretsManagerClient;
  readonly builds: CodeBuildClient;
};
let keyArn: string;
let project: Project;

beforeAll(async () => {
  deployer = deployerEnvironment(emulator, temporaryDirectory());
  [inBackup, inSource, postgres] = await Promise.all([
    bootstrap(emulator, BACKUP_ACCOUNT),
    bootstrap(emulator, SOURCE_ACCOUNT),
    startPasswordServer(),
  ]);
  backup = { s3: new S3Client(clientOptions(inBackup)), stacks: new CloudFormationClient(clientOptions(inBackup)) };
  source = {
    s3: new S3Client(clientOptions(inSource)),
    stacks: new CloudFormationClient(clientOptions(inSource)),
    secrets: new SecretsManagerClient(clientOptions(inSource)),
    builds: new CodeBuildClient(clientOptions(inSource)),
  };
  const shop = await postgres.createDatabase(SHOP_SQL);
  await postgres.setPassword('dumper', PASSWORD);
  await source.secrets.send(new CreateSecretCommand({ Name: 'shop' }));
  const secretArn = `arn:aws:secretsmanager:us-east-1:${SOURCE_ACCOUNT}:secret:shop`;
  const entry = ['name: shop', `dbName: ${shop.name}`, `host: ${postgres.host}`, `port: ${postgres.port}`];
  await writeFile(join(cwd, 'holdfast.yaml'), configOf([...entry, `secretArn: ${secretArn}`]));
}, 60_000);
afterAll(async () => {
  for (const client of [...Object.values(backup ?? {}), ...Object.values(source ?? {})]) client.destroy();
  await postgres?.stop();
});

// One after the other: each needs what the one before has made.
describe('both accounts, from one config', () => {
  it('are deployed, the vault first, and its key reaches the builds of the other account', async () => {
    const args = ['deploy', '--require-approval', 'never', '--method', 'direct'];
    const { stacks, writers } = await runJson(deployDocument, args, { cwd, env: deployer });
    expect(stacks).toMatchObject([
      { name: BACKUP_STACK, account: BACKUP_ACCOUNT, changed: true },
      { name: SOURCE_STACK, account: SOURCE_ACCOUNT, changed: true },
    ]);
    expect(writers).toEqual([{ database: 'shop', role: WRITER_ROLE, verdict: 'allowed' }]);
    keyArn = stacks[0]?.outputs['VaultKeyArn'] ?? '';
    expect(keyArn).toMatch(new RegExp(`^arn:aws:kms:us-east-1:${BACKUP_ACCOUNT}:key/`));

    const { ServerSideEncryptionConfiguration } = await backup.s3.send(
      new GetBucketEncryptionCommand({ Bucket: VAULT }),
    );
    expect(JSON.stringify(ServerSideEncryptionConfiguration)).toContain(keyArn);
    const { ObjectLockConfiguration } = await backup.s3.send(new GetObjectLockConfigurationCommand({ Bucket: VAULT }));
    expect(ObjectLockConfiguration).toMatchObject({ ObjectLockEnabled: 'Enabled' });
    const { projects = [] } = await source.builds.send(new BatchGetProjectsCommand({ names: [PROJECT] }));
    project = projects[0] as Project;
    expect(project.serviceRole).toBe(WRITER_ROLE);
    expect(project.environment?.environmentVariables?.[0]?.value).toContain(keyArn);
  });

  it('have the policies that `holdfast policy` prints, until somebody changes one', async () => {
    const config = { cwd, env: { ...deployer } };
    await writeFile(join(cwd, 'with-key.yaml'), `kmsKeyArn: ${keyArn}\n${await readConfig()}`);
    const compare = (kind: string, exitCode: number) =>
      runJson(policyDocument, ['policy', kind, '--compare', '--config', 'with-key.yaml'], { ...config, exitCode });
    const results = await Promise.all([compare('bucket', 0), compare('key', 0)]);
    expect(results.map(({ policy }) => policy)).toMatchObject([{ equal: true }, { equal: true }]);

    const { Policy = '' } = await backup.s3.send(new GetBucketPolicyCommand({ Bucket: VAULT }));
    const weaker = JSON.parse(Policy) as { Statement: { Sid: string }[] };
    weaker.Statement = weaker.Statement.filter(({ Sid }) => Sid !== 'DenyOtherKey');
    const put = (policy: string) => backup.s3.send(new PutBucketPolicyCommand({ Bucket: VAULT, Policy: policy }));
    await put(JSON.stringify(weaker));
    const { policy } = await compare('bucket', 3);
    expect(policy).toMatchObject({ equal: false, extra: [], missing: [{ Sid: 'DenyOtherKey' }] });
    await put(Policy);
  });

  it('take a secret from standard input, and print nothing of it', async () => {
    const input = JSON.stringify({ username: 'dumper', password: PASSWORD });
    const set = (args: readonly string[], text: string) =>
      runJson(secretSetDocument, ['secret', 'set', 'shop', ...args], { cwd, env: deployer, input: text });
    const { secret } = await set([], `${input}\n`);
    expect(secret).toMatchObject({ name: 'shop', account: SOURCE_ACCOUNT, field: null });
    expect(JSON.stringify(secret)).not.toContain(PASSWORD);
    expect((await set(['--field', 'note'], 'by hand')).secret).toMatchObject({ field: 'note' });
    const stored = await source.secrets.send(new GetSecretValueCommand({ SecretId: 'shop' }));
    expect(JSON.parse(stored.SecretString ?? '')).toEqual({ username: 'dumper', password: PASSWORD, note: 'by hand' });
  });

  it('back up with what was deployed: source, environment and role of the project', async () => {
    const directory = await unpackedSource();
    const { phases } = JSON.parse(project.source?.buildspec ?? '') as {
      readonly phases: { readonly build: { readonly commands: readonly string[] } };
    };
    const [command = ''] = phases.build.commands;
    expect(command).toBe('node holdfast.mjs backup shop');
    const role = await asRole(emulator, WRITER_ROLE);
    const variables = Object.fromEntries(
      (project.environment?.environmentVariables ?? []).map(({ name = '', value = '' }) => [name, value]),
    );
    const { PATH, TMPDIR, HOLDFAST_PG_BIN } = process.env;
    const env = { PATH, TMPDIR, HOLDFAST_PG_BIN, HOME: directory, ...role, ...variables };
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { cwd: directory, env });
    expect(stdout).toMatch(/^shop \(database "[^"]+"\) +3,250 +3 /m);
  });

  it('hold the backup as the source document promises: by date, under the key of the backup account', async () => {
    const now = new Date().toISOString().slice(0, 10).replaceAll('-', '/');
    const folder = `layer2/shop/${now}/`;
    const listed = (await aws(inBackup, 's3', 'ls', `s3://${VAULT}/${folder}`)) as string;
    const names = [...listed.matchAll(/ (shop_\S+)$/gm)].map((match) => match[1] ?? '');
    expect(names.map((name) => name.replace(/^shop_\d{8}T\d{6}Z/, '')).sort()).toEqual([
      '.entries.jsonl.gz',
      '.globals.sql.gz',
      '.manifest.json',
      '.segments.jsonl.gz',
      '.sql.gz',
    ]);
    for (const name of names.filter((each) => /manifest|\d{6}Z\.sql/.test(each))) {
      const head = await aws(inBackup, 's3api', 'head-object', '--bucket', VAULT, '--key', folder + name);
      expect(head).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: keyArn });
    }
    const args = ['check', 'shop', '--vault', `s3://${VAULT}`];
    const { checks } = await runJson(checkDocument, args, { env: inBackup });
    expect(checks).toMatchObject([{ database: 'shop', verdict: 'intact' }]);

    // Whoever wrote it cannot read it again, list it, or write over it.
    const writer = new S3Client(clientOptions(await asRole(emulator, WRITER_ROLE)));
    const dump = { Bucket: VAULT, Key: `${folder}${names.find((name) => name.endsWith('Z.sql.gz'))}` };
    const refused = { name: 'AccessDenied' };
    await expect(writer.send(new GetObjectCommand(dump))).rejects.toMatchObject(refused);
    await expect(writer.send(new ListObjectsV2Command({ Bucket: VAULT }))).rejects.toMatchObject(refused);
    await expect(writer.send(new PutObjectCommand({ ...dump, Body: 'x' }))).rejects.toMatchObject(refused);
    writer.destroy();
  });

  it('are not deleted while one is protected, and then but for the vault and its key', async () => {
    const names = ['--confirm', SOURCE_STACK, '--confirm', BACKUP_STACK];
    const refused = await runFailing(['destroy', ...names], { cwd, env: deployer });
    expect(refused.code).toBe('STACK_PROTECTED');
    expect(refused.message).toContain(BACKUP_STACK);
    expect(await stackNames(source.stacks)).toContain(SOURCE_STACK);

    const args = ['destroy', ...names, '--lift-protection'];
    const { stacks } = await runJson(destroyDocument, args, { cwd, env: deployer });
    expect(stacks).toMatchObject([
      { name: SOURCE_STACK, existed: true },
      { name: BACKUP_STACK, existed: true },
    ]);
    expect(stacks[1]?.kept).toContainEqual(
      expect.objectContaining({
        type: 'AWS::S3::Bucket',
        name: VAULT,
        note: expect.stringContaining('locked') as string,
      }),
    );
    expect(stacks[1]?.kept).toContainEqual(
      expect.objectContaining({
        type: 'AWS::S3::BucketPolicy',
        name: VAULT,
        note: expect.stringMatching(/^in force, with \d+ statements/) as string,
      }),
    );
    expect(stacks[1]?.gone.join()).toMatch(/alarms.*rds-backup-layer2-restore-role-prod/s);
    expect([...(await stackNames(source.stacks)), ...(await stackNames(backup.stacks))]).toEqual([]);
    const { KeyCount } = await backup.s3.send(new ListObjectsV2Command({ Bucket: VAULT }));
    expect(KeyCount).toBe(5);
    const kms = new KMSClient(clientOptions(inBackup));
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyArn }));
    expect(KeyMetadata?.KeyState).toBe('Enabled');
    kms.destroy();
  });

  // 18.A1
  it('leave behind what administrators cannot delete either: neither lock nor policy is lifted', async () => {
    const { Versions = [] } = await backup.s3.send(new ListObjectVersionsCommand({ Bucket: VAULT }));
    expect(Versions).toHaveLength(5);
    const dump = { Bucket: VAULT, Key: Versions[0]?.Key, VersionId: Versions[0]?.VersionId };
    const refused = { name: 'AccessDenied' };
    const attempts = [
      new DeleteObjectCommand(dump),
      new DeleteObjectCommand({ ...dump, BypassGovernanceRetention: true }),
      new PutObjectRetentionCommand({
        ...dump,
        BypassGovernanceRetention: true,
        Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + 1000) },
      }),
    ];
    for (const attempt of attempts) await expect(backup.s3.send(attempt as never)).rejects.toMatchObject(refused);
    await expect(backup.s3.send(new DeleteBucketCommand({ Bucket: VAULT }))).rejects.toMatchObject({
      name: 'BucketNotEmpty',
    });
    expect((await backup.s3.send(new ListObjectVersionsCommand({ Bucket: VAULT }))).Versions).toHaveLength(5);
  });

  // 18.A1, 18.A3
  it('are deployed again with the bucket, the key and the log that were left, and with what somebody took away', async () => {
    await backup.s3.send(new DeleteBucketPolicyCommand({ Bucket: `${VAULT}-access-logs` }));
    const args = ['deploy', '--require-approval', 'never', '--method', 'direct'];
    const { stacks } = await runJson(deployDocument, args, { cwd, env: deployer });
    expect(stacks).toMatchObject([
      { name: BACKUP_STACK, changed: true, outputs: { VaultKeyArn: keyArn } },
      { name: SOURCE_STACK, changed: true },
    ]);
    expect(stacks.map(({ adopted }) => adopted.map(({ type, name }) => `${type} ${name}`).sort())).toEqual([
      [
        expect.stringMatching(/^AWS::KMS::Alias alias\/rds-backup-layer2-prod$/),
        expect.stringMatching(/^AWS::KMS::Alias alias\/rds-backup-layer2-prod-alarms$/),
        expect.stringMatching(/^AWS::KMS::Key arn:/),
        expect.stringMatching(/^AWS::KMS::Key arn:/),
        `AWS::S3::Bucket ${VAULT}`,
        `AWS::S3::Bucket ${VAULT}-access-logs`,
        `AWS::S3::BucketPolicy ${VAULT}`,
      ],
      [
        'AWS::KMS::Alias alias/rds-pgdump-backup-prod',
        expect.stringMatching(/^AWS::KMS::Key arn:/),
        `AWS::Logs::LogGroup /aws/codebuild/${PROJECT}`,
      ],
    ]);
    const { Policy } = await backup.s3.send(new GetBucketPolicyCommand({ Bucket: `${VAULT}-access-logs` }));
    expect(Policy).toContain('logging.s3.amazonaws.com');
    const differences = await runJson(diffDocument, ['diff'], { cwd, env: deployer });
    expect(differences.differ).toBe(false);
  });
});

async function readConfig(): Promise<string> {
  return readFile(join(cwd, 'holdfast.yaml'), 'utf8');
}

/** What a build finds in its directory: the asset, unpacked. */
async function unpackedSource(): Promise<string> {
  const directory = temporaryDirectory();
  const zip = join(temporaryDirectory(), 'source.zip');
  const [Bucket = '', ...key] = (project.source?.location ?? '').split('/');
  const { Body } = await source.s3.send(new GetObjectCommand({ Bucket, Key: key.join('/') }));
  await writeFile(zip, (await Body?.transformToByteArray()) ?? '');
  await promisify(execFile)('python3', ['-m', 'zipfile', '-e', zip, directory]);
  return directory;
}

async function stackNames(client: CloudFormationClient): Promise<string[]> {
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
  return Stacks.map(({ StackName = '' }) => StackName);
}

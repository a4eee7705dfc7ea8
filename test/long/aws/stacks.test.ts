/** The commands on stacks when not all goes well: a name that is taken, a no, a change by hand. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { IAMClient, ListRolePoliciesCommand, PutRolePolicyCommand, DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateBucketCommand, DeleteBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployDocument, destroyDocument, diffDocument, policyDocument } from '../../../src/cli/json/aws-documents.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { onTerminal } from '../../helpers/terminal.js';
import { runFailing, runJson } from '../../integration/cli/run-json.js';
import {
  administrator,
  BACKUP_ACCOUNT,
  bootstrap,
  clientOptions,
  configOf,
  deployerEnvironment,
  SOURCE_ACCOUNT,
  type Environment,
} from '../../integration/aws/accounts.js';

const VAULT = 'rds-backup-layer2-prod';
const BACKUP_STACK = 'rds-backup-layer2-prod';
const SOURCE_STACK = 'rds-pgdump-backup-prod';
const ROLE = 'rds-pgdump-codebuild-role-prod-shop';
const SECRET = `secretArn: arn:aws:secretsmanager:us-east-1:${SOURCE_ACCOUNT}:secret:shop`;
const CONFIG = configOf(['name: shop', 'dbName: shop', 'host: db.internal', SECRET]);

const emulator = useEmulator();
const cwd = temporaryDirectory();
let env: Environment;
let inBackup: CloudFormationClient;
let inSource: CloudFormationClient;
let keyArn: string;

beforeAll(async () => {
  env = deployerEnvironment(emulator, temporaryDirectory());
  inBackup = new CloudFormationClient(clientOptions(await administrator(emulator, BACKUP_ACCOUNT)));
  inSource = new CloudFormationClient(clientOptions(await administrator(emulator, SOURCE_ACCOUNT)));
  await writeFile(join(cwd, 'holdfast.yaml'), CONFIG);
});
afterAll(() => {
  inBackup?.destroy();
  inSource?.destroy();
});

const options = () => ({ cwd, env });
const deploy = (stack: string, ...args: string[]) => ['deploy', '--stack', stack, ...args];

async function statusOf(client: CloudFormationClient, name: string): Promise<string | undefined> {
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({}));
  return Stacks.find(({ StackName }) => StackName === name)?.StackStatus;
}

// One after the other: each needs what the one before has made.
describe('the backup account', () => {
  beforeAll(async () => {
    await Promise.all([bootstrap(emulator, BACKUP_ACCOUNT), bootstrap(emulator, SOURCE_ACCOUNT)]);
  });

  it('fails to deploy where a name is taken, and says which resource and why', async () => {
    const others = new S3Client(emulator.clientOptions);
    await others.send(new CreateBucketCommand({ Bucket: VAULT }));
    const args = deploy(BACKUP_STACK, '--require-approval', 'never', '--method', 'direct');
    const { code, message, hint } = await runFailing(args, options());
    expect(code).toBe('DEPLOY_FAILED');
    expect(message).toMatch(
      /^Deploying rds-backup-layer2-prod failed:\n {2}VaultBucket\w+ \(AWS::S3::Bucket\): .*BucketAlreadyExists/,
    );
    // What was dropped because of it is no reason.
    expect(message.split('\n')).toHaveLength(2);
    expect(hint).toContain('deploy again');
    expect(await statusOf(inBackup, BACKUP_STACK)).toBe('ROLLBACK_COMPLETE');
    const compared = await runJson(diffDocument, ['diff', '--stack', BACKUP_STACK], options());
    expect(compared.stacks).toMatchObject([{ name: BACKUP_STACK, deployed: false }]);
    await others.send(new DeleteBucketCommand({ Bucket: VAULT }));
    others.destroy();
  });

  // Although the attempt that failed has left the same permissions in its template.
  it('is not deployed without approval: nobody to ask, or a no', async () => {
    const refused = await runFailing(deploy(BACKUP_STACK), options());
    expect(refused.code).toBe('APPROVAL_NEEDED');
    const run = onTerminal(deploy(BACKUP_STACK), options());
    await run.answer(`Deploy these changes to ${BACKUP_STACK}? [y/N] `, 'n\r');
    expect(await run.code).toBe(1);
    expect(run.text()).toContain('IAM Statement Changes');
    // In colors, and not in their codes.
    expect(run.output()).toContain('\u001b[32m');
    expect(run.text()).not.toContain('u001b');
    expect(run.text()).toContain(`The changes to ${BACKUP_STACK} were not approved.`);
    expect(await statusOf(inBackup, BACKUP_STACK)).toBeUndefined();
  });

  it('is deployed with a yes, and its key is found when the source account is deployed alone', async () => {
    const run = onTerminal(deploy(BACKUP_STACK), options());
    await run.answer(`Deploy these changes to ${BACKUP_STACK}? [y/N] `, 'y\r');
    expect(await run.code, run.text()).toBe(0);
    keyArn = /VaultKeyArn\s+(arn:\S+)/.exec(run.text())?.[1] ?? '';
    const args = deploy(SOURCE_STACK, '--require-approval', 'never', '--method', 'direct');
    const { stacks } = await runJson(deployDocument, args, options());
    expect(stacks).toMatchObject([{ name: SOURCE_STACK, changed: true }]);
    const { Stacks = [] } = await inSource.send(new DescribeStacksCommand({ StackName: SOURCE_STACK }));
    expect(keyArn).toMatch(/^arn:aws:kms:us-east-1:444455556666:key\//);
    expect(Stacks[0]?.Parameters).toContainEqual({ ParameterKey: 'VaultKeyArn', ParameterValue: keyArn });
  });
});

describe.concurrent('where both accounts are deployed', () => {
  it('diff finds no difference, and after a change that alone', async () => {
    const changed = CONFIG.replace(SECRET, `${SECRET}\n    excludeTableData: [audit]`);
    await writeFile(join(cwd, 'changed.yaml'), changed);
    const diff = ['diff', '--exit-code'];
    const [same, other, text] = await Promise.all([
      runHoldfast(diff, options()),
      runJson(diffDocument, [...diff, '--config', 'changed.yaml'], { ...options(), exitCode: 3 }),
      runHoldfast(['diff', '--config', 'changed.yaml', '--stack', SOURCE_STACK], options()),
    ]);
    expect(same.code, same.stderr).toBe(0);
    expect(same.stdout.match(/There were no differences/g)).toHaveLength(2);
    expect(other).toMatchObject({
      differ: true,
      stacks: [
        { name: BACKUP_STACK, deployed: true, permissions: null, resources: [] },
        { name: SOURCE_STACK, deployed: true, permissions: null },
      ],
    });
    expect(other.stacks[1]?.resources).toMatchObject([{ type: 'AWS::CodeBuild::Project', change: 'update' }]);
    // Without --exit-code differences are an answer like any other.
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/\[~\] AWS::CodeBuild::Project[^]*\[\+\].*excludeTableData/);
  });

  it('the policy of a role is the one in force, until somebody widens it', async () => {
    await writeFile(join(cwd, 'with-key.yaml'), `kmsKeyArn: ${keyArn}\n${CONFIG}`);
    const policy = ['policy', 'role', 'shop', '--config', 'with-key.yaml'];
    const [printed, compared] = await Promise.all([
      runHoldfast(policy, options()),
      runJson(policyDocument, [...policy, '--compare'], options()),
    ]);
    const document = JSON.parse(printed.stdout) as { Statement: readonly object[] };
    expect(compared.policy).toMatchObject({
      kind: 'role',
      name: ROLE,
      equal: true,
      matched: document.Statement.length,
    });

    const iam = new IAMClient(clientOptions(await administrator(emulator, SOURCE_ACCOUNT)));
    const extra = { Effect: 'Allow', Action: 's3:DeleteObject', Resource: '*' };
    const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: extra });
    await iam.send(new PutRolePolicyCommand({ RoleName: ROLE, PolicyName: 'by-hand', PolicyDocument }));
    const [wider, text] = await Promise.all([
      runJson(policyDocument, [...policy, '--compare'], { ...options(), exitCode: 3 }),
      runHoldfast([...policy, '--compare'], options()),
    ]);
    expect(wider.policy).toMatchObject({ equal: false, missing: [], extra: [extra] });
    expect(text.stdout).toContain('+   "Action": "s3:DeleteObject"');
    await iam.send(new DeleteRolePolicyCommand({ RoleName: ROLE, PolicyName: 'by-hand' }));
    const { PolicyNames: [name = ''] = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName: ROLE }));
    await iam.send(new DeleteRolePolicyCommand({ RoleName: ROLE, PolicyName: name }));
    const { policy: none } = await runJson(policyDocument, [...policy, '--compare'], { ...options(), exitCode: 3 });
    expect(none.missing).toEqual(document.Statement);
    iam.destroy();
  });
});

describe('a stack', () => {
  it('is not deleted unless its name is given, or typed', async () => {
    const destroy = ['destroy', '--stack', SOURCE_STACK, '--lift-protection'];
    const unasked = await runFailing(destroy, options());
    expect(unasked.code).toBe('APPROVAL_NEEDED');
    expect(unasked.hint).toContain(`--confirm ${SOURCE_STACK}`);
    const other = await runFailing([...destroy, '--confirm', BACKUP_STACK], options());
    expect(other.code).toBe('APPROVAL_NEEDED');

    const mistyped = onTerminal(destroy, options());
    await mistyped.answer('Type its name to delete it: ', 'rds-pgdump-backup-dev\r');
    expect(await mistyped.code).toBe(1);
    expect(mistyped.text()).toContain(`"rds-pgdump-backup-dev" is not ${SOURCE_STACK}.`);
    expect(await statusOf(inSource, SOURCE_STACK)).toBe('CREATE_COMPLETE');

    const typed = onTerminal(destroy, options());
    await typed.answer('Type its name to delete it: ', `${SOURCE_STACK}\r`);
    expect(await typed.code, typed.text()).toBe(0);
    // What stays is said before the name is asked for.
    expect(typed.text()).toMatch(/these stay: .*AWS::Logs::LogGroup.*Type its name/);
    expect(await statusOf(inSource, SOURCE_STACK)).toBeUndefined();
    const { stacks } = await runJson(destroyDocument, destroy, options());
    expect(stacks).toMatchObject([{ name: SOURCE_STACK, existed: false, kept: [] }]);
  });
});

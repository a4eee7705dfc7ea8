/** The commands on stacks before the first deployment; what comes after is in test/long/aws. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, CreateStackCommand, DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OpenedStacks } from '../../../src/cli/aws/open-stacks.js';
import type { Stack } from '../../../src/cli/aws/synthesize.js';
import { parametersOf } from '../../../src/cli/aws/handed-over.js';
import { diffDocument } from '../../../src/cli/json/aws-documents.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing, runJson } from '../cli/run-json.js';
import { BACKUP_ACCOUNT, configOf, deployerEnvironment, REGION, SOURCE_ACCOUNT, type Environment } from './accounts.js';

const BACKUP_STACK = 'rds-backup-layer2-prod';
const SOURCE_STACK = 'rds-pgdump-backup-prod';
const SECRET = `secretArn: arn:aws:secretsmanager:us-east-1:${SOURCE_ACCOUNT}:secret:shop`;
const CONFIG = configOf(['name: shop', 'dbName: shop', 'host: db.internal', SECRET]);

const emulator = useEmulator();
const cwd = temporaryDirectory();
let env: Environment;

beforeAll(async () => {
  env = deployerEnvironment(emulator, temporaryDirectory());
  await writeFile(join(cwd, 'holdfast.yaml'), CONFIG);
});

const options = () => ({ cwd, env });
const deploy = (stack: string, ...args: string[]) => ['deploy', '--stack', stack, ...args];

describe.concurrent('where nothing is deployed yet', () => {
  it('diff says so, and counts all as added', async () => {
    const [json, text] = await Promise.all([
      runJson(diffDocument, ['diff', '--exit-code'], { ...options(), exitCode: 3 }),
      runHoldfast(['diff', '--stack', SOURCE_STACK], options()),
    ]);
    expect(json.differ).toBe(true);
    expect(json.stacks).toMatchObject([
      { name: BACKUP_STACK, account: BACKUP_ACCOUNT, deployed: false, permissions: 'broadening' },
      { name: SOURCE_STACK, account: SOURCE_ACCOUNT, deployed: false, permissions: 'broadening' },
    ]);
    expect(json.stacks.flatMap(({ resources }) => resources).every(({ change }) => change === 'add')).toBe(true);
    expect(text.code, text.stderr).toBe(0);
    expect(text.stdout).toContain(`${SOURCE_STACK} is not deployed yet.`);
    expect(text.stdout).toContain('[+] AWS::CodeBuild::Project');
  });

  it('the source account alone is refused for want of the key, with both ways to give it', async () => {
    const { code, message, hint } = await runFailing(deploy(SOURCE_STACK), options());
    expect(code).toBe('CONFIG_INVALID');
    expect(message).toContain(`${BACKUP_STACK} is not deployed in account ${BACKUP_ACCOUNT}, ${REGION}`);
    expect(hint).toMatch(/Deploy the backup account first, or .* kmsKeyArn/);
  });

  it('an account that is not bootstrapped is named with the command that does it', async () => {
    const { code, message, hint } = await runFailing(deploy(BACKUP_STACK, '--require-approval', 'never'), options());
    expect(code).toBe('NOT_BOOTSTRAPPED');
    expect(message).toContain(`account ${BACKUP_ACCOUNT} in ${REGION} is not prepared`);
    expect(hint).toContain(`npx cdk bootstrap aws://${BACKUP_ACCOUNT}/${REGION}`);
  });
});

describe('the key of the vault, for a source stack that is deployed alone,', () => {
  const source = { name: SOURCE_STACK, template: { Parameters: { VaultKeyArn: {} } } } as unknown as Stack;
  const vault = {
    name: 'vault',
    place: 'the backup account',
    template: { Outputs: { VaultKeyArn: {} } },
  } as unknown as Stack;
  const layer = { name: 'fintech-data-layer', template: {} } as unknown as Stack;

  /** As of an identity in the emulator's own account. */
  const lookUp = (credentials = emulator.clientOptions.credentials, stacks = [layer, vault, source]) =>
    parametersOf(source, [], {
      stacks,
      access: () =>
        Promise.resolve({
          account: '123456789012',
          region: REGION,
          clientOptions: { region: REGION, endpoint: emulator.endpoint, credentials },
        }),
    } as unknown as OpenedStacks);

  /** What somebody else has deployed under the vault's name. */
  async function withStack(template: object, work: () => Promise<void>): Promise<void> {
    const client = new CloudFormationClient({ ...emulator.clientOptions } as object);
    const TemplateBody = JSON.stringify({ Resources: { Topic: { Type: 'AWS::SNS::Topic' } }, ...template });
    await client.send(new CreateStackCommand({ StackName: 'vault', TemplateBody }));
    await work().finally(() => client.send(new DeleteStackCommand({ StackName: 'vault' })));
    client.destroy();
  }

  it('is its output, whoever has deployed it', async () => {
    const arn = 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab';
    await withStack({ Outputs: { VaultKeyArn: { Value: arn } } }, async () => {
      expect(await lookUp()).toEqual({ VaultKeyArn: arn });
    });
  });

  it('is missing where the stack has no such output', async () => {
    await withStack({}, async () => {
      await expect(lookUp()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('vault has no output VaultKeyArn (it is CREATE_COMPLETE)') as string,
      });
    });
  });

  it('is missing where the config has no backup account', async () => {
    await expect(lookUp(undefined, [layer, source])).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('the config has no backupAccount') as string,
    });
  });

  it('is not looked for by who may not: the permission is named, and the way without it', async () => {
    const credentials = await emulator.createUser(['s3:ListBucket']);
    await emulator.enforcing(async () => {
      await expect(lookUp(credentials)).rejects.toMatchObject({
        code: 'AWS_DENIED',
        hint: expect.stringMatching(
          /cloudformation:DescribeStacks.*kmsKeyArn: then the backup account is not asked/,
        ) as string,
      });
    });
  });
});

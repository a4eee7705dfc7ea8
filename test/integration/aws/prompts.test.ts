/** Values and codes that are asked for on a terminal: none of them is shown. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { onTerminal } from '../../helpers/terminal.js';
import { administrator, clientOptions, configOf, deployerEnvironment, SOURCE_ACCOUNT } from './accounts.js';

const VALUE = ' sk_live 4711/ü ';
const CODE = '123456';
const DEVICE = `arn:aws:iam::${SOURCE_ACCOUNT}:mfa/anna`;

const emulator = useEmulator();
const cwd = temporaryDirectory();
let secrets: SecretsManagerClient;

beforeAll(async () => {
  secrets = new SecretsManagerClient(clientOptions(await administrator(emulator, SOURCE_ACCOUNT)));
  await writeFile(join(cwd, 'holdfast.yaml'), configOf(['name: shop', 'dbName: shop', 'host: db.internal']));
});
afterAll(() => secrets.destroy());

const deployer = () => deployerEnvironment(emulator, temporaryDirectory());
const setSecret = (name: string, env = deployer()) => onTerminal(['secret', 'set', name], { cwd, env });

/** A secret without a value. */
async function createSecret(Name: string): Promise<string> {
  await secrets.send(new CreateSecretCommand({ Name }));
  return Name;
}

async function valueOf(SecretId: string): Promise<string | undefined> {
  const found = await secrets.send(new GetSecretValueCommand({ SecretId })).catch(() => undefined);
  return found?.SecretString;
}

// Each starts a process, and waits for it.
describe.concurrent('on a terminal', () => {
  it('the value of a secret is asked for twice, stored as it was typed, and never shown', async () => {
    const name = await createSecret('typed');
    const run = setSecret(name);
    await run.answer(`Value of ${name}: `, `${VALUE}\r`);
    await run.answer('Once more: ', `${VALUE}\r`);
    expect(await run.code, run.output()).toBe(0);
    expect(run.text()).toContain(`Stored a new version of ${name}`);
    expect(run.output()).not.toContain('4711');
    expect(await valueOf(name)).toBe(VALUE);
  });

  it('a value that is typed differently the second time is not stored, and neither is shown', async () => {
    const name = await createSecret('mistyped');
    const run = setSecret(name);
    await run.answer(`Value of ${name}: `, `${VALUE}\r`);
    await run.answer('Once more: ', 'sk_live_4712\r');
    expect(await run.code).toBe(2);
    expect(run.text()).toContain('typed differently the second time');
    expect(run.output()).not.toMatch(/471[12]/);
    expect(await valueOf(name)).toBeUndefined();
  });

  it.each([
    ['Ctrl-C', '\u0003', 130, 'Interrupted by SIGINT.'],
    ['Ctrl-D', '\u0004', 1, 'The question was not answered.'],
    ['nothing but Enter', '\r', 2, 'it is empty'],
  ])('%s at the question stores nothing', async (what, keys, code, message) => {
    const name = await createSecret(`given-up-with-${what.replaceAll(' ', '-')}`);
    const run = setSecret(name);
    await run.answer(`Value of ${name}: `, keys);
    expect(await run.code).toBe(code);
    expect(run.text()).toContain(message);
    expect(await valueOf(name)).toBeUndefined();
  });

  it('the code of an MFA device is asked for, not shown, and refused where it is wrong', async () => {
    const name = await createSecret('behind-mfa');
    const env = withMfa();
    const wrong = setSecret(name, env);
    await wrong.answer(`Code of the MFA device ${DEVICE}: `, '654321\r');
    expect(await wrong.code).toBe(1);
    expect(wrong.text()).toContain('invalid MFA one time pass code');
    expect(wrong.text()).toContain('hint: Run it again with the code that the device shows then.');
    expect(wrong.output()).not.toContain('654321');

    const right = setSecret(name, env);
    await right.answer(`Code of the MFA device ${DEVICE}: `, `${CODE}\r`);
    await right.answer(`Value of ${name}: `, `${VALUE}\r`);
    await right.answer('Once more: ', `${VALUE}\r`);
    expect(await right.code, right.output()).toBe(0);
    expect(right.output()).not.toContain(CODE);
    expect(await valueOf(name)).toBe(VALUE);
  });
});

it('a profile that asks for a code says so where there is no terminal, and how to sign in before', async () => {
  const { code, stderr } = await runHoldfast(['secret', 'set', 'x'], { cwd, env: withMfa(), input: VALUE });
  expect(code).toBe(1);
  expect(stderr).toContain(DEVICE);
  expect(stderr).toContain('aws sts get-session-token');
  expect(stderr).not.toContain('4711');
});

/** A user whose profile takes a role, with a device. */
function withMfa(): Readonly<Record<string, string>> {
  const home = temporaryDirectory();
  mkdirSync(join(home, '.aws'));
  writeFileSync(
    join(home, '.aws/config'),
    `[profile anna]
role_arn = arn:aws:iam::${SOURCE_ACCOUNT}:role/Deploy
source_profile = keys
mfa_serial = ${DEVICE}
[profile keys]
aws_access_key_id = testing
aws_secret_access_key = testing
`,
  );
  const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...env } = deployerEnvironment(emulator, home);
  return { ...env, AWS_PROFILE: 'anna' };
}

/** What the commands say to people whose credentials, account, region or names are not right. Nothing is synthesized. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { runFailing } from '../cli/run-json.js';
import { configOf, deployerEnvironment, SOURCE_ACCOUNT } from './accounts.js';

const VALUE = 'sk_live_4711';
const emulator = useEmulator();
const entry = ['name: shop', 'dbName: shop', 'host: db.internal'];

async function directoryWith(config: string): Promise<string> {
  const cwd = temporaryDirectory();
  await writeFile(join(cwd, 'holdfast.yaml'), config);
  return cwd;
}

const deployer = () => deployerEnvironment(emulator, temporaryDirectory());
const set = ['secret', 'set', 'keys'];

describe('a command for AWS', () => {
  it('refuses credentials of another account than the config names, and says whose they are', async () => {
    const cwd = await directoryWith(
      configOf(entry)
        .replace(/\n {2}roleArn: \S+$/m, '')
        .replace(/\n {2}roleArn: \S+\n$/, '\n'),
    );
    const { code, message, hint } = await runFailing(set, { cwd, env: deployer(), input: VALUE });
    expect(code).toBe('AWS_WRONG_ACCOUNT');
    expect(message).toContain('account 123456789012');
    expect(message).toContain(SOURCE_ACCOUNT);
    expect(hint).toContain('roleArn');
  });

  it('says that the region is missing', async () => {
    const { AWS_REGION: _region, AWS_DEFAULT_REGION: _default, ...env } = deployer();
    const { code, hint } = await runFailing(set, { cwd: temporaryDirectory(), env, input: VALUE });
    expect(code).toBe('AWS_REGION_MISSING');
    expect(hint).toContain('AWS_REGION');
  });

  it('says how to sign in where there are no credentials', async () => {
    const { AWS_ACCESS_KEY_ID: _id, AWS_SECRET_ACCESS_KEY: _secret, ...rest } = deployer();
    const env = { ...rest, AWS_EC2_METADATA_DISABLED: 'true' };
    const { code, hint } = await runFailing(set, { cwd: temporaryDirectory(), env, input: VALUE });
    expect(code).toBe('AWS_CREDENTIALS');
    expect(hint).toContain('aws sso login');
  });

  it('says that a secret has to exist, and repeats nothing of the value', async () => {
    const { code, result } = await runFailing(set, { cwd: temporaryDirectory(), env: deployer(), input: VALUE });
    expect(code).toBe('AWS_MISSING');
    expect(result.stdout + result.stderr).not.toContain(VALUE);
  });

  it('takes no value as an argument, and does not repeat one', async () => {
    const { code, result } = await runFailing([...set, VALUE], { cwd: temporaryDirectory(), env: deployer() });
    expect(code).toBe('USAGE');
    expect(result.stdout + result.stderr).not.toContain(VALUE);
  });

  it('refuses an empty value', async () => {
    const { code } = await runFailing(set, { cwd: temporaryDirectory(), env: deployer(), input: '\n' });
    expect(code).toBe('USAGE');
  });

  it('names the way to a project that is not deployed', async () => {
    const cwd = await directoryWith(configOf(entry));
    const { code, hint } = await runFailing(['run', 'shop'], { cwd, env: deployer() });
    expect(code).toBe('AWS_MISSING');
    expect(hint).toContain('holdfast deploy');
  });
});

describe('holdfast init', () => {
  it('never overwrites', async () => {
    const cwd = await directoryWith('mine');
    const { code } = await runFailing(['init', '--output', 'holdfast.yaml'], { cwd });
    expect(code).toBe('CONFIG_EXISTS');
    const { code: written, stdout } = await runHoldfast(['init'], { cwd });
    expect(written).toBe(0);
    // What synth stops for is named at once.
    expect(stdout).toMatch(/To fill in:\n[^]*sslrootcert: global-bundle\.pem is not there/);
    expect((await runFailing(['init'], { cwd })).code).toBe('CONFIG_EXISTS');
  });
});

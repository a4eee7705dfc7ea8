/** The packed tarball, unpacked outside of the repository and without a single dependency beside it. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);

let directory: string;

beforeAll(async () => {
  directory = temporaryDirectory();
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const { stdout } = await run('npm', pack, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  await run('tar', ['-xzf', filename], { cwd: directory });
});

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `bin/holdfast` of the package, from a directory that is not the repository. */
async function holdfast(...args: readonly string[]): Promise<Outcome> {
  const bin = join(directory, 'package/bin/holdfast');
  try {
    const { stdout, stderr } = await run(process.execPath, [bin, ...args], { cwd: directory });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Outcome;
    return { code, stdout, stderr };
  }
}

describe('the package outside of the repository', () => {
  it('9: runs: the command line has what it needs in its bundle', async () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
    expect(await holdfast('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
    expect((await holdfast('vault', 'init', '--vault', `file://${join(directory, 'vault')}`)).code).toBe(0);
    expect(existsSync(join(directory, 'vault/holdfast/vault.json'))).toBe(true);
    expect(await holdfast('list', '--json', '--vault', `file://${join(directory, 'vault')}`)).toMatchObject({
      code: 0,
    });
  });

  it('8: says what to install where the CDK is missing', async () => {
    const config = ['environment: prod', 'region: us-east-1', 'dataLayer:', '  prefix: shop', '  parts: []', ''];
    writeFileSync(join(directory, 'holdfast.yaml'), config.join('\n'));
    const { code, stdout } = await holdfast('synth', '--json', '--out', join(directory, 'cdk.out'));
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      error: {
        code: 'CDK_MISSING',
        message: expect.stringMatching(/^The package (?:aws-cdk-lib|constructs) is not installed\./) as string,
        hint: expect.stringContaining('npm install aws-cdk-lib constructs') as string,
      },
    });
  });
});

describe('the constructs', () => {
  // What has come since the oldest version that the peer dependency admits; test/long/package runs that version.
  const TYPES = /\b(?:Validations|I?PolicyVali\w+|PolicyViolat\w+)\b/;
  const VALUES = /\b(?:addStackDependency|BlockedEncryptionType|manageMasterUserPassword: true|NODEJS_24_X)\b/;
  const newer = (text: string) => TYPES.test(text) || VALUES.test(text);

  it('8: name what is newer than the oldest CDK in one file, and in no declaration', () => {
    const under = (folder: string) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`);
    const code = (path: string) => readFileSync(join(ROOT, path), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
    const sources = under('src/constructs').filter((path) => path.endsWith('.ts') && newer(code(path)));
    expect(sources).toEqual(['src/constructs/shared/cdk-versions.ts']);
    const declared = under('dist/constructs').filter((path) => path.endsWith('.d.ts'));
    expect(declared.length).toBeGreaterThan(40);
    expect(declared.filter((path) => newer(code(path)))).toEqual([]);
  });
});

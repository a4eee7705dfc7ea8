import { execFile } from 'node:child_process';
import { readdir, stat } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker } from '../../scripts/build/worker-bundle.mjs';
import { temporaryDirectory } from '../helpers/temporary-directory.js';
import { newVault } from '../helpers/vault.js';

const ROOT = join(import.meta.dirname, '../..');
const directory = temporaryDirectory();
let inputs: string[];
let imported: string[];

beforeAll(async () => {
  const metafile = await bundleWorker(ROOT, directory);
  inputs = Object.keys(metafile.inputs);
  imported = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function runWorker(args: readonly string[], config: string | undefined): Promise<Ended> {
  const env = { PATH: process.env.PATH, NO_COLOR: '1', ...(config === undefined ? {} : { HOLDFAST_CONFIG: config }) };
  return new Promise((resolve) => {
    // Elsewhere than in its directory, and with no packages above it.
    const child = execFile(
      process.execPath,
      [join(directory, 'holdfast.mjs'), ...args],
      { env, cwd: '/' },
      (_, stdout, stderr) => resolve({ code: child.exitCode ?? -1, stdout, stderr }),
    );
  });
}

describe('the bundle of the backup worker', () => {
  it('is one file of code, of less than 3 MB', async () => {
    const files = (await readdir(directory)).filter((name) => !name.endsWith('.LEGAL.txt'));
    expect(files).toEqual(['holdfast.mjs']);
    expect((await stat(join(directory, 'holdfast.mjs'))).size).toBeLessThan(3_000_000);
  });

  it('holds nothing of the CDK, of the constructs, or of commands that it has no rights for', () => {
    expect(inputs).toContain('src/backup/create/create-backup.ts');
    const unwanted =
      /node_modules\/(aws-cdk|@aws-cdk|constructs)|src\/constructs\/|src\/cli\/commands\/(deploy|restore)/;
    expect(inputs.filter((path) => unwanted.test(path))).toEqual([]);
  });

  it('needs no package at run time but for readers of config files that it never gets', () => {
    const packages = imported.filter((path) => !isBuiltin(path));
    expect([...new Set(packages)].sort()).toEqual(['@cdktn/hcl2json', 'jiti', 'pg-native']);
  });

  it('ends with 2 and says what to set, when it has no config', async () => {
    const { code, stderr } = await runWorker(['backup', 'shop'], undefined);
    expect(code).toBe(2);
    expect(stderr).toContain('HOLDFAST_CONFIG is not set');
  });

  it('ends with 2 and names every fault of a config, without repeating what may be secret', async () => {
    const config = JSON.stringify({ vault: 'nowhere', databases: [{ dbName: 'shop', password: 'hunter2' }] });
    const { code, stderr } = await runWorker(['backup', 'shop', '--json'], config);
    expect(code).toBe(2);
    expect(stderr).toMatch(/HOLDFAST_CONFIG has \d problems/);
    expect(stderr).toMatch(/^ *vault \(line 1\)/m);
    expect(stderr).toMatch(/^ *databases\[0\]\.password/m);
    expect(stderr).not.toContain('hunter2');
  });

  it('ends with 2 where the config is not JSON', async () => {
    const { code, stderr } = await runWorker(['backup', 'shop'], '{"vault": ');
    expect(code).toBe(2);
    expect(stderr).toContain('HOLDFAST_CONFIG cannot be parsed');
  });

  it('ends with 1 and one JSON document, as the command line does, when the server cannot be reached', async () => {
    const vault = newVault().url;
    const config = JSON.stringify({ vault, databases: [{ dbName: 'shop', host: '/nonexistent' }] });
    const { code, stdout } = await runWorker(['backup', 'shop', '--json'], config);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ schemaVersion: 1, error: { code: 'CONNECT_FAILED' } });
  });

  it('has no other command', async () => {
    expect((await runWorker(['restore', 'shop'], '{}')).code).toBe(2);
  });
});

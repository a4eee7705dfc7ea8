/**
 * The packed tarball in an app of somebody else's, with the oldest CDK that the peer dependency admits and with ours. It
 * installs from the registry, so it is not among the tests that run each time: test/integration/package has what can be
 * told without a network.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const ROOT = join(import.meta.dirname, '../../..');
const run = promisify(execFile);
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

const CDK = ['aws-cdk-lib', 'constructs'] as const;
const OLDEST = CDK.map((name) => `${name}@${manifest.peerDependencies[name]?.replace('^', '')}`);
const OURS = CDK.map((name) => `${name}@${manifest.devDependencies[name]}`);

/** The app of the page for CDK users, as it stands there. */
const OWN_APP = codeOf('docs/how-to/use-the-constructs.md');

const CONFIG_APP = String.raw`
import { defineConfig, HoldfastError, openVault, type BackupRequest } from 'holdfast';
import { createApp, loadInlineConfig, SecretRotation, WorkerAsset, type Writer } from 'holdfast/constructs';
import { createRotationHandler } from 'holdfast/rotation';

const input = defineConfig({
  environment: 'prod',
  region: 'eu-central-1',
  vault: 's3://shop-backups',
  dataLayer: { prefix: 'shop', displayPrefix: 'Shop', network: { createCidr: '10.1.0.0/20' } },
  databases: [{ name: 'shop', dbName: 'shop', dataLayer: true }],
  sourceAccount: { account: '111122223333', build: { image: 'build' } },
  backupAccount: { account: '444455556666' },
});
const { config } = await loadInlineConfig({ name: 'app', text: JSON.stringify(input), directory: '/' });
createApp(config, { bundle: 'node_modules/holdfast/dist/worker', outdir: 'config.out' }).synth();

export const named: [Writer?, BackupRequest?] = [];
for (const it of [openVault, createRotationHandler, HoldfastError, SecretRotation, WorkerAsset])
  if (typeof it !== 'function') throw new Error(String(it));
`;

/** The newest CDK takes plugins of its older interface too. */
const CHECKED_APP = String.raw`
import { App, Stack } from 'aws-cdk-lib';
import { DataKey, HoldfastChecks } from 'holdfast/constructs';

const app = new App({ outdir: 'checked.out', policyValidationBeta1: [new HoldfastChecks({ failOn: 'critical' })] });
new DataKey(new Stack(app, 'checked', { env: { account: '111122223333', region: 'eu-central-1' } }), 'Key');
app.synth();
`;

/** The one block of TypeScript in a page. */
function codeOf(page: string): string {
  const [block, ...others] = readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n([^]*?)^```$/gm);
  if (block?.[1] === undefined || others.length > 0)
    throw new Error(`${page} has ${others.length} blocks too many, or none.`);
  return block[1];
}

const COMPILER = {
  target: 'ES2023',
  lib: ['ES2023'],
  types: ['node'],
  module: 'nodenext',
  strict: true,
  skipLibCheck: false,
};

let tarball: string;

beforeAll(async () => {
  const directory = temporaryDirectory();
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', directory];
  const { stdout } = await run('npm', pack, { cwd: ROOT, maxBuffer: 64 * 1024 * 1024 });
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  tarball = join(directory, filename);
});

/** Installs the tarball into an empty folder, beside the packages given. */
async function installedWith(...packages: readonly string[]): Promise<string> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  await run('npm', ['install', '--no-audit', '--no-fund', tarball, ...packages], { cwd: directory });
  return directory;
}

/** Its templates by their files' names, with the hashes of assets left out. */
async function templatesOf(cdk: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { typescript = '', '@types/node': types = '' } = manifest.devDependencies;
  const directory = await installedWith(...cdk, `typescript@${typescript}`, `@types/node@${types}`);
  const apps = { own: OWN_APP, config: CONFIG_APP, checked: CHECKED_APP };
  for (const [name, text] of Object.entries(apps)) writeFileSync(join(directory, `${name}.ts`), text);
  const project = { compilerOptions: COMPILER, include: ['*.ts'] };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(project));
  await run('npx', ['tsc'], { cwd: directory });
  const templates: Record<string, unknown> = {};
  for (const name of Object.keys(apps)) {
    const out = join(directory, `${name}.out`);
    const env = { ...process.env, CDK_VALIDATION: 'false', CDK_OUTDIR: out };
    await run(process.execPath, [`${name}.js`], { cwd: directory, env });
    for (const file of readdirSync(out).filter((each) => each.endsWith('.template.json'))) {
      const text = readFileSync(join(out, file), 'utf8').replaceAll(/[0-9a-f]{64}/g, '<asset>');
      templates[`${name}: ${file.replace('.template.json', '')}`] = asRights(JSON.parse(text));
    }
  }
  return templates;
}

/**
 * The template with each policy as the single rights that it gives: the CDK's own grants cut the same rights into
 * statements as each of its versions likes.
 */
function asRights(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asRights);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, held]) => [
      key,
      key === 'Statement' && Array.isArray(held) ? held.flatMap(rightsOf).sort() : asRights(held),
    ]),
  );
}

/** A statement, once for each pair of what it names under Action and under Resource, as text. */
function rightsOf(statement: Readonly<Record<string, unknown>>): string[] {
  const { Action, Resource, ...rest } = statement;
  const resources = [Resource].flat().filter((each) => JSON.stringify(each) !== '{"Ref":"AWS::NoValue"}');
  return [Action]
    .flat()
    .flatMap((action) => resources.map((resource) => JSON.stringify({ ...rest, action, resource })));
}

it('8: an app with the oldest CDK compiles, and makes the same resources with the same rights as with ours', async () => {
  const [oldest, ours] = [await templatesOf(OLDEST), await templatesOf(OURS)];
  expect(Object.keys(ours).sort()).toEqual([
    'checked: checked',
    'config: rds-backup-layer2-prod',
    'config: rds-pgdump-backup-prod',
    'config: shop-data-layer',
    'own: backups',
    'own: shop',
    'own: vault',
  ]);
  expect(oldest).toEqual(ours);
});

it('9: npx runs the command line from an empty folder, and the demo in it', async () => {
  const directory = await installedWith();
  const version = await run('npx', ['holdfast', '--version'], { cwd: directory });
  expect(version.stdout).toBe(`${manifest.version}\n`);
  const demo = await run('npx', ['holdfast', 'demo', '--rows', '1000', '--json'], { cwd: directory });
  expect(JSON.parse(demo.stdout)).toMatchObject({ demo: { proof: { verdict: 'proven' } } });
});

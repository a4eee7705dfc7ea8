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

const APP = String.raw`
import { App, Stack } from 'aws-cdk-lib';
import { SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { defineConfig, HoldfastError, openVault, type BackupRequest } from 'holdfast';
import {
  AuroraPostgres,
  createApp,
  DataKey,
  DataSecurityGroups,
  DataTable,
  HoldfastChecks,
  loadInlineConfig,
  RotationWatch,
  SecretRotation,
  WorkerAsset,
  type Writer,
} from 'holdfast/constructs';
import { createRotationHandler } from 'holdfast/rotation';

// The newest CDK takes plugins of its older interface too.
const app = new App({ outdir: 'own.out', policyValidationBeta1: [new HoldfastChecks({ failOn: 'critical' })] });
const stack = new Stack(app, 'shop', { env: { account: '111122223333', region: 'eu-central-1' } });
const zones = ['eu-central-1a', 'eu-central-1b'];
const vpc = new Vpc(stack, 'Vpc', {
  availabilityZones: zones,
  natGateways: 0,
  subnetConfiguration: [{ name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED }],
});
const { key } = new DataKey(stack, 'Key');
const groups = new DataSecurityGroups(stack, 'Groups', { vpc });
const database = new AuroraPostgres(stack, 'Database', {
  vpc,
  securityGroups: groups.database,
  availabilityZones: zones,
  encryptionKey: key,
});
const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com') });
database.grantConnect(role, 'app');
new DataTable(stack, 'Table', { tableName: 'T', partitionKey: { name: 'Id' }, encryptionKey: key }).grantReadData(role);
app.synth();

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
const { stacks } = createApp(config, { bundle: 'node_modules/holdfast/dist/worker', outdir: 'ours.out' }).synth();
console.log(stacks.map(({ stackName }) => stackName).sort().join(' '));

export const named: [Writer?, BackupRequest?] = [];
for (const it of [openVault, createRotationHandler, HoldfastError, RotationWatch, SecretRotation, WorkerAsset])
  if (typeof it !== 'function') throw new Error(String(it));
`;

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
  writeFileSync(join(directory, 'app.ts'), APP);
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER, include: ['app.ts'] }));
  await run('npx', ['tsc'], { cwd: directory });
  const env = { ...process.env, CDK_VALIDATION: 'false' };
  const { stdout } = await run(process.execPath, ['app.js'], { cwd: directory, env });
  expect(stdout).toContain('rds-backup-layer2-prod rds-pgdump-backup-prod shop-data-layer');
  const out = join(directory, 'ours.out');
  const files = readdirSync(out).filter((name) => name.endsWith('.template.json'));
  const read = (name: string) => readFileSync(join(out, name), 'utf8').replaceAll(/[0-9a-f]{64}/g, '<asset>');
  return Object.fromEntries(files.map((name) => [name, JSON.parse(read(name)) as unknown]));
}

it('8: an app with the oldest CDK compiles, and makes the same templates as with ours', async () => {
  const [oldest, ours] = [await templatesOf(OLDEST), await templatesOf(OURS)];
  expect(Object.keys(ours)).toHaveLength(3);
  expect(oldest).toEqual(ours);
});

it('9: npx runs the command line from an empty folder, and the demo in it', async () => {
  const directory = await installedWith();
  const version = await run('npx', ['holdfast', '--version'], { cwd: directory });
  expect(version.stdout).toBe(`${manifest.version}\n`);
  const demo = await run('npx', ['holdfast', 'demo', '--rows', '1000', '--json'], { cwd: directory });
  expect(JSON.parse(demo.stdout)).toMatchObject({ demo: { proof: { verdict: 'proven' } } });
});

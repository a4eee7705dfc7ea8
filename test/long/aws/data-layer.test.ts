/** Changes of a data layer that is deployed: what would take its data is found before anything is changed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BatchGetProjectsCommand, CodeBuildClient, DeleteProjectCommand } from '@aws-sdk/client-codebuild';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployDocument, diffDocument } from '../../../src/cli/json/aws-documents.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import {
  BACKUP_ACCOUNT,
  bootstrap,
  clientOptions,
  deployerEnvironment,
  SOURCE_ACCOUNT,
  type Environment,
} from '../../integration/aws/accounts.js';
import { runFailing, runJson } from '../../integration/cli/run-json.js';

const emulator = useEmulator();
const cwd = temporaryDirectory();
let env: Environment;
let rds: RDSClient;
let builds: CodeBuildClient;

const configOf = (databaseName: string, databases = '') => `environment: prod
region: us-east-1
vault: s3://rds-backup-layer2-prod
${databases}
backupAccount:
  account: "${BACKUP_ACCOUNT}"
  roleArn: arn:aws:iam::${BACKUP_ACCOUNT}:role/Deploy
sourceAccount:
  build: { image: build }
dataLayer:
  account: "${SOURCE_ACCOUNT}"
  roleArn: arn:aws:iam::${SOURCE_ACCOUNT}:role/Deploy
  network: { createCidr: 10.80.0.0/22 }
  aurora: { databaseName: ${databaseName} }
`;
const DEPLOY = ['deploy', '--require-approval', 'never', '--method', 'direct'];

beforeAll(async () => {
  env = deployerEnvironment(emulator, temporaryDirectory());
  await bootstrap(emulator, BACKUP_ACCOUNT);
  const options = clientOptions(await bootstrap(emulator, SOURCE_ACCOUNT));
  rds = new RDSClient(options);
  builds = new CodeBuildClient(options);
  const TWO = 'databases: [{ dbName: ledger, dataLayer: true }, { dbName: reporting, dataLayer: true }]';
  await writeFile(join(cwd, 'two.yaml'), configOf('app', TWO));
  await writeFile(join(cwd, 'one.yaml'), configOf('app', TWO.replace(/, \{ dbName: reporting[^}]*\}/, '')));
  await writeFile(join(cwd, 'renamed.yaml'), configOf('shop', 'databases: [{ dbName: ledger, dataLayer: true }]'));
});
afterAll(() => {
  rds?.destroy();
  builds?.destroy();
});

// 18.A4
it('hands the backups what they need of it, and lets each database go by itself', async () => {
  const { stacks, writers } = await runJson(deployDocument, [...DEPLOY, '--config', 'two.yaml'], { cwd, env });
  expect(stacks.map(({ name }) => name)).toEqual([
    'rds-backup-layer2-prod',
    'fintech-data-layer',
    'rds-pgdump-backup-prod',
  ]);
  expect(stacks[1]?.outputs).toMatchObject({ DataLayerVpcId: expect.stringMatching(/^vpc-/) as string });
  expect(writers.map(({ database, verdict }) => [database, verdict])).toEqual([
    ['ledger', 'allowed'],
    ['reporting', 'allowed'],
  ]);
  const fewer = await runJson(deployDocument, [...DEPLOY, '--config', 'one.yaml'], { cwd, env });
  expect(fewer.writers.map(({ database }) => database)).toEqual(['ledger']);
  // 18.A5b: the job goes before what it may do.
  expect(fewer.stacks[0]?.name).toBe('rds-pgdump-backup-prod');
});

// 18.A5b
it('makes again what somebody deleted by hand, and `diff` tells of it', async () => {
  const name = 'rds-pgdump-backup-prod-ledger';
  const project = { type: 'AWS::CodeBuild::Project', name };
  await builds.send(new DeleteProjectCommand({ name }));
  const { differ, stacks } = await runJson(diffDocument, ['diff', '--config', 'one.yaml'], { cwd, env });
  expect(differ).toBe(true);
  expect(stacks.flatMap(({ missing }) => missing)).toMatchObject([project]);
  const again = await runHoldfast([...DEPLOY, '--config', 'one.yaml'], { cwd, env });
  expect(again.code, again.stderr).toBe(0);
  expect(again.stderr).toContain(`${project.type} ${name} was deleted: it is made again.`);
  expect((await builds.send(new BatchGetProjectsCommand({ names: [name] }))).projects).toHaveLength(1);
});

// 18.A5
it('names the cluster that another database name would replace, and changes nothing', async () => {
  const renamed = { cwd, env };
  const failed = await runFailing([...DEPLOY, '--config', 'renamed.yaml'], renamed);
  expect(failed.code).toBe('DATA_AT_RISK');
  expect(failed.message).toMatch(/AWS::RDS::DBCluster \w+ would, or could, be replaced .* because of DatabaseName\./);
  expect(failed.hint).toMatch(/--replace \w+/);
  const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({}));
  expect(DBClusters.map(({ DatabaseName }) => DatabaseName)).toEqual(['app']);

  const { stacks } = await runJson(diffDocument, ['diff', '--config', 'renamed.yaml'], renamed);
  expect(stacks[1]?.resources).toContainEqual(
    expect.objectContaining({ type: 'AWS::RDS::DBCluster', change: 'replace', because: ['DatabaseName'], kept: true }),
  );
  const text = await runHoldfast(['diff', '--config', 'renamed.yaml'], renamed);
  expect(text.stdout).toContain('`deploy` refuses this.');
});

/** Changes of a data layer that is deployed: what would take its data is found before anything is changed. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeDBClustersCommand, RDSClient } from '@aws-sdk/client-rds';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deployDocument, diffDocument } from '../../../src/cli/json/aws-documents.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import {
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

const configOf = (databaseName: string) => `environment: prod
region: us-east-1
dataLayer:
  account: "${SOURCE_ACCOUNT}"
  roleArn: arn:aws:iam::${SOURCE_ACCOUNT}:role/Deploy
  network: { createCidr: 10.80.0.0/22 }
  aurora: { databaseName: ${databaseName} }
`;
const DEPLOY = ['deploy', '--require-approval', 'never', '--method', 'direct'];

beforeAll(async () => {
  env = deployerEnvironment(emulator, temporaryDirectory());
  rds = new RDSClient(clientOptions(await bootstrap(emulator, SOURCE_ACCOUNT)));
  await writeFile(join(cwd, 'holdfast.yaml'), configOf('app'));
  await writeFile(join(cwd, 'renamed.yaml'), configOf('shop'));
});
afterAll(() => rds?.destroy());

// 18.A5
it('names the cluster that another database name would replace, and changes nothing', async () => {
  await runJson(deployDocument, DEPLOY, { cwd, env });
  const renamed = { cwd, env };
  const failed = await runFailing([...DEPLOY, '--config', 'renamed.yaml'], renamed);
  expect(failed.code).toBe('DATA_AT_RISK');
  expect(failed.message).toMatch(/AWS::RDS::DBCluster \w+ would, or could, be replaced .* because of DatabaseName\./);
  expect(failed.hint).toMatch(/--replace \w+/);
  const { DBClusters = [] } = await rds.send(new DescribeDBClustersCommand({}));
  expect(DBClusters.map(({ DatabaseName }) => DatabaseName)).toEqual(['app']);

  const { stacks } = await runJson(diffDocument, ['diff', '--config', 'renamed.yaml'], renamed);
  expect(stacks[0]?.resources).toContainEqual(
    expect.objectContaining({ type: 'AWS::RDS::DBCluster', change: 'replace', because: ['DatabaseName'], kept: true }),
  );
  const text = await runHoldfast(['diff', '--config', 'renamed.yaml'], renamed);
  expect(text.stdout).toContain('`deploy` refuses this.');
});

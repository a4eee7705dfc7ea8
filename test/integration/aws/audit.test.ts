/** The live audit, as a user runs it, of both accounts in the emulator with all that a config deploys. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeletePublicAccessBlockCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from 'vitest';
import { auditDocument, type AuditDocument } from '../../../src/audit/report/document.js';
import { deployDocument } from '../../../src/cli/json/aws-documents.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { parseDocument, runJson } from '../cli/run-json.js';
import {
  BACKUP_ACCOUNT,
  bootstrap,
  clientOptions,
  deployerEnvironment,
  SOURCE_ACCOUNT,
  type Environment,
} from './accounts.js';

const CONFIG = `environment: prod
region: us-east-1
vault: s3://rds-backup-layer2-prod
databases:
  - dbName: ledger
    dataLayer: true
dataLayer:
  account: "${SOURCE_ACCOUNT}"
  roleArn: arn:aws:iam::${SOURCE_ACCOUNT}:role/Deploy
  network:
    createCidr: 10.80.0.0/22
  aurora:
    databaseName: ledger
sourceAccount:
  account: "${SOURCE_ACCOUNT}"
  roleArn: arn:aws:iam::${SOURCE_ACCOUNT}:role/Deploy
  build:
    image: ${SOURCE_ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/holdfast-worker:18
backupAccount:
  account: "${BACKUP_ACCOUNT}"
  roleArn: arn:aws:iam::${BACKUP_ACCOUNT}:role/Deploy
  keyAdminRoles: [KeyAdministrators]
`;
const LAKE = `fintech-prod-data-${SOURCE_ACCOUNT}-us-east-1`;

const emulator = useEmulator();
const cwd = temporaryDirectory();
let env: Environment;
let inSource: Environment;

beforeAll(async () => {
  env = deployerEnvironment(emulator, temporaryDirectory());
  [, inSource] = await Promise.all([bootstrap(emulator, BACKUP_ACCOUNT), bootstrap(emulator, SOURCE_ACCOUNT)]);
  await writeFile(join(cwd, 'holdfast.yaml'), CONFIG);
  await runJson(deployDocument, ['deploy', '--require-approval', 'never'], { cwd, env });
}, 300_000);

/** @returns `control resource` of each finding of a status */
async function audit(...args: string[]) {
  const result = await runHoldfast(['audit', '--json', ...args], { cwd, env });
  const document: AuditDocument = parseDocument(auditDocument, result);
  const by = (status: string) =>
    document.findings
      .filter((one) => one.status === status)
      .map(({ control, resourceName }) => `${control} ${resourceName}`);
  return { code: result.code, document, by, stderr: result.stderr };
}

test('both accounts are read, the vault once, and all controls but the one that tries the cache come to an answer', async () => {
  const { document, by, code } = await audit('--evidence', 'evidence');
  expect(document.audit.places).toEqual(
    [SOURCE_ACCOUNT, BACKUP_ACCOUNT].map((account) => ({
      account,
      region: 'us-east-1',
      scope: 'declared',
      stacks: null,
      caller: `arn:aws:sts::${account}:assumed-role/Deploy/holdfast`,
    })),
  );
  expect(code).toBe(3);
  expect(by('pass')).toEqual(
    expect.arrayContaining([
      `s3-public-access-blocked ${LAKE}`,
      'kms-rotation-enabled alias/fintech-prod-key',
      'aurora-parameters fintech-db-cluster',
      's3-object-lock rds-backup-layer2-prod',
      'vault-writer-is-write-only rds-backup-layer2-prod',
    ]),
  );
  // Nothing was backed up, no value was put in, and the emulator's accounts are new.
  expect(by('fail')).toEqual(
    expect.arrayContaining([
      'backup-fresh ledger',
      'backup-proven ledger',
      'secrets-exist fintech/api-keys',
      `s3-account-public-access-blocked ${SOURCE_ACCOUNT}`,
      `s3-account-public-access-blocked ${BACKUP_ACCOUNT}`,
    ]),
  );
  expect(by('not-evaluated')).toEqual(['redis-auth-verified fintech-redis']);
  expect(document.auroraParameters).toContainEqual({
    cluster: 'fintech-db-cluster',
    parameter: 'log_statement',
    declared: 'ddl',
    applied: 'ddl',
    pending: null,
  });
});

test('the evidence has the requests by the names of the API, with their ids', () => {
  const text = readFileSync(join(cwd, 'evidence/controls/s3-public-access-blocked.json'), 'utf8');
  const { requests } = JSON.parse(text) as { requests: readonly { operation: string; requestId: string | null }[] };
  const asked = requests.filter(({ operation }) => operation === 'GetPublicAccessBlock');
  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every(({ requestId }) => requestId !== null)).toBe(true);
});

test('a setting that is taken away is new since the audit before, and nothing else is', async () => {
  const before = await audit();
  await writeFile(join(cwd, 'before.json'), JSON.stringify(before.document));
  const client = new S3Client(clientOptions(inSource));
  await client.send(new DeletePublicAccessBlockCommand({ Bucket: LAKE }));
  client.destroy();
  const { document, by, code } = await audit('--baseline', 'before.json', '--fail-on-new');
  expect(code).toBe(3);
  expect(by('fail')).toContain(`s3-public-access-blocked ${LAKE}`);
  const changes = document.baseline?.changes.filter(({ change }) => change !== 'open');
  expect(changes).toMatchObject([{ change: 'new', control: 's3-public-access-blocked', resourceName: LAKE }]);
});

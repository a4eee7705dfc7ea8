/** An audit of a config whose data layer is in an account of its own, in the emulator. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { auditDocument } from '../../../src/audit/report/document.js';
import { useEmulator } from '../../helpers/emulator.js';
import { runHoldfast } from '../../helpers/holdfast.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { deployerEnvironment, SOURCE_ACCOUNT } from '../aws/accounts.js';
import { parseDocument } from '../cli/run-json.js';

const LAYER_ACCOUNT = '777788889999';
const roleIn = (account: string) => `arn:aws:iam::${account}:role/Auditor`;
const NAMED = `region: us-east-1
sourceAccount:
  account: "${SOURCE_ACCOUNT}"
  roleArn: ${roleIn(SOURCE_ACCOUNT)}
dataLayer:
  account: "${LAYER_ACCOUNT}"
  roleArn: ${roleIn(LAYER_ACCOUNT)}
  network:
    createCidr: 10.80.0.0/22
`;
/** The accounts are known from signing in alone. */
const UNNAMED = NAMED.replaceAll(/^ {2}account: .*\n/gm, '');

const emulator = useEmulator();
const cwd = temporaryDirectory();

beforeAll(async () => {
  await writeFile(join(cwd, 'named.yaml'), NAMED);
  await writeFile(join(cwd, 'unnamed.yaml'), UNNAMED);
});

async function audit(config: string, ...args: string[]) {
  const env = deployerEnvironment(emulator, temporaryDirectory());
  const result = await runHoldfast(['audit', '--json', '--config', config, ...args], { cwd, env });
  const { audit: about, findings } = parseDocument(auditDocument, result);
  const missing = findings.filter(({ problems }) =>
    problems.includes('The config declares it, but it does not exist.'),
  );
  return { code: result.code, accounts: about.places.map(({ account }) => account), missing };
}

test.each(['named.yaml', 'unnamed.yaml'])('A3: the data layer of %s is read in its own account', async (config) => {
  const { code, accounts, missing } = await audit(config);
  expect(accounts).toEqual([SOURCE_ACCOUNT, LAYER_ACCOUNT]);
  expect(code).toBe(3);
  expect(missing.length).toBeGreaterThan(0);
  expect(missing.map(({ account }) => account)).toEqual(missing.map(() => LAYER_ACCOUNT));
  expect(missing.map(({ control, resourceName }) => `${control} ${resourceName}`)).toEqual(
    expect.arrayContaining(['aurora-cmk fintech-db-cluster', 'secrets-exist fintech/api-keys']),
  );
});

test('A3: it can be audited alone', async () => {
  const { accounts, code } = await audit('named.yaml', '--account', 'data-layer');
  expect({ accounts, code }).toEqual({ accounts: [LAYER_ACCOUNT], code: 3 });
});

test('A3: nothing of it is expected in the source account', async () => {
  const { accounts, missing } = await audit('named.yaml', '--account', 'source');
  expect({ accounts, missing }).toEqual({ accounts: [SOURCE_ACCOUNT], missing: [] });
});

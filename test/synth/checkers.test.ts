import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { App, Stack, Validations } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks, NIST80053R5Checks, PCIDSS321Checks } from 'cdk-nag';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConfigInput } from '../../src/config/index.js';
import { appOf, CONFIG, SOURCE_ACCOUNT } from '../constructs/backup/backup-app.js';
import { temporaryDirectory } from '../helpers/temporary-directory.js';

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly violatingConstructs: readonly { readonly constructPath: string }[];
    }[];
  }[];
}

/** What the other options make: a VPC, an image, one role for all, a named key. */
const OTHER: ConfigInput = {
  ...CONFIG,
  kmsKeyArn: 'arn:aws:kms:us-east-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab',
  backupAccount: {
    account: '444455556666',
    objectLock: { mode: 'COMPLIANCE', days: 90 },
    restorePrincipals: ['arn:aws:iam::444455556666:role/Operators'],
  },
  sourceAccount: {
    account: SOURCE_ACCOUNT,
    roles: 'shared',
    network: { createCidr: '10.90.0.0/24' },
    build: { image: 'build' },
  },
};

it('the packs of cdk-nag report on a bucket that has nothing', async () => {
  vi.stubEnv('CDK_VALIDATION', 'false');
  const app = new App({ outdir: temporaryDirectory() });
  new Bucket(new Stack(app, 'Plain'), 'Bucket');
  const { pluginReports } = await checked(app);
  expect(pluginReports.map(({ pluginName }) => pluginName)).toEqual(['AwsSolutions', 'NIST.800.53.R5', 'PCI.DSS.321']);
});

/** What the packs say of an app. */
async function checked(app: App): Promise<Report> {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new PCIDSS321Checks(app));
  try {
    app.synth();
  } catch {
    // It throws when there are findings; the report names them.
  }
  return JSON.parse(await readFile(path.join(app.outdir, 'validation-report.json'), 'utf8')) as Report;
}

describe.each([
  ['the usual config', CONFIG],
  ['the other options', OTHER],
])('the templates of %s', (_, input) => {
  let outdir: string;
  let report: Report;

  beforeAll(async () => {
    outdir = temporaryDirectory();
    report = await checked(await appOf(input, outdir));
  }, 120_000);

  it('are without findings in the packs AwsSolutions, NIST 800-53 R5 and PCI DSS of cdk-nag', () => {
    const findings = report.pluginReports.flatMap(({ violations }) =>
      violations.map(
        ({ ruleName, violatingConstructs }) =>
          `${ruleName}: ${violatingConstructs.map(({ constructPath }) => constructPath).join(', ')}`,
      ),
    );
    expect(findings).toEqual([]);
  });

  it('are without errors and warnings in cfn-lint', async () => {
    const templates = ['rds-backup-layer2-prod', 'rds-pgdump-backup-prod'].map((name) =>
      path.join(outdir, `${name}.template.json`),
    );
    const said = await promisify(execFile)('cfn-lint', ['--format', 'parseable', ...templates]).then(
      ({ stdout }) => stdout,
      ({ stdout, message }: { stdout: string; message: string }) => stdout || message,
    );
    expect(said).toBe('');
  }, 120_000);
});

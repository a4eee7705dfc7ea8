/** The app of a config like a user's, synthesized; and the parts of its templates that tests ask for. */
import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { vi } from 'vitest';
import type { ConfigInput, HoldfastConfig } from '../../../src/config/index.js';
import { loadInlineConfig } from '../../../src/config/index.js';
import { createApp } from '../../../src/constructs/backup/create-app.js';
import { emptyBundles } from '../../helpers/empty-bundles.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

export const BACKUP_ACCOUNT = '444455556666';
export const SOURCE_ACCOUNT = '111122223333';
export const OTHER_ACCOUNT = '777788889999';
export const REGION = 'us-east-1';
export const BUCKET = 'rds-backup-layer2-prod';

/** Two accounts, two databases, a private network, and a further source account with a prefix of its own. */
export const CONFIG: ConfigInput = {
  environment: 'prod',
  region: REGION,
  vault: `s3://${BUCKET}`,
  databases: [
    {
      host: 'db-1.cluster-abc.us-east-1.rds.amazonaws.com',
      dbName: 'appdb',
      secretArn: `arn:aws:secretsmanager:${REGION}:${SOURCE_ACCOUNT}:secret:appdb`,
      secretKmsKeyArn: `arn:aws:kms:${REGION}:${SOURCE_ACCOUNT}:key/5ec4e75e-c4e7-45ec-84e7-5ec4e75ec4e7`,
    },
    {
      host: 'db-2.cluster-def.us-east-1.rds.amazonaws.com',
      dbName: 'dw',
      secretArn: `arn:aws:secretsmanager:${REGION}:${SOURCE_ACCOUNT}:secret:dw-AbCdEf`,
      schedule: 'cron(0 * * * ? *)',
      timeZone: 'Europe/Berlin',
    },
  ],
  backupAccount: {
    account: BACKUP_ACCOUNT,
    keyAdminRoles: ['KeyAdministrators'],
    drillProject: 'restore-drills',
    alarmEmails: ['oncall@example.com'],
    sources: [{ account: OTHER_ACCOUNT, prefix: 'team-b', databases: ['crm'] }],
  },
  sourceAccount: {
    network: {
      vpcId: 'vpc-0a1b2c3d4e5f67890',
      subnetIds: ['subnet-0a1b2c3d4e5f67890', 'subnet-0a1b2c3d4e5f67891'],
      databaseSecurityGroupIds: ['sg-0a1b2c3d4e5f67890'],
    },
  },
};

export async function configOf(input: ConfigInput, directory = '/'): Promise<HoldfastConfig> {
  const { config } = await loadInlineConfig({ name: 'test', text: JSON.stringify(input), directory });
  return config;
}

/** The app of a config, not synthesized yet. */
export async function appOf(input: ConfigInput | HoldfastConfig, outdir?: string): Promise<App> {
  // CloudFormation's own checks take five times as long as the synthesis; test/synth has cfn-lint.
  vi.stubEnv('CDK_VALIDATION', 'false');
  const config = 'discoveries' in input ? input : await configOf(input);
  return createApp(config, { outdir, ...emptyBundles() });
}

/** CloudFormation's templates by the names of the stacks. */
export async function templatesOf(input: ConfigInput | HoldfastConfig): Promise<ReadonlyMap<string, Template>> {
  const app = await appOf(input, temporaryDirectory());
  return new Map(app.synth().stacks.map((stack) => [stack.stackName, Template.fromJSON(stack.template as object)]));
}

/** The stack of the account of the databases: a job for each. */
import { CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { ENVIRONMENT_TAG, planVault, sourceStackName } from '../../policies/index.js';
import { BackupJobs } from './backup-jobs.js';

export interface SourceAccountStackProps {
  /** Directory of the worker's bundle, with `holdfast.mjs`. */
  readonly bundle: string;
}

export class SourceAccountStack extends Stack {
  readonly backups: BackupJobs;

  /**
   * @param config with databases, and a vault in S3
   * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS
   */
  constructor(scope: Construct, config: HoldfastConfig, { bundle }: SourceAccountStackProps) {
    const { environment, region, sourceAccount: account } = planVault(config);
    if (account === undefined) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        'sourceAccount.account is not given, and no secretArn says in which account the databases are.',
      );
    }
    super(scope, sourceStackName(environment), {
      description: `Holdfast: the backup jobs of PostgreSQL databases (${environment}).`,
      env: { account, region },
    });
    this.backups = new BackupJobs(this, 'Backups', { config, bundle });
    Tags.of(this).add(ENVIRONMENT_TAG, environment);
    new CfnOutput(this, 'AlarmTopicArn', {
      value: this.backups.foundation.topic.topicArn,
      description: 'Where alarms go.',
    });
    if (this.backups.image) {
      new CfnOutput(this, 'ImageProject', {
        value: this.backups.image.project.projectName,
        description: 'Start it before the first backup: it builds the image that backups run in.',
      });
    }
  }
}

/** The stack of the account of the databases: a job for each. */
import { CfnOutput, Stack, Tags, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { ENVIRONMENT_TAG, planVault, sourceStackName } from '../../policies/index.js';
import { BackupJobs, jobsOf, type BackupJobsConfigOptions, type BackupJobsProps } from './backup-jobs.js';
import { layer2Names } from './job-names.js';

/** All names are the layer-2 document's, by which the policies of a vault admit the roles. */
export interface SourceAccountStackProps extends StackProps, Omit<BackupJobsProps, 'names'> {}

export class SourceAccountStack extends Stack {
  /**
   * The stack of a config with databases and a vault in S3, under its name.
   *
   * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS
   */
  static fromConfig(
    scope: Construct,
    config: HoldfastConfig,
    options: BackupJobsConfigOptions = {},
  ): SourceAccountStack {
    const { environment, region, sourceAccount: account } = planVault(config);
    if (account === undefined) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        'sourceAccount.account is not given, and no secretArn says in which account the databases are.',
      );
    }
    const env = { account, region };
    return new SourceAccountStack(scope, sourceStackName(environment), { env, ...jobsOf(config, options) });
  }

  readonly backups: BackupJobs;

  /** @throws HoldfastError CONFIG_INVALID when a database needs what a build does not have, or cannot be named on AWS */
  constructor(scope: Construct, id: string, props: SourceAccountStackProps) {
    const { environment } = props;
    super(scope, id, {
      description: `Holdfast: the backup jobs of PostgreSQL databases (${environment}).`,
      ...props,
    });
    this.backups = new BackupJobs(this, 'Backups', { ...props, names: layer2Names(environment) });
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

/** The stack of the account that holds the vault, and that the source account cannot touch. */
import { Annotations, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import {
  backupStackName,
  ENVIRONMENT_TAG,
  needsTags,
  planVault,
  sharesRole,
  vaultKeyAlias,
  watchName,
  type VaultPlan,
} from '../../policies/index.js';
import { OperationsKey } from '../shared/operations-key.js';
import { BackupVault } from './backup-vault.js';
import { VaultRoles } from './vault-roles.js';
import { VaultWatch } from './vault-watch.js';

/** Names of the stack's outputs. */
export const BACKUP_ACCOUNT_OUTPUTS = {
  bucket: 'VaultBucketName',
  key: 'VaultKeyArn',
  restoreRole: 'RestoreRoleArn',
  /** Where the config names a project for restore drills. */
  drillRole: 'DrillRoleArn',
  alarms: 'AlarmTopicArn',
} as const;

export class BackupAccountStack extends Stack {
  readonly vault: BackupVault;
  readonly roles: VaultRoles;
  readonly watch: VaultWatch;

  /**
   * @param config with `backupAccount`
   * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS
   */
  constructor(scope: Construct, config: HoldfastConfig) {
    const plan = planVault(config);
    const { environment, region, bucket: bucketName, backupAccount: account, restoreRoleArn, drillRoleArn } = plan;
    const section = config.backupAccount;
    if (section === undefined || account === undefined || restoreRoleArn === undefined) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        'backupAccount.account is not given. It is where the vault is created.',
      );
    }
    super(scope, backupStackName(environment), {
      description: `Holdfast: the vault of PostgreSQL backups (${environment}).`,
      env: { account, region },
      terminationProtection: true,
    });
    const proverRoleArns = drillRoleArn === undefined ? [] : [drillRoleArn];
    const readerRoleArns = [restoreRoleArn, ...proverRoleArns];
    this.vault = new BackupVault(this, 'Vault', {
      bucketName,
      region,
      keyAlias: vaultKeyAlias(environment),
      writers: plan.writers,
      keyAdminRoleArns: plan.keyAdminRoleArns,
      readerRoleArns,
      proverRoleArns,
      objectLock: { ...section.objectLock, bypassRoles: plan.bypassRoleArns },
      lifecycle: section.lifecycle,
      logRetentionDays: section.logRetentionDays,
      existingBucketName: section.existingBucket,
      existingKeyArn: section.existingKeyArn,
    });
    const { keyArn } = this.vault.key;
    const { restorePrincipals, drillProject, alarmEmails: emails } = section;
    this.roles = new VaultRoles(this, 'Roles', {
      environment,
      region,
      bucketName,
      keyArn,
      restorePrincipals,
      drillProject,
    });
    const encryptionKey = new OperationsKey(this, 'OperationsKey', {
      alias: `alias/${watchName(environment)}`,
      region,
    });
    this.watch = new VaultWatch(this, 'Watch', {
      environment,
      bucketName,
      keyArn,
      region,
      readerRoleArns,
      encryptionKey,
      emails,
    });
    Tags.of(this).add(ENVIRONMENT_TAG, environment);
    this.#tellOfBinding(plan);
    this.#outputs();
  }

  /** What a policy of bucket or key cannot enforce on a role, and what it needs of roles that are created elsewhere. */
  #tellOfBinding({ writers }: VaultPlan): void {
    for (const { account } of writers.filter(({ shared }) => shared))
      Annotations.of(this).addWarningV2(`holdfast:shared-role-${account}`, sharesRole(account));
    const accounts = [...new Set(writers.filter(({ tags }) => tags !== undefined).map(({ account }) => account))];
    for (const account of accounts)
      Annotations.of(this).addInfoV2(`holdfast:bound-by-tags-${account}`, needsTags(account));
  }

  #outputs(): void {
    const { bucket, key, restoreRole, drillRole, alarms } = BACKUP_ACCOUNT_OUTPUTS;
    const output = (id: string, value: string, description: string) => new CfnOutput(this, id, { value, description });
    output(bucket, this.vault.bucket.bucketName, 'The bucket of the vault: target_bucket in the source account.');
    output(
      key,
      this.vault.key.keyArn,
      'The key of the vault: kmsKeyArn (backup_account_kms_arn) in the source account.',
    );
    output(restoreRole, this.roles.restore.roleArn, 'The role for restores; assuming it requires a second factor.');
    if (this.roles.drill) output(drillRole, this.roles.drill.roleArn, 'The role of restore drills.');
    output(alarms, this.watch.topic.topicArn, 'Where alarms go.');
  }
}

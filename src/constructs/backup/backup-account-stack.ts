/** The stack of the account that holds the vault, and that the source account cannot touch. */
import { Annotations, CfnOutput, Stack, Tags, Token, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { HoldfastConfig } from '../../config/index.js';
import { requireValid } from '../../config/require-valid.js';
import { HoldfastError } from '../../core/errors.js';
import {
  accessLogBucketName,
  backupStackName,
  drillRoleName,
  ENVIRONMENT_TAG,
  needsTags,
  planVault,
  planWriters,
  restoreRoleName,
  sharesRole,
  VAULT_KEY,
  vaultBucketName,
  vaultKeyAlias,
  watchName,
  type Writer,
} from '../../policies/index.js';
import { knownValues } from '../shared/known-values.js';
import { OperationsKey } from '../shared/operations-key.js';
import { placeOf } from '../shared/place.js';
import { BackupVault, type VaultLifecycle, type VaultObjectLock } from './backup-vault.js';
import { VaultRoles } from './vault-roles.js';
import { VaultWatch } from './vault-watch.js';

/** Names of the stack's outputs. */
export const BACKUP_ACCOUNT_OUTPUTS = {
  bucket: 'VaultBucketName',
  key: VAULT_KEY,
  restoreRole: 'RestoreRoleArn',
  /** Where a project for restore drills is named. */
  drillRole: 'DrillRoleArn',
  alarms: 'AlarmTopicArn',
} as const;

/** An account whose backups the vault takes. */
export interface VaultSource {
  readonly account: string;
  /** Names of its databases. @default not known here: its roles are bound by their tags */
  readonly databases?: readonly string[];
  /** Before `layer2/`, without slashes at its ends: each account needs its own. @default none */
  readonly prefix?: string;
  /** In the names of its roles. @default the stack's */
  readonly environment?: string;
  /** Whether its jobs have a role each: nothing binds a job to its database otherwise. @default 'per-database' */
  readonly roles?: 'per-database' | 'shared';
}

export interface BackupAccountStackProps extends StackProps {
  /** Part of all names: letters, digits, hyphens and underscores. */
  readonly environment: string;
  /** Of the vault. @default 'rds-backup-layer2-<environment>' */
  readonly bucketName?: string;
  /** Who writes backups. @default nobody */
  readonly sources?: readonly VaultSource[];
  /** ARNs of roles that administer the key and may end it. @default anyone whom IAM in the account allows */
  readonly keyAdminRoleArns?: readonly string[];
  /** @default GOVERNANCE for 35 days, which nobody may end early */
  readonly objectLock?: VaultObjectLock;
  /** @default Standard-IA after 30 days, Glacier Instant Retrieval after 90, hidden versions for 35 */
  readonly lifecycle?: VaultLifecycle;
  /** How long access logs are kept, in days. @default 365 */
  readonly logRetentionDays?: number;
  /** A bucket that exists; its policy is left unchanged. @default one is made */
  readonly existingBucketName?: string;
  /** A key that exists; its policy is left unchanged. @default one is made */
  readonly existingKeyArn?: string;
  /** ARNs of roles and users, or accounts, that may assume the restore role. @default anyone whom IAM in the account allows */
  readonly restorePrincipals?: readonly string[];
  /** An existing CodeBuild project that runs restore drills. @default no role for drills */
  readonly drillProject?: string;
  /** Each has to confirm once. @default nobody is told */
  readonly alarmEmails?: readonly string[];
}

export class BackupAccountStack extends Stack {
  /**
   * The stack of a config with `backupAccount`, under its name.
   *
   * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS
   */
  static fromConfig(scope: Construct, config: HoldfastConfig): BackupAccountStack {
    const { environment, region, bucket: bucketName, backupAccount: account, sources, ...plan } = planVault(config);
    const section = config.backupAccount;
    if (section === undefined || account === undefined) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        'backupAccount.account is not given. It is where the vault is created.',
      );
    }
    return new BackupAccountStack(scope, backupStackName(environment), {
      env: { account, region },
      environment,
      bucketName,
      sources: sources.map(({ sharedRole, ...source }) => ({ ...source, roles: sharedRole ? 'shared' : undefined })),
      keyAdminRoleArns: plan.keyAdminRoleArns,
      objectLock: { ...section.objectLock, bypassRoles: plan.bypassRoleArns },
      lifecycle: section.lifecycle,
      logRetentionDays: section.logRetentionDays,
      existingBucketName: section.existingBucket,
      existingKeyArn: section.existingKeyArn,
      restorePrincipals: section.restorePrincipals,
      drillProject: section.drillProject,
      alarmEmails: section.alarmEmails,
    });
  }

  readonly vault: BackupVault;
  readonly roles: VaultRoles;
  readonly watch: VaultWatch;
  readonly #props: BackupAccountStackProps;

  /** @throws HoldfastError CONFIG_INVALID when two accounts would write under one prefix, or a name cannot be one on AWS */
  constructor(scope: Construct, id: string, props: BackupAccountStackProps) {
    super(scope, id, {
      description: `Holdfast: the vault of PostgreSQL backups (${props.environment}).`,
      terminationProtection: true,
      ...props,
    });
    this.#props = props;
    requireValidSources(props);
    const { environment, drillProject } = props;
    const writers = this.#writers();
    const restoreRoleArn = this.#roleArn(restoreRoleName(environment));
    const proverRoleArns = drillProject === undefined ? [] : [this.#roleArn(drillRoleName(environment))];
    const readerRoleArns = [restoreRoleArn, ...proverRoleArns];
    this.vault = this.#makeVault(writers, readerRoleArns, proverRoleArns);
    this.roles = new VaultRoles(this, 'Roles', {
      vault: this.vault,
      restoreRoleName: restoreRoleName(environment),
      drillRoleName: drillRoleName(environment),
      restorePrincipals: props.restorePrincipals,
      drillProject,
    });
    this.watch = this.#makeWatch(readerRoleArns);
    Tags.of(this).add(ENVIRONMENT_TAG, environment);
    this.#tellOfBinding(writers);
    this.#outputs();
  }

  #writers(): readonly Writer[] {
    const { sources = [], environment } = this.#props;
    const writing = sources.map(({ roles, prefix = '', ...source }) => ({
      ...source,
      environment: source.environment ?? environment,
      prefix,
      sharedRole: roles === 'shared',
    }));
    return planWriters(writing, placeOf(this).partition);
  }

  #roleArn(name: string): string {
    const { account, partition } = placeOf(this);
    return `arn:${partition}:iam::${account}:role/${name}`;
  }

  get #bucketName(): string {
    const { existingBucketName, bucketName, environment } = this.#props;
    return existingBucketName ?? bucketName ?? vaultBucketName(environment);
  }

  #makeVault(
    writers: readonly Writer[],
    readerRoleArns: readonly string[],
    proverRoleArns: readonly string[],
  ): BackupVault {
    const { keyAdminRoleArns, objectLock, lifecycle, logRetentionDays } = this.#props;
    const { environment, existingBucketName, existingKeyArn } = this.#props;
    return new BackupVault(this, 'Vault', {
      bucketName: this.#bucketName,
      accessLogBucketName: existingBucketName === undefined ? accessLogBucketName(this.#bucketName) : undefined,
      keyAlias: vaultKeyAlias(environment),
      writers,
      keyAdminRoleArns,
      readerRoleArns,
      proverRoleArns,
      objectLock,
      lifecycle,
      logRetentionDays,
      existingBucketName,
      existingKeyArn,
    });
  }

  #makeWatch(readerRoleArns: readonly string[]): VaultWatch {
    const name = watchName(this.#props.environment);
    const encryptionKey = new OperationsKey(this, 'OperationsKey', { alias: `alias/${name}` });
    return new VaultWatch(this, 'Watch', {
      bucketName: this.#bucketName,
      keyArn: this.vault.key.keyArn,
      readerRoleArns,
      encryptionKey,
      topicName: name,
      emails: this.#props.alarmEmails,
    });
  }

  /** What a policy of bucket or key cannot enforce on a role, and what it needs of roles that are created elsewhere. */
  #tellOfBinding(writers: readonly Writer[]): void {
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

/** What a config could not say either; an account that only the deployment knows is left to it. */
function requireValidSources({ sources = [], existingBucketName, existingKeyArn }: BackupAccountStackProps): void {
  const known = sources
    .filter(({ account }) => !Token.isUnresolved(account))
    .map(({ prefix, ...source }) => ({ ...source, prefix: prefix === '' ? undefined : prefix }));
  const existing = { existingBucket: existingBucketName, existingKeyArn };
  requireValid('The vault', knownValues({ backupAccount: { sources: known, ...existing } }));
}

/** What a config says about the vault on AWS: names, accounts, and who writes where. Needs no CDK. */
import { accountsNamed } from '../config/accounts.js';
import type { DatabaseConfig, HoldfastConfig } from '../config/index.js';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { partitionOf } from '../syntax/arn.js';
import { parseVaultUrl, vaultPrefixProblem } from '../syntax/vault-url.js';
import { drillRoleName, restoreRoleName, vaultBucketName } from './names.js';
import { keyPrefixOf, planWriters, type WritingSource } from './plan-writers.js';
import type { PolicyDocument } from './policy-document.js';
import { vaultBucketPolicy } from './vault-bucket-policy.js';
import { vaultKeyPolicy } from './vault-key-policy.js';
import type { Writer } from './writer.js';
import { logGroupName } from './log-groups.js';
import { writerRolePolicy, type WriterLogin } from './writer-role-policy.js';

export interface VaultPlan {
  readonly environment: string;
  readonly region: string;
  readonly partition: string;
  readonly bucket: string;
  /** The path of the vault's URL; empty for none. */
  readonly prefix: string;
  /** Absent: neither the section nor the key's ARN says it. */
  readonly backupAccount?: string;
  /** Absent: neither the section nor a secret's ARN says it. */
  readonly sourceAccount?: string;
  /** The CMK's full ARN; absent: made by the stack. */
  readonly keyArn?: string;
  readonly sharedRole: boolean;
  readonly databases: readonly DatabaseConfig[];
  /** Who writes into it: this config's own databases, and further accounts. */
  readonly sources: readonly WritingSource[];
  readonly writers: readonly Writer[];
  readonly restoreRoleArn?: string;
  /** Absent: the config names no project for restore drills. */
  readonly drillRoleArn?: string;
  readonly keyAdminRoleArns: readonly string[];
  readonly bypassRoleArns: readonly string[];
}

/** @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS */
export function planVault(config: HoldfastConfig): VaultPlan {
  const environment = required(config.environment, 'environment', 'It is part of all names on AWS, for example prod.');
  const region = required(config.region, 'region', 'Stacks and policies belong to one Region, for example us-east-1.');
  const partition = partitionOf(region);
  const { bucket, prefix } = bucketAndPrefix(config, environment);
  const backup = config.backupAccount;
  const backupAccount = oneAccount('backupAccount', accountsNamed(config).backup);
  const sourceAccount = oneAccount('sourceAccount', accountsNamed(config).source);
  const role = (account: string | undefined) => (name: string) =>
    name.startsWith('arn:') || account === undefined ? name : `arn:${partition}:iam::${account}:role/${name}`;
  const backupRole = role(backupAccount);
  const plan = {
    environment,
    region,
    partition,
    bucket,
    prefix,
    backupAccount,
    sourceAccount,
    keyArn: keyArnOf(config),
    sharedRole: config.sourceAccount?.roles === 'shared',
    databases: config.databases,
    restoreRoleArn: backupAccount && backupRole(restoreRoleName(environment)),
    drillRoleArn:
      backupAccount && backup?.drillProject !== undefined ? backupRole(drillRoleName(environment)) : undefined,
    keyAdminRoleArns: (backup?.keyAdminRoles ?? []).map(backupRole),
    bypassRoleArns: (backup?.objectLock.bypassRoles ?? []).map(backupRole),
  };
  const sources = sourcesOf(config, plan);
  return { ...plan, sources, writers: planWriters(sources, partition) };
}

/** The policy that the vault's bucket needs. @throws HoldfastError CONFIG_INVALID without the account or the key */
export function bucketPolicyOf(plan: VaultPlan): PolicyDocument {
  return vaultBucketPolicy({
    ...plan,
    account: required(plan.backupAccount, 'backupAccount.account', 'The policy names it.'),
    keyArn: required(plan.keyArn, 'kmsKeyArn', 'The policy limits writers to this key.'),
  });
}

/** The policy that the vault's CMK needs. @throws HoldfastError CONFIG_INVALID without the account */
export function keyPolicyOf(plan: VaultPlan): PolicyDocument {
  const { restoreRoleArn, drillRoleArn } = plan;
  return vaultKeyPolicy({
    ...plan,
    account: required(plan.backupAccount, 'backupAccount.account', 'The policy names it.'),
    adminRoleArns: plan.keyAdminRoleArns,
    readerRoleArns: [restoreRoleArn, drillRoleArn].filter((arn) => arn !== undefined),
    proverRoleArns: drillRoleArn === undefined ? [] : [drillRoleArn],
  });
}

/**
 * The policy that a job's role needs.
 *
 * @param database absent: of the role that all databases share
 * @throws HoldfastError CONFIG_INVALID without the account or the key, or when a login cannot work on AWS
 */
export function rolePolicyOf(plan: VaultPlan, database?: DatabaseConfig): PolicyDocument {
  const databases = database ? [database] : plan.databases;
  return writerRolePolicy({
    ...plan,
    account: required(plan.sourceAccount, 'sourceAccount.account', 'The policy names it.'),
    keyArn: required(plan.keyArn, 'kmsKeyArn', 'The policy allows this key only.'),
    keyPrefixes: databases.map(({ name }) => keyPrefixOf(plan, name)),
    logins: databases.map(loginOf),
    logGroupNames: databases.map(({ name }) => logGroupName(plan.environment, name)),
  });
}

/** What a login depends on. */
export interface LoginSettings extends Pick<
  DatabaseConfig,
  'name' | 'secretArn' | 'secretKmsKeyArn' | 'rdsResourceId' | 'user'
> {
  readonly iam?: boolean | undefined;
}

/** @throws HoldfastError CONFIG_INVALID */
export function loginOf(database: LoginSettings): WriterLogin {
  const { name, secretArn, secretKmsKeyArn, iam, rdsResourceId, user } = database;
  if (!iam) return { secretArn, secretKmsKeyArn };
  if (rdsResourceId === undefined || user === undefined) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `Database "${name}" logs in with IAM, and the permission for that names the server and the role. Add rdsResourceId and user.`,
    );
  }
  return { connect: { resourceId: rdsResourceId, user } };
}

function sourcesOf(config: HoldfastConfig, plan: Omit<VaultPlan, 'sources' | 'writers'>): WritingSource[] {
  const { environment, sourceAccount: account, prefix, databases, sharedRole } = plan;
  const own = { account: account ?? '', prefix, environment, databases: databases.map(({ name }) => name), sharedRole };
  return [
    ...(account === undefined || databases.length === 0 ? [] : [own]),
    ...(config.backupAccount?.sources ?? []).map(({ roles, ...source }) => ({
      environment,
      ...source,
      sharedRole: roles === 'shared',
    })),
  ];
}

/** Bucket and prefix of the vault; without a vault in the config, the bucket that the stack makes. */
function bucketAndPrefix(config: HoldfastConfig, environment: string): { bucket: string; prefix: string } {
  const existing = config.backupAccount?.existingBucket;
  if (config.vault === undefined) return { bucket: existing ?? vaultBucketName(environment), prefix: '' };
  const location = parseVaultUrl(config.vault);
  if (location.kind !== 's3') {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `vault: received "${config.vault}". On AWS it is s3://bucket or s3://bucket/prefix.`,
    );
  }
  const { bucket, prefix } = location;
  requireNamablePrefix(prefix);
  if (existing !== undefined && existing !== bucket) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `backupAccount.existingBucket is "${existing}", and vault names "${bucket}". Make them the same, or remove one.`,
    );
  }
  return { bucket, prefix };
}

function keyArnOf(config: HoldfastConfig): string | undefined {
  const existing = config.backupAccount?.existingKeyArn;
  if (existing !== undefined && config.kmsKeyArn !== undefined && existing !== config.kmsKeyArn) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `backupAccount.existingKeyArn is ${existing}, and kmsKeyArn ${config.kmsKeyArn}. Make them the same, or remove one.`,
    );
  }
  return config.kmsKeyArn ?? existing;
}

/** @throws HoldfastError CONFIG_INVALID when the config names several */
function oneAccount(section: string, named: readonly string[]): string | undefined {
  const accounts = [...new Set(named)];
  if (accounts.length < 2) return accounts[0];
  throw new HoldfastError(
    'CONFIG_INVALID',
    `${section}.account and the ARNs of the config name several accounts: ${accounts.join(', ')}. They must all be the same.`,
  );
}

/** @throws HoldfastError CONFIG_INVALID */
function required<T>(value: T | undefined, option: string, why: string): T {
  if (value !== undefined) return value;
  throw new HoldfastError('CONFIG_INVALID', `${option} is not given. ${why}`);
}

/**
 * The policy of a writer's role names its prefix: a wildcard there would admit it to the prefixes of others.
 *
 * @param prefix empty for none
 * @throws HoldfastError CONFIG_INVALID
 */
export function requireNamablePrefix(prefix: string): void {
  const problem = prefix === '' ? undefined : vaultPrefixProblem(prefix);
  if (problem === undefined) return;
  throw new HoldfastError('CONFIG_INVALID', `vault: the policies cannot name the prefix ${quoted(prefix)}. ${problem}`);
}

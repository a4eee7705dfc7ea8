/** What a config says of the vault on AWS: names, accounts, and who writes where. Needs no CDK. */
import type { DatabaseConfig, HoldfastConfig } from '../config/index.js';
import { HoldfastError } from '../core/errors.js';
import { databasePrefix, vaultPrefix } from '../vault/keys.js';
import { drillRoleName, restoreRoleName, vaultBucketName, writerRoleName, writerRolePattern } from './names.js';
import { partitionOf, type PolicyDocument } from './policy-document.js';
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
  readonly writers: readonly Writer[];
  readonly restoreRoleArn?: string;
  /** Absent: the config names no project for restore drills. */
  readonly drillRoleArn?: string;
  readonly keyAdminRoleArns: readonly string[];
  readonly bypassRoleArns: readonly string[];
}

/** Beyond this, an account's roles share one statement: the policies of bucket and key have a largest size. */
const MOST_STATEMENTS_OF_AN_ACCOUNT = 30;

/** @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot be names on AWS */
export function planVault(config: HoldfastConfig): VaultPlan {
  const environment = required(config.environment, 'environment', 'It is part of all names on AWS, for example prod.');
  const region = required(config.region, 'region', 'Stacks and policies are of one Region, for example us-east-1.');
  const partition = partitionOf(region);
  const { bucket, prefix } = placeOf(config, environment);
  const backup = config.backupAccount;
  const backupAccount = oneAccount('backupAccount', [backup?.account, accountOf(keyArnOf(config))]);
  const sourceAccount = oneAccount('sourceAccount', [
    config.sourceAccount?.account,
    ...config.databases.map(({ secretArn }) => accountOf(secretArn)),
  ]);
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
  return { ...plan, writers: writersOf(config, plan) };
}

/** The policy that the vault's bucket needs. @throws HoldfastError CONFIG_INVALID without the account or the key */
export function bucketPolicyOf(plan: VaultPlan): PolicyDocument {
  return vaultBucketPolicy({
    ...plan,
    account: required(plan.backupAccount, 'backupAccount.account', 'The policy names it.'),
    keyArn: required(plan.keyArn, 'kmsKeyArn', 'The policy holds writers to this key.'),
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

/** What the keys of a database's objects in the bucket begin with, slash included: `layer2/appdb/`. */
export function keyPrefixOf({ prefix }: Pick<VaultPlan, 'prefix'>, database: string): string {
  return vaultRoot(prefix) + databasePrefix(database);
}

/** @throws HoldfastError CONFIG_INVALID */
export function loginOf(database: DatabaseConfig): WriterLogin {
  const { name, secretArn, secretKmsKeyArn, iam, rdsResourceId, user } = database;
  if (!iam) return { secretArn, secretKmsKeyArn };
  if (rdsResourceId === undefined || user === undefined) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `Database "${name}" logs in by IAM, and the permission for it names the server and the role. Add rdsResourceId and user.`,
    );
  }
  return { connect: { resourceId: rdsResourceId, user } };
}

function writersOf(config: HoldfastConfig, plan: Omit<VaultPlan, 'writers'>): Writer[] {
  const { environment, sourceAccount, prefix, databases } = plan;
  const own = sourceAccount === undefined || databases.length === 0 ? [] : [{ account: sourceAccount, prefix }];
  const sources = [
    ...own.map((source) => ({ ...source, environment, databases: databases.map(({ name }) => name) })),
    ...(config.backupAccount?.sources ?? []).map((source) => ({ environment, ...source })),
  ];
  refuseSharedPrefixes(sources);
  return sources.flatMap((source, index) => {
    const { account } = source;
    const arn = (name: string) => `arn:${plan.partition}:iam::${account}:role/${name}`;
    const id = (text: string) => `Account${index + 1}${text}`;
    const root = vaultRoot(source.prefix) + vaultPrefix();
    if (source.databases === undefined) {
      return [
        {
          id: id('All'),
          account,
          roleArn: arn(writerRolePattern(source.environment ?? environment)),
          keyPrefixes: [root],
        },
      ];
    }
    const places = source.databases.map((name) => ({ name, keyPrefix: keyPrefixOf(source, name) }));
    const keyPrefixes = places.map(({ keyPrefix }) => keyPrefix);
    if (plan.sharedRole && index < own.length) {
      return [{ id: id('Shared'), account, roleArn: arn(writerRoleName(environment)), keyPrefixes }];
    }
    if (places.length > MOST_STATEMENTS_OF_AN_ACCOUNT) {
      return [
        {
          id: id('All'),
          account,
          roleArn: arn(writerRolePattern(source.environment ?? environment)),
          keyPrefixes: [root],
        },
      ];
    }
    return places.map(({ name, keyPrefix }, place) => ({
      id: id(`Database${place + 1}`),
      account,
      roleArn: arn(writerRoleName(source.environment ?? environment, name)),
      keyPrefixes: [keyPrefix],
    }));
  });
}

/** One account's keys must never lie below another's. */
function refuseSharedPrefixes(sources: readonly { readonly account: string; readonly prefix: string }[]): void {
  const roots = sources.map(({ account, prefix }) => ({ account, root: vaultRoot(prefix) + vaultPrefix() }));
  for (const [index, one] of roots.entries()) {
    const other = roots
      .slice(index + 1)
      .find(({ account, root }) => account !== one.account && overlap(root, one.root));
    if (other === undefined) continue;
    throw new HoldfastError(
      'CONFIG_INVALID',
      `Accounts ${one.account} and ${other.account} would write under the same prefix of the vault: ${one.root} and ${other.root}.`,
      { hint: 'Give each of backupAccount.sources a prefix of its own.' },
    );
  }
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}

function vaultRoot(prefix: string): string {
  return prefix === '' ? '' : `${prefix}/`;
}

/** Bucket and prefix of the vault; without a vault in the config, the bucket that the stack makes. */
function placeOf(config: HoldfastConfig, environment: string): { bucket: string; prefix: string } {
  const existing = config.backupAccount?.existingBucket;
  if (config.vault === undefined) return { bucket: existing ?? vaultBucketName(environment), prefix: '' };
  const match = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(config.vault);
  if (!match) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `vault: received "${config.vault}". On AWS it is s3://bucket or s3://bucket/prefix.`,
    );
  }
  const [, bucket = '', path = ''] = match;
  if (existing !== undefined && existing !== bucket) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `backupAccount.existingBucket is "${existing}", and vault names "${bucket}". Make them the same, or remove one.`,
    );
  }
  return { bucket, prefix: path.replace(/^\/+|\/+$/g, '') };
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

function accountOf(arn: string | undefined): string | undefined {
  const account = arn?.split(':')[4];
  return account !== undefined && /^\d{12}$/.test(account) ? account : undefined;
}

/** @throws HoldfastError CONFIG_INVALID when the config names several */
function oneAccount(section: string, named: readonly (string | undefined)[]): string | undefined {
  const accounts = [...new Set(named.filter((account) => account !== undefined))];
  if (accounts.length < 2) return accounts[0];
  throw new HoldfastError(
    'CONFIG_INVALID',
    `${section}.account and the ARNs of the config name several accounts: ${accounts.join(', ')}. They have to be one.`,
  );
}

/** @throws HoldfastError CONFIG_INVALID */
function required<T>(value: T | undefined, option: string, why: string): T {
  if (value !== undefined) return value;
  throw new HoldfastError('CONFIG_INVALID', `${option} is not given. ${why}`);
}

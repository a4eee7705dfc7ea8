/**
 * What the config says should exist: the names that controls expect, and which key is the expected one. Without a
 * config nothing is declared, and the controls judge what they find.
 */
export interface Declared {
  /** Aliases of the keys that must exist: `alias/fintech-prod-key`. */
  readonly keyAliases: readonly string[];
  /** What something must be encrypted with, by what that is; where nothing is said, with any customer managed key. */
  readonly expectedKeys: { readonly [Use in KeyUse]?: ExpectedKey };
  readonly auroraClusters: readonly string[];
  readonly dynamoTables: readonly { readonly name: string; readonly streamViewType?: string }[];
  readonly buckets: readonly { readonly name: string; readonly role: BucketRole }[];
  readonly replicationGroups: readonly string[];
  readonly secrets: readonly string[];
  /** The one role that reads the data layer's secrets. */
  readonly taskRoles: readonly string[];
  /** Those of them that exist already: they are in no template. */
  readonly existingTaskRoles: readonly string[];
  /** The secrets that it may read. */
  readonly taskSecrets: readonly string[];
  /** CodeBuild projects that back up the config's databases. */
  readonly backupProjects: readonly string[];
  /** Names of databases that must be backed up. */
  readonly databases: readonly string[];
  /** Account ids that may have access to buckets, keys and secrets besides the account itself. */
  readonly trustedAccounts: readonly string[];
}

/** What is encrypted: everything in the data layer, or what is in the vault. */
export type KeyUse = 'dataLayer' | 'vault';

/** A key of the config's own stacks by its alias, or one that exists already by its ARN. */
export type ExpectedKey = { readonly alias: string } | { readonly arn: string };

/** The purpose of a bucket. */
export type BucketRole = 'vault' | 'source' | 'replica' | 'logs';

/** Nothing declared: an audit without a config. */
export const NOTHING_DECLARED: Declared = {
  keyAliases: [],
  expectedKeys: {},
  auroraClusters: [],
  dynamoTables: [],
  buckets: [],
  replicationGroups: [],
  secrets: [],
  taskRoles: [],
  existingTaskRoles: [],
  taskSecrets: [],
  backupProjects: [],
  databases: [],
  trustedAccounts: [],
};

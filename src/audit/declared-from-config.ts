/** What a config declares, by the names that its stacks give. */
import { accountSettings, type Place } from '../config/accounts.js';
import type { HoldfastConfig } from '../config/index.js';
import { isPlaceholder } from '../config/placeholders.js';
import type { DataLayerConfig } from '../config/sections/data-layer-config.js';
import { dataLayerNames } from '../policies/data-layer-names.js';
import {
  accessLogBucketName,
  jobsName,
  projectName,
  vaultBucketName,
  vaultKeyAlias,
  watchName,
} from '../policies/names.js';
import { accountOfArn } from '../syntax/arn.js';
import { parseVaultUrl } from '../syntax/vault-url.js';
import type { Declared, ExpectedKey } from './model/declared.js';

/**
 * @param account the one that is audited: only what the config puts there, or does not say where, is expected in it.
 *   Left
 *   out for templates, which hold the stacks of all accounts
 * @param found the account of each place that was signed in to; the config may leave it to a profile
 * @throws HoldfastError CONFIG_INVALID for an environment or database whose name cannot be one on AWS
 */
export function declaredFrom(
  config: HoldfastConfig,
  account?: string,
  found?: Partial<Record<Place, string>>,
): Declared {
  const settings = accountSettings(config);
  const accounts = {
    source: found?.source ?? settings.source.account,
    dataLayer: found?.dataLayer ?? settings.dataLayer.account,
    backup: found?.backup ?? settings.backup.account,
  };
  // Once it is known whose account this is, a place that is still open is in one that was not asked for.
  const isHere = (owner: string | undefined) =>
    account === undefined || owner === account || (owner === undefined && found === undefined);
  const parts = [
    isHere(accounts.dataLayer) ? ofDataLayer(config, accounts.dataLayer ?? account) : {},
    isHere(accounts.backup) ? ofVault(config) : {},
    isHere(accounts.source) ? ofJobs(config) : {},
  ];
  const all = <T>(list: (part: DeclaredPart) => readonly T[] | undefined) => parts.flatMap((part) => list(part) ?? []);
  return {
    keyAliases: parts.some(({ foreignKey }) => foreignKey) ? [] : all((part) => part.keyAliases),
    expectedKeys: {
      ...(isHere(accounts.dataLayer) && { dataLayer: keyOfDataLayer(config) }),
      // The config may know the vault's key whichever account is audited.
      vault: keyOfVault(config),
    },
    auroraClusters: all((part) => part.auroraClusters),
    dynamoTables: all((part) => part.dynamoTables),
    buckets: all((part) => part.buckets),
    replicationGroups: all((part) => part.replicationGroups),
    secrets: all((part) => part.secrets),
    taskRoles: all((part) => part.taskRoles),
    existingTaskRoles: all((part) => part.existingTaskRoles),
    taskSecrets: all((part) => part.taskSecrets),
    backupProjects: all((part) => part.backupProjects),
    databases: config.vault === undefined ? [] : config.databases.map(({ name }) => name),
    trustedAccounts: [...new Set([...trustedAccounts(config), ...Object.values(found ?? {})])].filter(
      (one) => one !== account,
    ),
  };
}

interface DeclaredPart extends Partial<Declared> {
  /** A key that exists already encrypts here: its alias is not known, so no alias can be the expected one. */
  readonly foreignKey?: boolean;
}

function keyOfDataLayer({ dataLayer }: HoldfastConfig): ExpectedKey | undefined {
  if (!dataLayer) return undefined;
  const { existingKeyArn: arn } = dataLayer.key;
  return arn === undefined ? { alias: dataLayerNames(dataLayer).keyAlias } : { arn };
}

function keyOfVault({ backupAccount, environment, kmsKeyArn }: HoldfastConfig): ExpectedKey | undefined {
  const arn = kmsKeyArn ?? backupAccount?.existingKeyArn;
  if (arn !== undefined) return { arn };
  return backupAccount && environment !== undefined ? { alias: vaultKeyAlias(environment) } : undefined;
}

function ofDataLayer({ dataLayer, databases, region }: HoldfastConfig, account: string | undefined): DeclaredPart {
  if (!dataLayer) return {};
  const names = dataLayerNames(dataLayer);
  const has = (part: DataLayerConfig['parts'][number]) => dataLayer.parts.includes(part);
  const backups = databases.some(({ inDataLayer }) => inDataLayer);
  const ofBackups = has('aurora') && backups ? [names.backupSecret] : [];
  const taskRoles = has('task-role') ? [dataLayer.taskRole.name ?? names.taskRole] : [];
  const taskSecrets = [
    ...(has('aurora') ? [names.databaseSecret] : []),
    names.apiKeysSecret,
    names.encryptionKeySecret,
    ...(has('redis') ? [names.redisSecret] : []),
    ...dataLayer.secrets.map(({ name }) => name),
  ];
  return {
    foreignKey: dataLayer.key.existingKeyArn !== undefined,
    keyAliases: [names.keyAlias],
    auroraClusters: has('aurora') ? [names.cluster] : [],
    dynamoTables: has('dynamodb')
      ? Object.entries(tablesOf(dataLayer)).map(([name, stream]) => ({
          name: names.table(name),
          ...(stream !== undefined && { streamViewType: stream }),
        }))
      : [],
    buckets: has('data-lake') ? lakeBuckets(dataLayer, account, region) : [],
    replicationGroups: has('redis') ? [names.redis] : [],
    secrets: [...taskSecrets, ...ofBackups],
    taskRoles,
    existingTaskRoles: dataLayer.taskRole.existing ? taskRoles : [],
    taskSecrets,
  };
}

/** The stream of each of the runbook's tables (3.1), if it has one. */
const RUNBOOK_STREAMS = { Sessions: 'NEW_AND_OLD_IMAGES', Transactions: undefined, Accounts: undefined } as const;

/** Streams of the tables by their names without the prefix; a team's own go before the runbook's. */
function tablesOf({ dynamodb }: DataLayerConfig): Readonly<Record<string, string | undefined>> {
  return {
    ...(dynamodb.runbookTables !== false && RUNBOOK_STREAMS),
    ...Object.fromEntries((dynamodb.tables ?? []).map(({ name, stream }) => [name, stream])),
  };
}

/** Their names end in the account and the Region: nothing can be said about them where these are not known. */
function lakeBuckets(
  { dataLake, ...parts }: DataLayerConfig,
  account: string | undefined,
  region: string | undefined,
): Declared['buckets'] {
  if (account === undefined || region === undefined) return [];
  const { bucket } = dataLayerNames(parts);
  const ownReplica = dataLake.replicate !== false && dataLake.existingReplica === undefined;
  return [
    { name: bucket('data', account, region), role: 'source' },
    ...(ownReplica ? ([{ name: bucket('data-replica', account, region), role: 'replica' }] as const) : []),
    { name: bucket('logs', account, region), role: 'logs' },
  ];
}

/** The vault, where the config has the account that holds it. */
function ofVault({ backupAccount, environment, vault }: HoldfastConfig): DeclaredPart {
  if (!backupAccount || environment === undefined) return {};
  const { existingBucket, existingKeyArn } = backupAccount;
  // A placeholder stands for a name that is not known yet.
  const location = vault === undefined || isPlaceholder(vault) ? undefined : parseVaultUrl(vault);
  const ofUrl = location?.kind === 's3' ? location.bucket : undefined;
  const bucket = existingBucket ?? ofUrl ?? vaultBucketName(environment);
  return {
    foreignKey: existingKeyArn !== undefined,
    keyAliases: existingKeyArn === undefined ? [vaultKeyAlias(environment), `alias/${watchName(environment)}`] : [],
    buckets: [
      { name: bucket, role: 'vault' },
      ...(existingBucket === undefined ? ([{ name: accessLogBucketName(bucket), role: 'logs' }] as const) : []),
    ],
  };
}

/** The jobs, where the config says that backups run on AWS. */
function ofJobs({ sourceAccount, databases, environment }: HoldfastConfig): DeclaredPart {
  const onAws = sourceAccount !== undefined || databases.some(({ inDataLayer }) => inDataLayer);
  if (!onAws || environment === undefined || databases.length === 0) return {};
  return {
    keyAliases: [`alias/${jobsName(environment)}`],
    backupProjects: databases.map(({ name }) => projectName(environment, name)),
  };
}

/** The accounts that the config names. */
function trustedAccounts(config: HoldfastConfig): string[] {
  const { backupAccount, sourceAccount, dataLayer, kmsKeyArn, databases } = config;
  const named = [
    backupAccount?.account,
    accountOfArn(backupAccount?.existingKeyArn ?? kmsKeyArn),
    ...(backupAccount?.sources ?? []).map(({ account }) => account),
    sourceAccount?.account,
    ...databases.map(({ secretArn }) => accountOfArn(secretArn)),
    dataLayer?.account,
    dataLayer?.dataLake.existingReplica?.account,
  ];
  return [...new Set(named.filter((account) => account !== undefined))];
}

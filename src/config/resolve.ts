/** Fills in what a valid config leaves open. */
import { homedir } from 'node:os';
import path from 'node:path';
import { accountSettings } from './accounts.js';
import type { DatabaseConfig, DiscoveryConfig, HoldfastConfig, ServerConfig } from './config.js';
import { readConnectionUrl } from './connection-url.js';
import { DEFAULT_CONCURRENCY, DEFAULT_DISCOVERY_DATABASE, DEFAULT_SCHEDULE, DEFAULT_TIME_ZONE } from './defaults.js';
import { parseDuration } from '../syntax/duration.js';
import { mergeEntry } from './merge-entry.js';
import type { DatabaseInput, EnvironmentInput } from './schema.js';
import { resolveBackupAccount } from './sections/backup-account.js';
import { resolveDataLayer } from './sections/data-layer-config.js';
import { backupSecretArn } from './sections/data-layer-database.js';
import { resolveDeployment } from './sections/deployment.js';
import { resolveDumpSettings } from './sections/dump-settings.js';
import { resolveObjectives } from './sections/objectives.js';
import { fittingMajor, resolveSourceAccount, type SourceAccountConfig } from './sections/source-account.js';
import { resolveRetention } from './sections/retention.js';
import { resolveVolume } from './sections/volume.js';
import { withoutUndefined } from '../core/without-undefined.js';

/**
 * @param settings one environment's settings, already found valid
 * @param directory where relative paths start: the config file's directory
 */
export function resolveConfig(
  settings: EnvironmentInput & { readonly environment?: string | undefined },
  directory: string,
): HoldfastConfig {
  const { environment, region, vault, kmsKeyArn, postgres, schedule = DEFAULT_SCHEDULE } = settings;
  const { timeZone = DEFAULT_TIME_ZONE, backupAccount, sourceAccount } = settings;
  const entries = (settings.databases ?? []).map((entry) => mergeEntry(settings.defaults ?? {}, entry));
  const { objectives, retention, volume } = settings;
  const common = { region, schedule, timeZone, objectives, retention, volume, directory };
  const server = (entry: DatabaseInput) => resolveServer(entry, common);
  const dataLayer = settings.dataLayer && resolveDataLayer(settings.dataLayer, environment);
  const { account } = accountSettings({
    sourceAccount,
    backupAccount,
    dataLayer,
    databases: entries,
    kmsKeyArn,
  }).dataLayer;
  const inLayer = (entry: DatabaseInput) =>
    entry.dataLayer && dataLayer && account !== undefined && region !== undefined
      ? { secretArn: backupSecretArn(dataLayer, account, region), inDataLayer: true }
      : {};
  return {
    environment,
    region,
    vault,
    kmsKeyArn,
    schedule,
    timeZone,
    retention: resolveRetention(retention ?? {}),
    concurrency: settings.concurrency ?? DEFAULT_CONCURRENCY,
    postgres: { bin: absolute(postgres?.bin, directory) },
    databases: entries
      .filter((entry) => !entry.discover)
      .map((entry) => resolveDatabase(entry, server(entry), inLayer(entry))),
    discoveries: entries.filter((entry) => entry.discover).map((entry) => resolveDiscovery(entry, server(entry))),
    backupAccount: backupAccount && resolveBackupAccount(backupAccount, resolveDeployment(backupAccount)),
    sourceAccount:
      sourceAccount &&
      resolveSourceAccount(sourceAccount, resolveDeployment(sourceAccount), {
        postgresMajor: fittingMajor(
          dataLayer,
          entries.map((entry) => entry.dataLayer === true),
        ),
      }),
    dataLayer,
  };
}

/** The section, or its defaults: for a config that has none. */
export function sourceAccountOf(
  config: Pick<HoldfastConfig, 'sourceAccount' | 'dataLayer' | 'databases' | 'discoveries'>,
): SourceAccountConfig {
  const { sourceAccount, dataLayer, databases, discoveries } = config;
  if (sourceAccount) return sourceAccount;
  const inLayer = [...databases.map(({ inDataLayer = false }) => inDataLayer), ...discoveries.map(() => false)];
  return resolveSourceAccount({}, resolveDeployment({}), { postgresMajor: fittingMajor(dataLayer, inLayer) });
}

function resolveDatabase(
  entry: DatabaseInput,
  server: ServerConfig,
  inLayer: Pick<DatabaseConfig, 'secretArn' | 'inDataLayer'>,
): DatabaseConfig {
  const dbName = entry.dbName ?? urlDbName(entry) ?? '';
  return { name: entry.name ?? dbName, dbName, ...server, ...inLayer };
}

function resolveDiscovery(entry: DatabaseInput, server: ServerConfig): DiscoveryConfig {
  const chosen = typeof entry.discover === 'object' ? entry.discover : {};
  return {
    namePrefix: entry.name,
    dbName: entry.dbName ?? urlDbName(entry) ?? DEFAULT_DISCOVERY_DATABASE,
    include: chosen.include ?? ['*'],
    exclude: chosen.exclude ?? [],
    ...server,
  };
}

function urlDbName(entry: DatabaseInput): string | undefined {
  return entry.url === undefined ? undefined : readConnectionUrl(entry.url)?.dbName;
}

function resolveServer(
  entry: DatabaseInput,
  common: Pick<EnvironmentInput, 'region' | 'objectives' | 'retention' | 'volume'> & {
    readonly schedule: string;
    readonly timeZone: string;
    readonly directory: string;
  },
): ServerConfig {
  const { url, host, port, user, secretArn, secretKmsKeyArn, rdsResourceId, sslmode } = entry;
  const schedule = entry.schedule ?? common.schedule;
  const dump = resolveDumpSettings(entry);
  const objectives = { ...common.objectives, ...withoutUndefined(entry.objectives ?? {}) };
  return {
    url,
    host,
    port,
    user,
    secretArn,
    secretKmsKeyArn,
    rdsResourceId,
    iam: entry.iam ?? false,
    passfile: absolute(entry.passfile, common.directory),
    sslmode,
    sslrootcert: entry.sslrootcert === 'system' ? 'system' : absolute(entry.sslrootcert, common.directory),
    region: common.region,
    schedule,
    timeZone: entry.timeZone ?? common.timeZone,
    objectives: resolveObjectives(objectives, { schedule, maxDurationMs: dump.maxDurationMs }),
    retention: resolveRetention({ ...common.retention, ...withoutUndefined(entry.retention ?? {}) }),
    volume: resolveVolume({ ...common.volume, ...withoutUndefined(entry.volume ?? {}) }),
    ...dump,
    restoreMaxDurationMs: entry.restoreMaxDuration === undefined ? undefined : parseDuration(entry.restoreMaxDuration),
    trusted: entry.trusted ?? false,
  };
}

/** A path as a shell in the config's directory would resolve it. */
function absolute(file: string | undefined, directory: string): string | undefined {
  if (file === undefined) return undefined;
  return path.resolve(directory, file.replace(/^~(?=\/|$)/, homedir()));
}

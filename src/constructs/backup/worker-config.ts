/** What a build is told of its database: the config that it finds in `HOLDFAST_CONFIG`. Never a secret. */
import { Token, type Duration } from 'aws-cdk-lib';
import type { EnvironmentInput } from '../../config/index.js';
import { requireValid } from '../../config/require-valid.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { withoutUndefined } from '../../core/without-undefined.js';
import { requireNamablePrefix } from '../../policies/index.js';
import { parseVaultUrl } from '../../syntax/vault-url.js';
import { knownValues } from '../shared/known-values.js';
import type { BackupDatabase } from './backup-database.js';
import type { DatabaseTls } from './database-tls.js';

export interface WorkerConfigOptions {
  readonly environment: string;
  readonly region: string;
  /** `s3://bucket[/prefix]` */
  readonly vault: string;
  readonly keyArn: string;
  /** Its `sslrootcert` is a path where the build runs. */
  readonly tls: DatabaseTls;
}

/**
 * One database's config, as a config file would say it: the worker reads it with the same schema.
 *
 * @throws HoldfastError CONFIG_INVALID, VAULT_URL_INVALID
 */
export function workerConfig(
  database: BackupDatabase,
  options: WorkerConfigOptions,
): EnvironmentInput & { readonly environment: string } {
  const { name, dbName = name, url, host, port, user, secretArn, iam, compression, compressionLevel } = database;
  const { environment, region, vault, keyArn, tls } = options;
  // A name that only the deployment knows is checked by the worker.
  if (!Token.isUnresolved(vault)) requireBucket(vault);
  const config = withoutUndefined({
    environment,
    region,
    vault,
    kmsKeyArn: keyArn,
    databases: [
      withoutUndefined({
        name,
        // A URL says it, and saying it twice is refused.
        dbName: url === undefined ? dbName : undefined,
        url,
        host,
        port,
        user,
        secretArn,
        iam: iam || undefined,
        ...tls,
        compression,
        compressionLevel,
        excludeTableData: [...(database.excludeTableData ?? [])],
        schemas: [...(database.schemas ?? [])],
        jobs: database.jobs,
        maxDuration: seconds(database.maxDuration),
        lockWaitTimeout: seconds(database.lockWaitTimeout),
        derived: database.derived === false ? false : undefined,
        giveWay: seconds(database.giveWay),
        maxRate: database.maxRateBytes === undefined ? undefined : `${database.maxRateBytes}B`,
      }),
    ],
  });
  requireValidDatabase(database, config);
  return config;
}

/**
 * What the worker would refuse, in every build, and what belongs to the database and not to the worker. A value that only
 * the deployment knows is left to it.
 *
 * @throws HoldfastError CONFIG_INVALID
 */
function requireValidDatabase(database: BackupDatabase, config: EnvironmentInput): void {
  const { name, schedule, timeZone, secretKmsKeyArn, rdsResourceId } = database;
  const databases = (config.databases ?? []).map((entry) => ({
    ...entry,
    schedule,
    timeZone,
    secretKmsKeyArn,
    rdsResourceId,
  }));
  requireValid(`Database ${quoted(name)}`, knownValues({ ...config, databases }));
}

/** @throws HoldfastError VAULT_URL_INVALID; CONFIG_INVALID for a directory */
function requireBucket(vault: string): void {
  const location = parseVaultUrl(vault);
  if (location.kind === 's3') {
    requireNamablePrefix(location.prefix);
    return;
  }
  throw new HoldfastError('CONFIG_INVALID', `A build on AWS cannot write to ${quoted(vault)}: its disk ends with it.`, {
    hint: 'Give the vault as s3://bucket/prefix.',
  });
}

function seconds(duration: Duration | undefined): string | undefined {
  return duration && `${Math.ceil(duration.toMilliseconds() / 1000)}s`;
}

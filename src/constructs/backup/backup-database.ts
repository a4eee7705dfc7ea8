/** A database to back up, as an app says it; and as a config does. */
import { Duration } from 'aws-cdk-lib';
import type { DatabaseConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';

/** How a build finds its database, and how it dumps it. */
export interface BackupDatabase {
  /** In commands, keys of objects and names of resources: letters, digits, hyphens and underscores. */
  readonly name: string;
  /** Its name on the server. @default the one in `url`, else `name` */
  readonly dbName?: string;
  /** libpq URL without a password. @default `host` and the others say it, or the secret does */
  readonly url?: string;
  /** @default the one in `url` or in the secret */
  readonly host?: string;
  /** @default the one in `url` or in the secret, else 5432 */
  readonly port?: number;
  /** @default the one in `url` or in the secret */
  readonly user?: string;
  /** Secret with the login, which the job's role may read. @default none */
  readonly secretArn?: string;
  /** The customer managed key of the secret. @default the AWS managed one */
  readonly secretKmsKeyArn?: string;
  /** Whether `user` signs in with IAM. @default false */
  readonly iam?: boolean;
  /** RDS's resource id of the server: required with `iam`. @default none */
  readonly rdsResourceId?: string;
  /** @default TLS is required of servers on RDS, and verified where the build has the authorities; else libpq's */
  readonly sslmode?: 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';
  /** File of authorities, or `system`. @default those of the image that is built for it; else none */
  readonly sslrootcert?: string;
  /** Whether it is in the cluster of a `DataLayerStack`, so that its secret says host and port. @default false */
  readonly inDataLayer?: boolean;
  /** EventBridge expression, in `timeZone`. */
  readonly schedule: string;
  /** @default 'UTC' */
  readonly timeZone?: string;
  /** @default 'gzip' */
  readonly compression?: 'gzip' | 'zstd' | 'none';
  /** @default the compressor's */
  readonly compressionLevel?: number;
  /** Patterns of tables whose rows are left out. @default none */
  readonly excludeTableData?: readonly string[];
  /** @default all */
  readonly schemas?: readonly string[];
  /** Sessions that read large tables beside pg_dump: 1 to 16, or one for each core of the build. @default 1 */
  readonly jobs?: number | 'auto';
  /** A backup that takes longer is ended. @default no limit but the build's */
  readonly maxDuration?: Duration;
  /** How long a dump waits for its locks. @default Holdfast's */
  readonly lockWaitTimeout?: Duration;
  /** Whether what a copy computes anew is fingerprinted too, so that copies are compared in it. @default true */
  readonly derived?: boolean;
  /** A backup that a session of the source has waited for so long is ended. @default nobody looks */
  readonly giveWay?: Duration;
  /** Bytes of the dump, before compression, that are read in a second. @default no limit */
  readonly maxRateBytes?: number;
}

/** @throws HoldfastError CONFIG_INVALID when the database needs what a build does not have */
export function databaseOf(config: DatabaseConfig): BackupDatabase {
  if (config.passfile !== undefined) {
    throw new HoldfastError(
      'CONFIG_INVALID',
      `Database "${config.name}" takes its password from the file ${config.passfile}, which a build on AWS does not have.`,
      { hint: 'Use secretArn or iam for it.' },
    );
  }
  const { maxDurationMs, lockWaitTimeoutMs, giveWayMs, ...database } = config;
  return {
    ...database,
    maxDuration: maxDurationMs === undefined ? undefined : Duration.millis(maxDurationMs),
    lockWaitTimeout: Duration.millis(lockWaitTimeoutMs),
    giveWay: giveWayMs === undefined ? undefined : Duration.millis(giveWayMs),
  };
}

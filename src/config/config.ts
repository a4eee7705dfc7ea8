/** The resolved config: defaults applied, durations in milliseconds, paths absolute. */
import type { CompressionMethod } from '../syntax/compression.js';
import type { SSL_MODES } from './schema.js';
import type { BackupAccountConfig } from './sections/backup-account.js';
import type { DataLayerConfig } from './sections/data-layer-config.js';
import type { DumpSettings } from './sections/dump-settings.js';
import type { ObjectivesConfig } from './sections/objectives.js';
import type { SourceAccountConfig } from './sections/source-account.js';
import type { RetentionConfig } from './sections/retention.js';
import type { VolumeConfig } from './sections/volume.js';

export type SslMode = (typeof SSL_MODES)[number];
export type Compression = CompressionMethod;

/** How to reach a server and how to dump: what a database and a discovery have in common. */
export interface ServerConfig extends DumpSettings {
  /** libpq URL without a password. Options given beside it (`dbName`, `user` …) override it. */
  readonly url?: string;
  /** Absent with `url`, and where the secret names it. */
  readonly host?: string;
  /** Absent: from `url` or the secret, else 5432. */
  readonly port?: number;
  readonly user?: string;
  readonly secretArn?: string;
  /** The customer-managed key of the secret. */
  readonly secretKmsKeyArn?: string;
  /** RDS's resource id of the server, as permissions for IAM authentication name it. */
  readonly rdsResourceId?: string;
  /** RDS IAM authentication. */
  readonly iam: boolean;
  /** Absolute. */
  readonly passfile?: string;
  readonly sslmode?: SslMode;
  /** Absolute, or `system`. */
  readonly sslrootcert?: string;
  /** The Region of the config, for IAM tokens. */
  readonly region?: string;
  /** EventBridge expression, in `timeZone`. */
  readonly schedule: string;
  readonly timeZone: string;
  readonly objectives: ObjectivesConfig;
  /** Absent: nothing is ever removed. */
  readonly retention?: RetentionConfig | undefined;
  readonly volume: VolumeConfig;
  /** The limit of a restore or a drill, in milliseconds; absent: depends on the size. */
  readonly restoreMaxDurationMs?: number;
  /** Whether a drill may run its code where that cannot be confined. */
  readonly trusted: boolean;
}

/** One database to back up. */
export interface DatabaseConfig extends ServerConfig {
  /** Its name in commands and keys, unique within the vault. */
  readonly name: string;
  /** Its name on the server. */
  readonly dbName: string;
  /** It is in the cluster of the config's data layer; `secretArn` is that of the data layer's role for backups. */
  readonly inDataLayer?: boolean;
}

/** An entry that stands for all databases of a server; `expandDiscovered` turns it into databases. */
export interface DiscoveryConfig extends ServerConfig {
  /** Prefix of the databases' names, joined by a hyphen. */
  readonly namePrefix?: string;
  /** The database to connect to for listing the others. */
  readonly dbName: string;
  /** Wildcard patterns (`*`, `?`). */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

/** One environment, ready to work with. */
export interface HoldfastConfig {
  readonly environment?: string;
  readonly region?: string;
  /** `file:///dir` or `s3://bucket[/prefix]`. */
  readonly vault?: string;
  readonly kmsKeyArn?: string;
  /** The common schedule: EventBridge expression, in `timeZone`. */
  readonly schedule: string;
  readonly timeZone: string;
  /** For databases of the vault that the config does not name. */
  readonly retention?: RetentionConfig | undefined;
  /** Databases dumped at once. */
  readonly concurrency: number;
  readonly postgres: {
    /** Directory of PostgreSQL's programs, absolute. */
    readonly bin?: string;
  };
  readonly databases: readonly DatabaseConfig[];
  /** Entries with `discover`: not databases yet. */
  readonly discoveries: readonly DiscoveryConfig[];
  /** Absent: the vault's account is set up elsewhere. */
  readonly backupAccount?: BackupAccountConfig;
  /** Absent: the defaults of the section. */
  readonly sourceAccount?: SourceAccountConfig;
  /** Absent: none is built. */
  readonly dataLayer?: DataLayerConfig;
}

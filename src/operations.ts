/** What a program needs to call the operations on backups: the database by its URL, and what all of them are given. */
import type { BackupContext } from './backup/context.js';
import type { BackupJob } from './backup/create/backup-job.js';
import type { ProgressListener } from './backup/progress.js';
import { DEFAULT_COMPRESSION, DEFAULT_LOCK_WAIT_TIMEOUT } from './config/defaults.js';
import { parseDuration } from './config/duration.js';
import { systemClock } from './core/clock.js';
import { silentLogger, type Logger } from './core/logger.js';
import { parseConnectionUrl } from './libpq/connection-url.js';
import { findPrograms } from './postgres/client-programs.js';
import { openAccess, type DatabaseAccess } from './postgres/connection.js';
import type { ObjectStore } from './vault/object-store.js';

/** How a backup is taken where nothing else is said, as a config without options has it: all of the database, as gzip. */
export const BACKUP_DEFAULTS: Omit<BackupJob, 'name' | 'access'> = {
  compression: DEFAULT_COMPRESSION,
  schemas: [],
  excludeTableData: [],
  lockWaitTimeoutMs: parseDuration(DEFAULT_LOCK_WAIT_TIMEOUT) ?? 0,
};

export interface ContextOptions {
  /** The vault, of `openVault`. */
  readonly store: ObjectStore;
  /** Directory of PostgreSQL's programs. @default those of PATH and of the usual places */
  readonly programs?: string | undefined;
  /** What programs are looked up in and started with. @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Takes one line for each message. @default nothing is written */
  readonly logger?: Logger | undefined;
  /** Called with the phase and the bytes so far, many times a second. @default nobody */
  readonly onProgress?: ProgressListener | undefined;
  /** Ends the work: the operation then fails with the signal's reason, and leaves nothing half done. @default never */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What every operation is given beside its own request: the vault, PostgreSQL's programs, the log.
 *
 * @throws HoldfastError PROGRAM_MISSING when `programs` holds no usable ones
 */
export async function createContext(options: ContextOptions): Promise<BackupContext> {
  const { store, programs, env = process.env, logger = silentLogger, onProgress, signal } = options;
  const installed = await findPrograms({ env, directory: programs });
  return { store, installed, env, logger, clock: systemClock, onProgress, signal };
}

export interface OpenDatabaseOptions {
  /** Signs in with an RDS IAM token in place of a password. @default false */
  readonly iam?: boolean | undefined;
  /** Of IAM tokens. @default AWS_REGION, else from the host's name */
  readonly region?: string | undefined;
  /** PGHOST, PGPASSWORD, PGPASSFILE …: libpq's. @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Access to a database by its URL, completed by libpq's rules. Nothing is connected yet.
 *
 * @param url `postgresql://user@host:5432/database`. Keep passwords out of it: a password file or PGPASSWORD holds them
 * @throws HoldfastError URL_INVALID
 */
export async function openDatabase(
  url: string,
  { iam = false, region, env = process.env }: OpenDatabaseOptions = {},
): Promise<DatabaseAccess> {
  const authentication = iam ? ({ kind: 'iam', region } as const) : ({ kind: 'default' } as const);
  return openAccess({ target: parseConnectionUrl(url), authentication, env });
}

/**
 * What a program needs to call the operations on backups: access to a database by its URL, and the context of every
 * operation.
 */
import type { BackupContext, ProgressListener } from './backup/operation/context.js';
import { resolveDumpSettings, type DumpSettings } from './config/sections/dump-settings.js';
import { systemClock } from './core/clock.js';
import { silentLogger, type Logger } from './core/logger.js';
import { parseConnectionUrl } from './syntax/libpq/connection-url.js';
import { findPrograms } from './postgres/client-programs.js';
import { openAccess, type DatabaseAccess } from './postgres/connection.js';
import type { ObjectStore } from './vault/object-store.js';

/** How a backup is taken by default, as with a config without options: the whole database, as gzip. */
export const BACKUP_DEFAULTS: DumpSettings = resolveDumpSettings();

export interface ContextOptions {
  /** The vault, from `openVault`. */
  readonly store: ObjectStore;
  /** Directory of PostgreSQL's programs. @default the PATH and the usual places */
  readonly programs?: string | undefined;
  /** The environment that programs are looked up in and started with. @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Receives one line for each message. @default nothing is written */
  readonly logger?: Logger | undefined;
  /** Called with the phase and the bytes so far, many times a second. @default none */
  readonly onProgress?: ProgressListener | undefined;
  /** Ends the work: the operation then fails with the signal's reason, and leaves nothing half done. @default never */
  readonly signal?: AbortSignal | undefined;
}

/**
 * What every operation is given besides its own request: the vault, PostgreSQL's programs, the log.
 *
 * @throws HoldfastError PROGRAM_MISSING when `programs` holds no usable ones
 */
export async function createContext(options: ContextOptions): Promise<BackupContext> {
  const { store, programs, env = process.env, logger = silentLogger, onProgress, signal } = options;
  const installed = await findPrograms({ env, directory: programs });
  return { store, installed, env, logger, clock: systemClock, onProgress, signal };
}

export interface OpenDatabaseOptions {
  /** Signs in with an RDS IAM token instead of a password. @default false */
  readonly iam?: boolean | undefined;
  /** Of IAM tokens. @default AWS_REGION, otherwise from the host name */
  readonly region?: string | undefined;
  /** PGHOST, PGPASSWORD, PGPASSFILE …: libpq's. @default process.env */
  readonly env?: NodeJS.ProcessEnv | undefined;
}

/**
 * Access to a database by its URL, completed according to libpq's rules. Nothing is connected yet.
 *
 * @param url `postgresql://user@host:5432/database`. Keep passwords out of it: use a password file or PGPASSWORD
 * @throws HoldfastError URL_INVALID
 */
export async function openDatabase(
  url: string,
  { iam = false, region, env = process.env }: OpenDatabaseOptions = {},
): Promise<DatabaseAccess> {
  const authentication = iam ? ({ kind: 'iam', region } as const) : ({ kind: 'default' } as const);
  return openAccess({ target: parseConnectionUrl(url), authentication, env });
}

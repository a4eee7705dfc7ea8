/** The options of a throwaway server, and what the caller gets. */
import type { Logger } from '../../core/logger.js';
import type { ClientLauncher } from '../client-launcher.js';
import type { PostgresPrograms } from '../client-programs.js';
import type { ConfinementWish, Measure } from './confinement/measures.js';

/** The locale of the cluster's databases, as in the source's `pg_database`. */
export interface ThrowawayLocale {
  /** `LC_COLLATE`, such as `en_US.UTF-8` or `C`. */
  readonly collate: string;
  /** `LC_CTYPE`. */
  readonly ctype: string;
  /** `icu` needs PostgreSQL 15 or newer, `builtin` 17 or newer. @default 'libc' */
  readonly provider?: 'libc' | 'icu' | 'builtin';
  /** The ICU locale, such as `en-US`; required with provider `icu`. */
  readonly icuLocale?: string | undefined;
  /** ICU collation rules (PostgreSQL 16 or newer). */
  readonly icuRules?: string | undefined;
  /** `C`, `C.UTF-8` or `PG_UNICODE_FAST`; required with provider `builtin`. */
  readonly builtinLocale?: string | undefined;
  /** Determines how `money` is read and printed. @default 'C' */
  readonly lcMonetary?: string | undefined;
}

export interface ThrowawayOptions {
  /** The installation to run; it must have `initdb` and `postgres`. */
  readonly programs: PostgresPrograms;
  /** As PostgreSQL names it. @default 'UTF8' */
  readonly encoding?: string | undefined;
  /** @default C for everything */
  readonly locale?: ThrowawayLocale | undefined;
  /** Name of the bootstrap superuser; any valid role name. @default 'postgres' */
  readonly superuser?: string | undefined;
  /** One transaction may lock about this many × `maxConnections` objects. @default 1024 */
  readonly maxLocksPerTransaction?: number | undefined;
  /** @default 50 */
  readonly maxConnections?: number | undefined;
  /** Tablespaces to create, by name; they are inside the server's own directory. */
  readonly tablespaces?: readonly string[] | undefined;
  /** Settings on top of ours (`{ timezone: 'UTC' }`); they win over ours. */
  readonly settings?: Readonly<Record<string, string>> | undefined;
  /** Libraries to load at the start, those that this machine has: `pgaudit`. @default none */
  readonly preload?: readonly string[] | undefined;
  /** The socket's number; it collides with nothing, because each server has its own directory. @default 5432 */
  readonly port?: number | undefined;
  /** Where the server's directory is created; @default the system's temporary directory (`TMPDIR`) */
  readonly tmpDirectory?: string | undefined;
  /** Whether what runs in it is kept from the rest of the machine. @default 'none' */
  readonly confinement?: ConfinementWish | undefined;
  /** Watches the disk while the server runs. @default false */
  readonly watchDisk?: boolean | undefined;
  /** How much must then stay free. @default a twentieth of it, at most 512 MiB */
  readonly reserveBytes?: number | undefined;
  readonly logger?: Logger | undefined;
  /** Ends the start. Once started, a server is ended only by `stop()`. */
  readonly signal?: AbortSignal | undefined;
}

/** A user of the operating system. */
export interface OsUser {
  readonly uid: number;
  readonly gid: number;
}

/** What a PostgreSQL driver needs to connect. There is no password. */
export interface ThrowawayConnection {
  /** The directory of the socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface ThrowawayServer {
  /** The directory of the socket; everything else of the server is in it too. At most 92 bytes long. */
  readonly host: string;
  readonly port: number;
  readonly superuser: string;
  /** The user that the server runs as. `undefined`: our own, an ordinary user. */
  readonly user: OsUser | undefined;
  /** How it is confined; empty when it is not. */
  readonly confinement: readonly Measure[];
  /** The libraries that it has loaded at its start. */
  readonly preloaded: readonly string[];
  /** `15.18` */
  readonly version: string;
  readonly programs: PostgresPrograms;
  /** Connection parameters. @param user @default the superuser */
  connection(database: string, user?: string): ThrowawayConnection;
  /** Starts client programs as a user without credentials, and as confined as the server. */
  readonly launchClient: ClientLauncher;
  /**
   * The whole environment for libpq's programs: PGHOST, PGPORT, PGUSER, and no place where a passfile, a service file
   * or a psqlrc could be. The server's own HOME is not used either: what runs there can write to it.
   */
  environment(user?: string): Readonly<Record<string, string>>;
  /** Aborted when the server must end because the disk is nearly full. */
  readonly outOfRoom: AbortSignal;
  /** The last lines of the server's log, for error messages. */
  logTail(): string;
  /** Whether the server still runs: it may have been ended by what was restored into it. */
  isRunning(): boolean;
  /** Ends the server and removes its directory. Never throws; a second call waits for the first. */
  stop(): Promise<void>;
}

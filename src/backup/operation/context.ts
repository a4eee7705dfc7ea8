/** What every operation on backups is given besides its own request. */
import type { Clock } from '../../core/clock.js';
import type { Logger } from '../../core/logger.js';
import type { PostgresPrograms } from '../../postgres/client-programs.js';
import type { ObjectStore } from '../../vault/object-store.js';

export interface BackupContext {
  readonly store: ObjectStore;
  /** The installations of PostgreSQL's programs, oldest first. */
  readonly installed: readonly PostgresPrograms[];
  /** The environment that programs are looked up in and started with. */
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly onProgress?: ProgressListener | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What long work reports while it runs, for display. */
export interface Progress {
  /** `dump` … : what is being done, for one database. */
  readonly phase: 'connect' | 'dump' | 'store' | 'server' | 'restore' | 'fingerprint' | 'check';
  readonly database: string;
  /** Bytes of plain SQL (or, with `check`, of stored objects) so far. */
  readonly bytes: number;
  /** Roughly what `bytes` will add up to, where that is known. */
  readonly expectedBytes?: number | undefined;
  readonly rows?: number;
}

export type ProgressListener = (progress: Progress) => void;

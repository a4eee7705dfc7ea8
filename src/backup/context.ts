/** What every operation on backups is given besides its own request. */
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { PostgresPrograms } from '../postgres/client-programs.js';
import type { ObjectStore } from '../vault/object-store.js';
import type { ProgressListener } from './progress.js';

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

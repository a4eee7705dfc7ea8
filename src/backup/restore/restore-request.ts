/** What a restore is asked for, and what it tells. */
import type { HoldfastError } from '../../core/errors.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { Comparison } from '../verify/compare-entries.js';
import type { SelectedEntry } from './selection/plan-selection.js';
import type { Selection } from './selection/selection.js';

export interface RestoreRequest {
  readonly backup: CompleteBackup;
  /** The database to restore into. */
  readonly target: DatabaseAccess;
  /** Makes the database first, with the backup's encoding, locale and settings. */
  readonly create: boolean;
  /** Makes the backup's roles first, where they are missing. */
  readonly globals: boolean;
  /** Whether objects get their owners back, else they belong to the restoring role. */
  readonly owners: boolean;
  /** Fingerprints the target afterwards. */
  readonly check: boolean;
  /** Only says what would happen. */
  readonly dryRun: boolean;
  /** Takes a psql through which a hostile dump could run commands, where there is no other. @default false */
  readonly allowUnpatchedPsql?: boolean;
  /** A part of the backup; the target may then hold other objects. @default all of it */
  readonly selection?: Selection | undefined;
  /** Milliseconds, from the first look at the target. @default by size: `defaultRestoreLimitMs` */
  readonly maxDurationMs?: number | undefined;
}

/** What a choice comes to. */
export interface SelectionOutcome {
  /** In the dump's order, by the names that they get. */
  readonly entries: readonly SelectedEntry[];
  readonly leftOut: readonly (SelectedEntry & { readonly reason: string })[];
  /** `schema.name` of what the choice refers to and the target has. */
  readonly fromTarget: readonly string[];
}

/** What follows the commit, in this order. */
export type LaterStep = 'privileges' | 'statistics' | 'check';

/** A later step that could not be done. The data is in the target all the same. */
export interface UnfinishedStep {
  readonly step: LaterStep;
  /** RESTORE_UNFINISHED, RESTORE_UNCHECKED, INTERRUPTED */
  readonly error: HoldfastError;
}

export interface RestoreResult {
  readonly database: string;
  /** Of the dump. */
  readonly key: string;
  /** `user@host:port/database` */
  readonly target: string;
  readonly dryRun: boolean;
  readonly created: boolean;
  readonly rows: number;
  readonly tables: number;
  readonly durationMs: number;
  /** Login roles of the backup that have no password; `undefined` where the target does not tell. */
  readonly rolesWithoutPassword: readonly string[] | undefined;
  /** What was chosen, where it was a part. */
  readonly selection: SelectionOutcome | undefined;
  /**
   * SQL for the target that takes privileges away which it gave, and the backup does not: by default privileges or event
   * triggers of its own.
   */
  readonly extraPrivileges: readonly string[];
  /** What could not be done, and what the user should know. */
  readonly notes: readonly string[];
  /** With `check`. */
  readonly comparison: Comparison | undefined;
  /** What could not be done after the commit. */
  readonly unfinished: readonly UnfinishedStep[];
}

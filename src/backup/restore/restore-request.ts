/** What a restore is asked to do, and what it reports. */
import type { HoldfastError } from '../../core/errors.js';
import type { DatabaseAccess } from '../../postgres/connection.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { Comparison } from '../copy/compare-entries.js';
import type { LeftOutGroup } from './rights/left-out.js';
import type { SkipKindName } from './rights/skip-kinds.js';
import type { Selection, SelectionOutcome } from './selection/selection.js';

export interface RestoreRequest {
  readonly backup: CompleteBackup;
  /** The database to restore into. */
  readonly target: DatabaseAccess;
  /** Creates the database first, with the backup's encoding, locale and settings. */
  readonly create: boolean;
  /** Creates the backup's missing roles first. */
  readonly globals: boolean;
  /** Whether objects get their owners back; otherwise they belong to the restoring role. */
  readonly owners: boolean;
  /** Whether grants and default privileges are restored. @default true */
  readonly privileges?: boolean;
  /** Whether objects go into the tablespaces that they were in; otherwise into the database's own. @default true */
  readonly tablespaces?: boolean;
  /** The role that the restore acts as, and a new database belongs to. @default who signs in */
  readonly role?: string | undefined;
  /** Kinds of objects that are left out. @default none */
  readonly skip?: readonly SkipKindName[];
  /** Whether extensions are made, or taken as the target has them. @default 'create' */
  readonly extensions?: 'create' | 'existing';
  /** Fingerprints the target afterwards. */
  readonly check: boolean;
  /** Only reports what would happen. */
  readonly dryRun: boolean;
  /** Accepts a psql through which a hostile dump could run commands, if there is no other. @default false */
  readonly allowUnpatchedPsql?: boolean;
  /** Runs code in the target that others own with the restoring role's rights, where the restore comes upon it. @default false */
  readonly trustTarget?: boolean;
  /** A part of the backup; the target may then hold other objects. @default all of it */
  readonly selection?: Selection | undefined;
  /** Milliseconds, from the first look at the target. @default by size: `defaultRestoreLimitMs` */
  readonly maxDurationMs?: number | undefined;
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
  /** Login roles of the backup that have no password; `undefined` where the target does not say. */
  readonly rolesWithoutPassword: readonly string[] | undefined;
  /** What was left out, by reason. */
  readonly leftOut: readonly LeftOutGroup[];
  /** The roles that the restoring one was a member of for the length of the restore, and is not any more. */
  readonly memberships: readonly string[];
  /** What was chosen, where it was a part. */
  readonly selection: SelectionOutcome | undefined;
  /**
   * SQL that revokes privileges which the target gave through its default privileges or event triggers, and the backup
   * does not give.
   */
  readonly extraPrivileges: readonly string[];
  /** What could not be done, and what the user should know. */
  readonly notes: readonly string[];
  /** With `check`. */
  readonly comparison: Comparison | undefined;
  /** What could not be done after the commit. */
  readonly unfinished: readonly UnfinishedStep[];
}

/** What the two kinds of a selective restore (definitions, rows alone) start from, and what each decides. */
import type { Choice } from './choose-entries.js';
import type { OutlineEntry } from './outline-entry.js';
import type { Renamer } from './rename.js';
import type { ObjectName } from './selection.js';
import type { TargetObjects } from './target-objects.js';

/** What is known before anything is decided. */
export interface Ground {
  readonly choice: Choice;
  readonly renamer: Renamer;
  readonly target: TargetObjects;
  readonly describeTarget: string;
  /** Whether objects get their owners back. */
  readonly owners: boolean;
}

/** A chosen entry that is not restored. */
export interface LeftOut {
  readonly entry: OutlineEntry;
  readonly reason: string;
}

export interface Decision {
  /** In the dump's order. */
  readonly entries: readonly OutlineEntry[];
  readonly leftOut: readonly LeftOut[];
  /** Entries of schemas that are made, and were to be left out. @default none */
  readonly omitted?: readonly OutlineEntry[];
  /** What the target has already, and the entries refer to. */
  readonly fromTarget: readonly ObjectName[];
  /** The tables in the target that rows alone go into. */
  readonly loaded: readonly ObjectName[];
  /**
   * Statements at the very start of the transaction: what comes next asks about the target as they have left it.
   * @default none
   */
  readonly first?: readonly string[];
  /** The search path that rows are loaded under, for triggers. @default the empty one */
  readonly searchPath?: string | undefined;
  /** The ordinals of entries that `after` restores in their place. @default none */
  readonly late?: ReadonlySet<number>;
  /** Statements in the same transaction, before the first entry and after the last. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly notes: readonly string[];
}

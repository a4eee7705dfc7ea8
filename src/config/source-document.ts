import type { Problem, Spelling } from './problems.js';

/** What a config file says, before it is checked. */
export interface SourceDocument {
  /** In the schema's spelling, whatever the file's is. */
  readonly value: unknown;
  readonly spelling: Spelling;
  /** What the format's own rules object to. */
  readonly problems: readonly Problem[];
  /** What the reader should know, though nothing has to change. */
  readonly warnings: readonly string[];
}

/** Reading the entries of a backup. */
import { GIB } from '../../core/amounts.js';
import type { ObjectStore } from '../object-store.js';
import { entrySchema, type EntryRecord } from './entries.js';
import { readLines, type LinesFormat, type ReadLinesOptions } from './lines-reader.js';

/**
 * The entries of a million objects take less, and all of them are held at once. A file that claims more is not read. In
 * bytes.
 */
export const MOST_ENTRIES_BYTES = GIB;
/** The most that a table can have. */
const MAX_COLUMNS = 1600;

const entriesFormat: LinesFormat<typeof entrySchema> = {
  title: 'entries',
  record: 'an entry',
  schema: entrySchema,
  mostBytes: MOST_ENTRIES_BYTES,
  // Before the schema sees them: it would describe what is wrong with each of half a million.
  fault: (value) => (columnsOf(value) > MAX_COLUMNS ? `names more than ${MAX_COLUMNS} columns` : undefined),
};

/** The entries at `key`, in the order of the dump; options and errors as for {@link readLines}. */
export function readEntries(
  store: Pick<ObjectStore, 'get'>,
  key: string,
  options?: ReadLinesOptions,
): AsyncGenerator<EntryRecord> {
  return readLines(store, key, entriesFormat, options);
}

function columnsOf(value: unknown): number {
  const { columns } = (value ?? {}) as { readonly columns?: unknown };
  return Array.isArray(columns) ? columns.length : 0;
}

/**
 * A dump without the rows of large tables that nobody asked for: its other segments, read by ranges.
 *
 * A segment holds whole entries, or rows of one table. So what is left out are whole tables, each of which the entries
 * file describes in their place.
 */
import { HoldfastError } from '../../core/errors.js';
import type { Entry, TableDataEntry } from '../../dump/entry.js';
import type { Segment } from '../../dump/segments/segment.js';
import type { BackupContext } from '../operation/context.js';
import { DAMAGE } from './damage.js';
import { streamExpectedEntries } from './expected-entries.js';
import { readSegmentRun } from './read-segments.js';
import { readSegmentIndex, type SegmentIndex } from './segment-index.js';
import type { StoredBackup } from './stored-backup.js';

/** Stands in a dump for the header, COPY statement and rows of a table. */
export class SkippedRows {
  constructor(readonly entry: TableDataEntry) {}
}

/** Bytes of the dump, with marks for what is left out of it. */
export type PartialContent = AsyncIterable<Uint8Array | SkippedRows>;

/** A large table: its segments, which hold nothing else but what follows its rows. */
interface LargeTable {
  readonly entry: TableDataEntry;
  /** Positions in the index: the first, and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Whether something may stand between its rows and the next entry: pg_dump writes settings before other types. */
  readonly hasTail: boolean;
}

export class PartialDump {
  readonly #stored: StoredBackup;
  readonly #index: SegmentIndex;
  readonly #large: readonly LargeTable[];

  private constructor(stored: StoredBackup, index: SegmentIndex, large: readonly LargeTable[]) {
    this.#stored = stored;
    this.#index = index;
    this.#large = large;
  }

  /**
   * @returns undefined where nothing can be left out: without large tables, without an index, or where that or the
   *   entries file is damaged, which is said
   * @throws HoldfastError VAULT_UNREADABLE …; the signal's error
   */
  static async open(stored: StoredBackup, context: BackupContext): Promise<PartialDump | undefined> {
    try {
      return await PartialDump.#open(stored, context);
    } catch (error) {
      if (!(error instanceof HoldfastError) || !DAMAGE.has(error.code)) throw error;
      context.logger.warn(`All of the dump is read: ${error.message}`);
      return undefined;
    }
  }

  static async #open(stored: StoredBackup, context: BackupContext): Promise<PartialDump | undefined> {
    if (!stored.segments) return undefined;
    const index = await readSegmentIndex(stored, stored.segments, context);
    const ranges = rangesOfTables(stored, index.segments);
    if (ranges.size === 0) return undefined;
    const large: LargeTable[] = [];
    let number = 0;
    let before: LargeTable | undefined;
    const add = (next: Entry | undefined) => {
      if (before) large.push({ ...before, hasTail: next?.kind !== 'table-data' });
      before = undefined;
    };
    for await (const entry of streamExpectedEntries(stored, context)) {
      add(entry);
      const range = ranges.get(++number);
      if (!range) continue;
      if (entry.kind !== 'table-data') throw contradicts(stored, number);
      before = { entry, ...range, hasTail: true };
    }
    add(undefined);
    if (large.length !== ranges.size) throw contradicts(stored, number + 1);
    return new PartialDump(stored, index, large);
  }

  /**
   * The dump with the rows of small tables, and of those large ones that are wanted. Whatever is read of it is checked
   * against the index.
   *
   * @param progress called with the stored bytes of each piece
   * @throws HoldfastError OBJECT_CORRUPT, which names the segment; what the store throws
   */
  async *read(
    wants: (entry: TableDataEntry) => boolean,
    { store, env, signal }: BackupContext,
    progress?: (bytes: number) => void,
  ): AsyncGenerator<Uint8Array | SkippedRows, void, undefined> {
    const run = (from: number, to: number) =>
      readSegmentRun(store, this.#stored.dump, this.#index, { from, to, options: { env, signal, progress } });
    let at = 0;
    for (const { entry, from, to, hasTail } of this.#large) {
      // A table of one segment is read with its tail.
      if (wants(entry) || (hasTail && to - from === 1)) continue;
      yield* run(at, from);
      yield new SkippedRows(entry);
      if (hasTail) yield* afterRows(run(to - 1, to));
      at = to;
    }
    yield* run(at, this.#index.segments.length);
  }

  /** How many stored bytes {@link read} takes. */
  storedBytes(wants: (entry: TableDataEntry) => boolean): number {
    const { segments } = this.#index;
    let bytes = segments.reduce((sum, segment) => sum + segment.storedBytes, 0);
    for (const { entry, from, to, hasTail } of this.#large) {
      if (wants(entry) || (hasTail && to - from === 1)) continue;
      for (const segment of segments.slice(from, hasTail ? to - 1 : to)) bytes -= segment.storedBytes;
    }
    return bytes;
  }
}

/** By the number of the table's entry. */
function rangesOfTables(
  stored: StoredBackup,
  segments: readonly Segment[],
): Map<number, { readonly from: number; readonly to: number }> {
  let last = 0;
  const ranges = new Map<number, { from: number; to: number }>();
  for (const [position, { entry, share }] of segments.entries()) {
    if (!share) continue;
    const range = ranges.get(entry);
    // They are side by side, in the order of the entries.
    if (entry < last || (range && range.to !== position)) throw contradicts(stored, entry);
    last = entry;
    if (range) range.to = position + 1;
    else ranges.set(entry, { from: position, to: position + 1 });
  }
  return ranges;
}

const END_OF_ROWS = Buffer.from('\n\\.\n');

/** What follows the line that ends the rows. No row is that line, since COPY writes a backslash as two. */
async function* afterRows(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  let held: Buffer | undefined = Buffer.from('\n');
  for await (const piece of content) {
    if (!held) {
      yield piece;
      continue;
    }
    const bytes: Buffer = Buffer.concat([held, piece]);
    const end = bytes.indexOf(END_OF_ROWS);
    if (end >= 0) {
      held = undefined;
      yield bytes.subarray(end + END_OF_ROWS.length);
    } else {
      held = bytes.subarray(Math.max(0, bytes.length - END_OF_ROWS.length + 1));
    }
  }
}

function contradicts({ segments, entries }: StoredBackup, number: number): HoldfastError {
  return new HoldfastError(
    'OBJECT_CORRUPT',
    `The objects ${segments?.key} and ${entries.key} contradict each other: entry ${number} is rows of a large table in one of them only.`,
  );
}

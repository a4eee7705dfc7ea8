/**
 * Reads large tables by several sessions at the same time, and hands their rows over in pg_dump's order.
 *
 * The work is cut into units: some pages of a table, or a whole one. The sessions take them in their order. The unit
 * that is due streams through; the others are read ahead, each into a buffer of its own that has a bound, and only so
 * many of them. So the memory depends on the number of sessions and not on the size of the tables.
 */
import { MIB } from '../../core/amounts.js';
import { BufferPool } from '../../core/buffer-pool.js';
import { HoldfastError } from '../../core/errors.js';
import { BoundedQueue } from './bounded-queue.js';
import { PIECE_BYTES } from './copied-rows.js';
import type { LargeTable } from './large-tables.js';
import type { PageRange, ReaderSession } from './reader-session.js';

/** Pages in a unit: 4 MiB of the usual size. */
const UNIT_PAGES = 512;
/** How much of a unit is read ahead: all of it, but where values are outside of the table's pages. */
const BUFFER_BYTES = 8 * MIB;

interface Unit {
  readonly table: LargeTable;
  readonly range: PageRange;
  readonly queue: BoundedQueue;
  /** As the server counted them. */
  rows: number | undefined;
}

export class TableReaders {
  readonly #sessions: readonly ReaderSession[];
  readonly #units: Unit[] = [];
  readonly #pool = new BufferPool(PIECE_BYTES);
  /** The unit that the next free session takes, and the one that is due. */
  #next = 0;
  #due = 0;
  #wake: (() => void)[] = [];
  #failed = false;

  /**
   * Begins to read.
   *
   * @param sessions at least one; each has locked all of the tables
   * @param tables in the order in which {@link rowsOf} will be asked for them, each with its number of pages; undefined
   *   where it is to be read in one piece
   */
  constructor(
    sessions: readonly ReaderSession[],
    tables: readonly { readonly table: LargeTable; readonly pages: number | undefined }[],
    unitPages = UNIT_PAGES,
  ) {
    this.#sessions = sessions;
    for (const { table, pages } of tables) {
      for (const range of rangesOf(pages, unitPages)) {
        this.#units.push({ table, range, queue: new BoundedQueue(BUFFER_BYTES), rows: undefined });
      }
    }
    for (const session of sessions) void this.#work(session);
  }

  /**
   * The rows of the next table, as COPY writes them.
   *
   * @param onEnd called at the end with how many there are, as the server counted them
   * @throws HoldfastError DUMP_FAILED
   */
  async *rowsOf(table: LargeTable, onEnd: (rows: number) => void): AsyncGenerator<Buffer, void, undefined> {
    let rows = 0;
    for (let unit = this.#units[this.#due]; unit?.table === table; unit = this.#units[this.#due]) {
      yield* unit.queue.take();
      if (unit.rows === undefined) throw new HoldfastError('INTERNAL', 'A part of a table has ended before its end.');
      rows += unit.rows;
      this.#due++;
      this.#notify();
    }
    onEnd(rows);
  }

  /** Nothing is read any more. What is being read is cut off. */
  stop(): void {
    this.#failed = true;
    if (this.#due < this.#units.length) for (const session of this.#sessions) session.cut();
    this.#notify();
  }

  async #work(session: ReaderSession): Promise<void> {
    for (;;) {
      // As many units ahead as there are sessions, so that none waits for the one that is due.
      while (this.#next > this.#due + this.#sessions.length && !this.#failed) {
        await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
      const unit = this.#units[this.#next];
      if (!unit || this.#failed) return;
      this.#next++;
      try {
        unit.rows = await session.read(unit.table, unit.range, { sink: unit.queue, pool: this.#pool });
        unit.queue.end();
      } catch (error) {
        this.#failed = true;
        unit.queue.fail(error);
        this.#notify();
        return;
      }
    }
  }

  #notify(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const resolve of waiting) resolve();
  }
}

/** The last one has no end: what is beyond the pages that were counted is not in the snapshot, or it is to be read. */
function rangesOf(pages: number | undefined, unit: number): PageRange[] {
  const count = pages === undefined ? 1 : Math.max(1, Math.ceil(pages / unit));
  return Array.from({ length: count }, (_, n) => ({
    from: n * unit,
    to: n === count - 1 ? undefined : (n + 1) * unit,
  }));
}

/**
 * Decides where the segments of a dump end, while it is read.
 *
 * A segment ends with the entry that fills it; a table whose rows do not fit into what is left begins a segment of its
 * own, and is cut at the ends of rows. So a segment holds whole entries or rows of one table, never both, and where
 * the borders are depends on the dump alone and not on how its bytes come in.
 */
import { MIB } from '../../core/amounts.js';
import { subtractRowHashes } from '../row-hash-sum.js';
import type { BorderWatcher } from './border-watcher.js';
import type { RowShare, SegmentContent } from './segment.js';

/**
 * How large a segment gets, in bytes of the plain dump; more only by its last row or entry. A compressor that is a
 * program runs once for each, which costs a few milliseconds, and each takes about 100 bytes of the index.
 */
export const SEGMENT_BYTES = 8 * MIB;

const NO_ROWS: RowShare = { rows: 0, hash: '0'.repeat(32) };

export class SegmentCutter implements BorderWatcher {
  readonly #size: number;
  #done: SegmentContent[] = [];
  /** The current segment: where it begins, the number of its first entry, and whether that entry begins in it. */
  #start = 0;
  #first = 1;
  #opens = true;
  /** The entry that began last. */
  #entryAt = 0;
  #entryNumber = 0;
  #hasRows = false;
  /** Whether the current segment holds rows of one table only: what of the table was in the segments before it. */
  #before: RowShare | undefined;
  /** All rows of that table, once they have ended. */
  #total: RowShare | undefined;
  #pause = Infinity;

  /** @param size bytes after which a segment ends */
  constructor(size = SEGMENT_BYTES) {
    this.#size = size;
  }

  get pause(): number {
    return this.#pause;
  }

  /** The segments that have ended since the last call. */
  take(): readonly SegmentContent[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }

  /**
   * Up to where it is certain which segment the bytes belong to. @param seen how far the dump has been read
   */
  certain(seen: number): number {
    return this.#hasRows && this.#start < this.#entryAt ? this.#entryAt : seen;
  }

  entry(at: number, number: number, hasRows: boolean): void {
    if (at > this.#start && (this.#before || at - this.#start >= this.#size)) this.#cut(at, number);
    this.#entryAt = at;
    this.#entryNumber = number;
    this.#hasRows = hasRows;
    this.#pause = this.#start + this.#size;
  }

  reached(at: number, share: RowShare | undefined): void {
    if (!this.#before) {
      if (this.#start < this.#entryAt) this.#cut(this.#entryAt, this.#entryNumber);
      this.#before = NO_ROWS;
      this.#pause = this.#start + this.#size;
    }
    if (at < this.#pause || !share) return;
    this.#total = share;
    this.#cut(at, this.#entryNumber + 1);
    this.#first = this.#entryNumber;
    this.#opens = false;
    this.#before = share;
    this.#pause = at + this.#size;
  }

  tableEnd(share: RowShare): void {
    this.#hasRows = false;
    if (this.#before) this.#total = share;
  }

  end(at: number, entries: number): void {
    this.#cut(at, entries + 1);
  }

  /** @param next the number of the first entry that does not begin before `at` */
  #cut(at: number, next: number): void {
    const content = {
      entry: this.#first,
      entries: this.#opens ? next - this.#first : 0,
      rawOffset: this.#start,
      rawBytes: at - this.#start,
    };
    const [before, total] = [this.#before, this.#total];
    this.#done.push(before && total ? { ...content, share: shareBetween(before, total) } : content);
    this.#start = at;
    this.#first = next;
    this.#opens = true;
    this.#before = this.#total = undefined;
  }
}

/** The rows that were added. */
export function shareBetween(before: RowShare, after: RowShare): RowShare {
  return { rows: after.rows - before.rows, hash: subtractRowHashes(after.hash, before.hash) };
}

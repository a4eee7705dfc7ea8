/** Compares the segments that an index names with the dump itself, while that is read. */
import type { BorderWatcher } from './border-watcher.js';
import type { RowShare, SegmentContent } from './segment.js';
import { shareBetween } from './segment-cutter.js';

const NO_ROWS: RowShare = { rows: 0, hash: '0'.repeat(32) };

export interface SegmentContradiction {
  /** From 1. */
  readonly segment: number;
  /** The end of a sentence. */
  readonly reason: string;
}

/** An index that contradicts its dump in one place usually does so in many. */
const MOST_CONTRADICTIONS = 20;

export class SegmentFollower implements BorderWatcher {
  readonly #segments: readonly SegmentContent[];
  readonly #contradictions: SegmentContradiction[] = [];
  /** The segment being read: which one, the number of its first entry, and whether that entry begins in it. */
  #index = 0;
  #first = 1;
  #opens = true;
  /** The entry that began last. */
  #entryAt = -1;
  #entryNumber = 0;
  /** What of that entry's rows was in earlier segments, and what there was in all. */
  #before = NO_ROWS;
  #total: RowShare | undefined;

  /** @param segments in their order, without gaps */
  constructor(segments: readonly SegmentContent[]) {
    this.#segments = segments;
  }

  /** What was found; complete once the dump has ended. */
  get contradictions(): readonly SegmentContradiction[] {
    return this.#contradictions;
  }

  /** Where the current segment ends. */
  get pause(): number {
    const segment = this.#segments[this.#index];
    return segment ? segment.rawOffset + segment.rawBytes : Infinity;
  }

  entry(at: number, number: number): void {
    this.#skipTo(at);
    if (this.pause === at) this.#leave(number, false);
    this.#entryAt = at;
    this.#entryNumber = number;
    this.#before = NO_ROWS;
    this.#total = undefined;
  }

  reached(at: number, share: RowShare | undefined): void {
    this.#skipTo(at);
    if (this.pause !== at) return;
    if (!share) this.#note('it ends in the middle of a row');
    this.#total = share;
    this.#leave(this.#entryNumber + 1, true);
    this.#before = share ?? this.#before;
    this.#total = undefined;
  }

  tableEnd(share: RowShare): void {
    this.#total = share;
  }

  end(at: number, entries: number): void {
    this.#skipTo(at);
    if (this.pause === at) this.#leave(entries + 1, false);
    if (this.#index < this.#segments.length) this.#note(`the dump has ended before it, after ${at} bytes`);
  }

  /** Passes the segments that end before `at`, where nothing was reported: no segment can end there. */
  #skipTo(at: number): void {
    while (this.pause < at) {
      this.#note('it ends where no segment can end');
      this.#index++;
    }
  }

  /** @param next the number of the first entry that does not begin before the border @param inRows of a table */
  #leave(next: number, inRows: boolean): void {
    const segment = this.#segments[this.#index];
    if (segment) this.#compare(segment, this.#opens ? next - this.#first : 0, inRows);
    this.#index++;
    this.#first = inRows ? this.#entryNumber : next;
    this.#opens = !inRows;
  }

  #compare(segment: SegmentContent, entries: number, inRows: boolean): void {
    if (segment.entry !== this.#first || segment.entries !== entries) {
      this.#note(
        `it says that ${segment.entries} entries begin in it, from ${segment.entry} on; in the dump ${entries} do, from ${this.#first} on`,
      );
    }
    const { share } = segment;
    const isPart = inRows || !this.#opens;
    if (!share) {
      if (isPart) this.#note('it holds rows of one table and does not say which share of them');
      return;
    }
    const ofOneTable = !this.#opens || segment.rawOffset >= this.#entryAt;
    const found = ofOneTable && this.#total ? shareBetween(this.#before, this.#total) : undefined;
    if (found?.rows === share.rows && found.hash === share.hash) return;
    const inDump = found ? `${found.rows} rows with the hash ${found.hash}` : 'not the rows of one table';
    this.#note(`it says that it holds ${share.rows} rows with the hash ${share.hash}; the dump has ${inDump} there`);
  }

  #note(reason: string): void {
    if (this.#contradictions.length < MOST_CONTRADICTIONS) {
      this.#contradictions.push({ segment: this.#index + 1, reason });
    }
  }
}

/**
 * How large each part of an upload is.
 *
 * S3 accepts at most 10,000 parts of at most 5 GiB. A fixed size of 8 MiB ends at 78 GiB, hours into a dump. A large
 * fixed size makes every upload hold large parts, because a part must be kept until the store has confirmed it. So
 * sizes follow a plan while there is one, and otherwise grow with the number of parts; they never shrink.
 *
 * - **By plan**, if an expected size is known: what the rest, with a margin of a quarter, needs to fit into the
 *   remaining parts minus a reserve. As long as parts of 2 GiB could still make up for it later, it makes do with 48
 *   MiB, which fit into memory: the expected size is usually that of a database, and its compressed dump is a fraction
 *   of that. For 2 TB, the first 400 GB go that way.
 * - **By number**, if no size is expected or the object has outgrown its plan: 8 MiB, then 16, 32 and 48, until 195 GiB
 *   have been sent; from the 6,001st part on, twice as large every 50 parts, up to 5 GiB. A stream of unknown length
 *   fits up to 18 TiB.
 *
 * An object of 48.8 TiB, which is 10,000 parts of 5 GiB, fits only if it was expected: any schedule that begins smaller
 * has used too many parts by the time it knows.
 */
import { GIB, MIB } from '../../core/amounts.js';

/** S3's limits. */
export const MAX_PARTS = 10_000;
export const MAX_PART_BYTES = 5 * GIB;
/** Ours; S3's is 5 MiB. */
const MIN_PART_BYTES = 8 * MIB;

/** Parts up to this size are kept in memory, larger ones on disk. */
export const MAX_MEMORY_PART_BYTES = 48 * MIB;

/** The most that all in-memory parts of one upload may take together. */
const MEMORY_BYTES = 96 * MIB;
/** The most requests in progress; more would not speed up a stream that comes from one compressor. */
const MAX_CONCURRENCY = 4;

/** Part sizes by number while parts stay in memory: from this part (counted from 0) on, at least this size. */
const TIERS: readonly (readonly [from: number, bytes: number])[] = [
  [0, 8 * MIB],
  [1000, 16 * MIB],
  [2000, 32 * MIB],
  [3000, MAX_MEMORY_PART_BYTES],
];
/** From this part on, sizes by number double every so many parts. */
const DOUBLING_FROM = 6000;
const DOUBLING_EVERY = 50;

/** What an object may grow beyond its expected size before the plan is given up. */
const MARGIN = 1.25;
/** Parts that a plan leaves for an object that outgrows it. */
const RESERVE = 1000;
/** As long as a plan could still be kept with parts of this size, it makes do with parts in memory. */
const LATER_PART_BYTES = 2048 * MIB;

/** The sizes of the parts of one upload, from the first on. */
export class PartSizes {
  readonly #plannedBytes: number;
  #parts = 0;
  #sentBytes = 0;
  #last = 0;
  /** Parts of the current size so far. */
  #ofThisSize = 0;

  /** @param expectedBytes of the whole object, if known */
  constructor(expectedBytes = 0) {
    this.#plannedBytes = expectedBytes * MARGIN;
  }

  /** The size of the next part, in bytes: a whole number of MiB. `undefined` when all 10,000 are used. */
  next(): number | undefined {
    if (this.#parts === MAX_PARTS) return undefined;
    const restBytes = this.#plannedBytes - this.#sentBytes;
    const wanted = restBytes > 0 ? this.#byPlan(restBytes) : this.#byNumber();
    const bytes = Math.min(MAX_PART_BYTES, Math.max(this.#last, MIN_PART_BYTES, wanted));
    this.#ofThisSize = bytes === this.#last ? this.#ofThisSize + 1 : 1;
    this.#last = bytes;
    this.#parts++;
    this.#sentBytes += bytes;
    return bytes;
  }

  #byPlan(restBytes: number): number {
    const needed = Math.ceil(restBytes / Math.max(1, MAX_PARTS - RESERVE - this.#parts) / MIB) * MIB;
    return needed <= LATER_PART_BYTES ? Math.min(needed, MAX_MEMORY_PART_BYTES) : needed;
  }

  #byNumber(): number {
    if (this.#parts >= DOUBLING_FROM) return this.#ofThisSize >= DOUBLING_EVERY ? this.#last * 2 : this.#last;
    return TIERS.findLast(([from]) => this.#parts >= from)?.[1] ?? MIN_PART_BYTES;
  }
}

/**
 * How many parts of a size may be in progress while another one is being filled. Large parts are on disk: there it is
 * one, so that at most two are on the disk.
 */
export function partsInFlight(partBytes: number): number {
  return Math.max(1, Math.min(MAX_CONCURRENCY, Math.floor(MEMORY_BYTES / partBytes) - 1));
}

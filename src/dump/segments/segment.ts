/**
 * A segment: a stretch of a dump that can be read without what is before it. It holds either whole entries, or rows of
 * one table that is too large for one segment.
 */

/** What a stretch of the plain dump holds. */
export interface SegmentContent {
  /** The number of its first entry, in the order of the entries file, from 1. */
  readonly entry: number;
  /** How many entries begin in it; 0 where it holds only more rows of {@link entry}. */
  readonly entries: number;
  /** Where it begins in the plain dump, in bytes. */
  readonly rawOffset: number;
  readonly rawBytes: number;
  /** Set where it holds a part of the rows of one table: how many, and their share of the table's hash. */
  readonly share?: RowShare;
}

/** Rows of a table, and the sum of their hashes: 32 hex digits. */
export interface RowShare {
  readonly rows: number;
  readonly hash: string;
}

/** A segment as it is stored. */
export interface Segment extends SegmentContent {
  /** Where it begins in the stored object, in bytes. */
  readonly storedOffset: number;
  readonly storedBytes: number;
  /** SHA-256 of its stored bytes, hex. */
  readonly sha256: string;
}

/**
 * What each segment is in the stored object: a run of independent deflate blocks of one gzip member, a gzip member or a
 * zstd frame of its own, or the plain bytes.
 */
export const FRAMINGS = ['deflate', 'gzip', 'zstd', 'none'] as const;

export type Framing = (typeof FRAMINGS)[number];

/** In a stream of bytes: the end of a segment. */
export class SegmentEnd {
  constructor(readonly content: SegmentContent) {}
}

/** A stream of bytes with the borders of segments in it. */
export type Piece = Uint8Array | SegmentEnd;

/** Bytes of the dump that have been read and not been passed on. */
import { BufferPool, giveBack } from '../../core/buffer-pool.js';
import { HoldfastError } from '../../core/errors.js';
import { SegmentEnd, type Piece } from '../../dump/segments/segment.js';
import type { SegmentCutter } from '../../dump/segments/segment-cutter.js';

/** How many are passed on at a time, at most, of what has come in little pieces. */
const GATHERED_BYTES = 256 << 10;

/** Little pieces are copied into large ones: each that is passed on costs a trip through all the stages of a backup. */
export class PendingBytes {
  readonly #pool = new BufferPool(GATHERED_BYTES);
  /** In their order. The last one may be the part of {@link #open} that has been filled since it was passed on. */
  #pieces: Buffer[] = [];
  /** What little pieces are copied into, from `#from` on up to `#filled` not yet among the pieces. */
  #open: Buffer | undefined;
  #from = 0;
  #filled = 0;
  #start = 0;

  /** Where they begin in the dump. */
  get start(): number {
    return this.#start;
  }

  /** @param chunk must not be changed afterwards, unless it has been given back to its pool */
  add(chunk: Buffer): void {
    if (chunk.length >= GATHERED_BYTES) {
      this.#close();
      this.#pieces.push(chunk);
      return;
    }
    for (let copied = 0; copied < chunk.length;) {
      this.#open ??= this.#pool.take();
      const count = chunk.copy(this.#open, this.#filled, copied);
      copied += count;
      this.#filled += count;
      if (this.#filled === this.#open.length) this.#close();
    }
    giveBack(chunk);
  }

  /** Removes and returns those before `end`, a place in the dump. */
  *takeTo(end: number): Generator<Buffer, void, undefined> {
    this.#gather();
    while (this.#start < end) {
      const piece = this.#pieces.shift();
      if (!piece) throw new HoldfastError('INTERNAL', `The dump has fewer bytes than the ${end} of its segments.`);
      const taken = piece.subarray(0, end - this.#start);
      if (taken.length < piece.length) this.#pieces.unshift(piece.subarray(taken.length));
      this.#start += taken.length;
      yield taken;
    }
  }

  /** What has been copied becomes a piece; more may be copied behind it. */
  #gather(): void {
    if (!this.#open || this.#from === this.#filled) return;
    this.#pieces.push(this.#open.subarray(this.#from, this.#filled));
    this.#from = this.#filled;
  }

  #close(): void {
    this.#gather();
    if (this.#open) giveBack(this.#open.subarray(this.#filled));
    this.#open = undefined;
    this.#from = this.#filled = 0;
  }
}

/** The segments that have ended, each with its end behind it. */
export function* cutInto(pending: PendingBytes, cutter: SegmentCutter): Generator<Piece> {
  for (const content of cutter.take()) {
    yield* pending.takeTo(content.rawOffset + content.rawBytes);
    yield new SegmentEnd(content);
  }
}

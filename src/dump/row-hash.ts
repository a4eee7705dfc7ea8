/**
 * The order-independent hash of a table's rows: MurmurHash3_x86_128 (seed 0) of each row without its newline,
 * the four 32-bit lanes of all rows added up, each modulo 2^32.
 *
 * Order-independent, because a restored heap does not keep the order of the rows. It detects accidental change, not
 * tampering: anyone who can choose rows can find collisions.
 *
 * By hand: packages hash one text at a time; here rows are found, hashed and added up in one pass over the bytes.
 */

const C1 = 0x239b961b;
const C2 = 0xab0e9789 | 0;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93 | 0;

const NEWLINE = 0x0a;
const NEWLINES = 0x0a0a0a0a;
const ONES = 0x01010101;
const HIGH_BITS = 0x80808080 | 0;
/** `\.` as the low half of a little-endian word. */
const END_MARKER = 0x2e5c;
const BLOCK = 16;

/** Hashes COPY text rows that come in arbitrarily cut chunks; memory use is constant, whatever the rows' length. */
export class RowHash {
  #rows = 0;
  #bytes = 0;
  // The sum over all rows that have ended.
  #s1 = 0;
  #s2 = 0;
  #s3 = 0;
  #s4 = 0;
  // The current row: the state after its whole blocks, their bytes, and the bytes beyond them.
  #h1 = 0;
  #h2 = 0;
  #h3 = 0;
  #h4 = 0;
  #blockBytes = 0;
  readonly #tail = new DataView(new ArrayBuffer(BLOCK));
  #tailBytes = 0;
  /** Whether the slow path has just seen the end-of-data line. */
  #ended = false;

  /** Rows that have ended. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of the rows that have ended, with their newlines, without the end-of-data line. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether the input so far stops in the middle of a row: at the end of input, that means truncation. */
  get midRow(): boolean {
    return this.#blockBytes + this.#tailBytes > 0;
  }

  /** The hash of the rows that have ended: 32 lower-case hex digits. */
  hex(): string {
    return [this.#s1, this.#s2, this.#s3, this.#s4].map(toHex).join('');
  }

  /** Forgets everything, for the next table. */
  reset(): void {
    this.#rows = this.#bytes = 0;
    this.#s1 = this.#s2 = this.#s3 = this.#s4 = 0;
    this.#startRow();
  }

  /**
   * Feeds rows as they are in a dump, followed by an end-of-data line (`\.`).
   *
   * @param chunk bytes of the dump
   * @param start where in the chunk to begin
   * @returns the index just after the end-of-data line, or -1 when the chunk ended before it
   */
  consume(chunk: Uint8Array, start: number): number {
    return this.#scan(chunk, start, true);
  }

  /** Feeds rows as `COPY … TO STDOUT` sends them: all bytes are rows, and nothing marks their end. */
  consumeRaw(chunk: Uint8Array): void {
    this.#scan(chunk, 0, false);
  }

  /**
   * The search for the newline and the hashing share one pass over 16-byte blocks: the test for a newline is a handful
   * of operations on words that are loaded anyway. A search by `indexOf` before the hashing of each row pays for a
   * native call with every row: half as fast at 20 to 100 bytes a row, equal at a kilobyte (`npm run bench --
   * row-hash`).
   *
   * State lives in locals and the mixing is written out: fields, or helpers beyond what the engine inlines, would halve
   * the speed.
   */
  #scan(chunk: Uint8Array, start: number, marked: boolean): number {
    let pos = start;
    if (this.#tailBytes > 0) {
      pos = this.#scanBytes(chunk, pos, marked, true);
      if (this.#ended) return this.#endData(pos);
    }
    const view = new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lastBlock = chunk.length - BLOCK;
    let rows = 0;
    let s1 = this.#s1;
    let s2 = this.#s2;
    let s3 = this.#s3;
    let s4 = this.#s4;
    let h1 = this.#h1;
    let h2 = this.#h2;
    let h3 = this.#h3;
    let h4 = this.#h4;
    // Where the current row would begin if all of it were in this chunk.
    let rowStart = pos - this.#blockBytes;
    const firstRowStart = rowStart;
    let end = -1;

    while (pos <= lastBlock) {
      let k1 = view.getInt32(pos, true);
      let k2 = view.getInt32(pos + 4, true);
      let k3 = view.getInt32(pos + 8, true);
      let k4 = view.getInt32(pos + 12, true);
      // The high bit of a byte is set where that byte is a newline; above the first newline it may be set wrongly.
      const x1 = k1 ^ NEWLINES;
      const x2 = k2 ^ NEWLINES;
      const x3 = k3 ^ NEWLINES;
      const x4 = k4 ^ NEWLINES;
      const n1 = (x1 - ONES) & ~x1;
      const n2 = (x2 - ONES) & ~x2;
      const n3 = (x3 - ONES) & ~x3;
      const n4 = (x4 - ONES) & ~x4;

      if (((n1 | n2 | n3 | n4) & HIGH_BITS) === 0) {
        k1 = Math.imul(k1, C1);
        h1 ^= Math.imul((k1 << 15) | (k1 >>> 17), C2);
        h1 = (Math.imul(((h1 << 19) | (h1 >>> 13)) + h2, 5) + 0x561ccd1b) | 0;
        k2 = Math.imul(k2, C2);
        h2 ^= Math.imul((k2 << 16) | (k2 >>> 16), C3);
        h2 = (Math.imul(((h2 << 17) | (h2 >>> 15)) + h3, 5) + 0x0bcaa747) | 0;
        k3 = Math.imul(k3, C3);
        h3 ^= Math.imul((k3 << 17) | (k3 >>> 15), C4);
        h3 = (Math.imul(((h3 << 15) | (h3 >>> 17)) + h4, 5) + 0x96cd1c35) | 0;
        k4 = Math.imul(k4, C4);
        h4 ^= Math.imul((k4 << 18) | (k4 >>> 14), C1);
        h4 = (Math.imul(((h4 << 13) | (h4 >>> 19)) + h1, 5) + 0x32ac3b17) | 0;
        pos += BLOCK;
        continue;
      }

      // The row ends in this block: keep what is before the newline, zero the rest.
      let bits = n1 & HIGH_BITS;
      if (bits !== 0) {
        k1 &= belowFirst(bits);
        k2 = k3 = k4 = 0;
      } else if ((bits = n2 & HIGH_BITS) !== 0) {
        k2 &= belowFirst(bits);
        k3 = k4 = 0;
        pos += 4;
      } else if ((bits = n3 & HIGH_BITS) !== 0) {
        k3 &= belowFirst(bits);
        k4 = 0;
        pos += 8;
      } else {
        bits = n4 & HIGH_BITS;
        k4 &= belowFirst(bits);
        pos += 12;
      }
      pos += (31 - Math.clz32(bits & -bits)) >> 3;
      const length = pos - rowStart;
      pos++;
      if (length === 2 && marked && k1 === END_MARKER) {
        end = pos;
        break;
      }

      // A tail of zeros mixes to zero, so all four words can be mixed without checking how long the tail is.
      k1 = Math.imul(k1, C1);
      h1 ^= Math.imul((k1 << 15) | (k1 >>> 17), C2) ^ length;
      k2 = Math.imul(k2, C2);
      h2 ^= Math.imul((k2 << 16) | (k2 >>> 16), C3) ^ length;
      k3 = Math.imul(k3, C3);
      h3 ^= Math.imul((k3 << 17) | (k3 >>> 15), C4) ^ length;
      k4 = Math.imul(k4, C4);
      h4 ^= Math.imul((k4 << 18) | (k4 >>> 14), C1) ^ length;
      h1 = (h1 + h2 + h3 + h4) | 0;
      h2 = mixFinally((h2 + h1) | 0);
      h3 = mixFinally((h3 + h1) | 0);
      h4 = mixFinally((h4 + h1) | 0);
      h1 = (mixFinally(h1) + h2 + h3 + h4) | 0;
      s1 = (s1 + h1) | 0;
      s2 = (s2 + h2 + h1) | 0;
      s3 = (s3 + h3 + h1) | 0;
      s4 = (s4 + h4 + h1) | 0;
      h1 = h2 = h3 = h4 = 0;
      rows++;
      rowStart = pos;
    }

    this.#rows += rows;
    this.#bytes += rowStart - firstRowStart;
    this.#s1 = s1;
    this.#s2 = s2;
    this.#s3 = s3;
    this.#s4 = s4;
    if (end >= 0) return this.#endData(end);
    this.#h1 = h1;
    this.#h2 = h2;
    this.#h3 = h3;
    this.#h4 = h4;
    this.#blockBytes = pos - rowStart;
    pos = this.#scanBytes(chunk, pos, marked, false);
    return this.#ended ? this.#endData(pos) : -1;
  }

  /** The slow path, byte by byte: only for the blocks that a chunk's boundary cuts. Returns where it stopped. */
  #scanBytes(chunk: Uint8Array, start: number, marked: boolean, stopAtBlock: boolean): number {
    let pos = start;
    while (pos < chunk.length) {
      const byte = chunk[pos++] as number;
      if (byte === NEWLINE) {
        const isMarker =
          this.#blockBytes === 0 && this.#tailBytes === 2 && this.#tail.getUint16(0, true) === END_MARKER;
        if (marked && isMarker) {
          this.#ended = true;
          return pos;
        }
        this.#endRow();
      } else {
        this.#tail.setUint8(this.#tailBytes++, byte);
        if (this.#tailBytes === BLOCK) this.#mixTailAsBlock();
      }
      if (stopAtBlock && this.#tailBytes === 0) return pos;
    }
    return pos;
  }

  #mixTailAsBlock(): void {
    const tail = this.#tail;
    this.#h1 ^= mixWord(tail.getInt32(0, true), C1, 15, C2);
    this.#h1 = (Math.imul(rotate(this.#h1, 19) + this.#h2, 5) + 0x561ccd1b) | 0;
    this.#h2 ^= mixWord(tail.getInt32(4, true), C2, 16, C3);
    this.#h2 = (Math.imul(rotate(this.#h2, 17) + this.#h3, 5) + 0x0bcaa747) | 0;
    this.#h3 ^= mixWord(tail.getInt32(8, true), C3, 17, C4);
    this.#h3 = (Math.imul(rotate(this.#h3, 15) + this.#h4, 5) + 0x96cd1c35) | 0;
    this.#h4 ^= mixWord(tail.getInt32(12, true), C4, 18, C1);
    this.#h4 = (Math.imul(rotate(this.#h4, 13) + this.#h1, 5) + 0x32ac3b17) | 0;
    this.#blockBytes += BLOCK;
    this.#tailBytes = 0;
  }

  #endRow(): void {
    const tail = this.#tail;
    for (let index = this.#tailBytes; index < BLOCK; index++) tail.setUint8(index, 0);
    const length = this.#blockBytes + this.#tailBytes;
    let h1 = this.#h1 ^ mixWord(tail.getInt32(0, true), C1, 15, C2) ^ length;
    let h2 = this.#h2 ^ mixWord(tail.getInt32(4, true), C2, 16, C3) ^ length;
    let h3 = this.#h3 ^ mixWord(tail.getInt32(8, true), C3, 17, C4) ^ length;
    let h4 = this.#h4 ^ mixWord(tail.getInt32(12, true), C4, 18, C1) ^ length;
    h1 = (h1 + h2 + h3 + h4) | 0;
    h2 = mixFinally((h2 + h1) | 0);
    h3 = mixFinally((h3 + h1) | 0);
    h4 = mixFinally((h4 + h1) | 0);
    h1 = (mixFinally(h1) + h2 + h3 + h4) | 0;
    this.#s1 = (this.#s1 + h1) | 0;
    this.#s2 = (this.#s2 + h2 + h1) | 0;
    this.#s3 = (this.#s3 + h3 + h1) | 0;
    this.#s4 = (this.#s4 + h4 + h1) | 0;
    this.#rows++;
    this.#bytes += length + 1;
    this.#startRow();
  }

  #startRow(): void {
    this.#h1 = this.#h2 = this.#h3 = this.#h4 = 0;
    this.#blockBytes = this.#tailBytes = 0;
  }

  #endData(pos: number): number {
    this.#startRow();
    this.#ended = false;
    return pos;
  }
}

/** The bits below the byte whose high bit is the lowest one set in `bits`. */
function belowFirst(bits: number): number {
  return ((bits & -bits) >>> 7) - 1;
}

function rotate(word: number, count: number): number {
  return (word << count) | (word >>> (32 - count));
}

function mixWord(word: number, first: number, count: number, second: number): number {
  return Math.imul(rotate(Math.imul(word, first), count), second);
}

/** The algorithm's finalization mix: every bit of the input reaches every bit of the result. */
function mixFinally(word: number): number {
  word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
  return word ^ (word >>> 16);
}

function toHex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}

/**
 * CRC-64/NVME: the checksum by which S3 checks a whole object, however many parts it came in. Checksums of parts can be
 * joined to that of the whole, so every byte is read once.
 *
 * All values are pairs of 32-bit halves: JavaScript's 64-bit integers would be fifty times slower.
 *
 * By hand: the packages for CRC-64/NVME compute it and cannot join two.
 */

/** The reflected polynomial 0x9a6c9329ac4bc9b5. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;
/** Bytes per step. */
const SLICES = 8;

/** `HIGH[slice * 256 + byte]` is the upper half of the effect of `byte`, `slice` bytes before the end of a step. */
const [HIGH, LOW] = makeTables();

/** A running checksum. */
export class Crc64 {
  #high = 0xffffffff;
  #low = 0xffffffff;
  #bytes = 0;

  /** How many bytes it covers. */
  get bytes(): number {
    return this.#bytes;
  }

  update(data: Uint8Array): void {
    let high = this.#high;
    let low = this.#low;
    const length = data.length;
    const whole = length - (length % SLICES);
    let at = 0;
    for (; at < whole; at += SLICES) {
      // Indices are in bounds by construction; the `!` avoids a check in the innermost loop.
      const a = 1792 + ((low ^ data[at]!) & 255);
      const b = 1536 + (((low >>> 8) ^ data[at + 1]!) & 255);
      const c = 1280 + (((low >>> 16) ^ data[at + 2]!) & 255);
      const d = 1024 + ((low >>> 24) ^ data[at + 3]!);
      const e = 768 + ((high ^ data[at + 4]!) & 255);
      const f = 512 + (((high >>> 8) ^ data[at + 5]!) & 255);
      const g = 256 + (((high >>> 16) ^ data[at + 6]!) & 255);
      const h = (high >>> 24) ^ data[at + 7]!;
      high = HIGH[a]! ^ HIGH[b]! ^ HIGH[c]! ^ HIGH[d]! ^ HIGH[e]! ^ HIGH[f]! ^ HIGH[g]! ^ HIGH[h]!;
      low = LOW[a]! ^ LOW[b]! ^ LOW[c]! ^ LOW[d]! ^ LOW[e]! ^ LOW[f]! ^ LOW[g]! ^ LOW[h]!;
    }
    for (; at < length; at++) {
      const index = (low ^ data[at]!) & 255;
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!;
      high = (high >>> 8) ^ HIGH[index]!;
    }
    this.#high = high;
    this.#low = low;
    this.#bytes += length;
  }

  /** Appends what `next` covers, as if its bytes had been given to `update`. */
  append(next: Crc64): void {
    // Moving a finished checksum over n zero bytes is a linear map; n is taken bit by bit.
    let high = ~this.#high;
    let low = ~this.#low;
    let shift = oneZeroByte();
    for (let rest = next.#bytes; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) [high, low] = apply(shift, high, low);
      shift = square(shift);
    }
    // Both are finished values here; the result is kept unfinished, so that bytes can follow.
    this.#high = ~(high ^ ~next.#high);
    this.#low = ~(low ^ ~next.#low);
    this.#bytes += next.#bytes;
  }

  /** As S3 writes it: 8 bytes, most significant first, in base64. */
  digest(): string {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(~this.#high >>> 0, 0);
    bytes.writeUInt32BE(~this.#low >>> 0, 4);
    return bytes.toString('base64');
  }
}

function makeTables(): readonly [Int32Array, Int32Array] {
  const high = new Int32Array(SLICES * 256);
  const low = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let h = 0;
    let l = byte;
    for (let slice = 0; slice < SLICES; slice++) {
      for (let bit = 0; bit < 8; bit++) [h, l] = shiftBit(h, l);
      high[slice * 256 + byte] = h;
      low[slice * 256 + byte] = l;
    }
  }
  return [high, low];
}

/** One bit further. */
function shiftBit(high: number, low: number): [number, number] {
  const carry = low & 1;
  const shiftedLow = (low >>> 1) | (high << 31);
  const shiftedHigh = high >>> 1;
  return carry ? [shiftedHigh ^ POLYNOMIAL_HIGH, shiftedLow ^ POLYNOMIAL_LOW] : [shiftedHigh, shiftedLow];
}

/** A linear map of 64 bits: the images of the single bits, from the lowest, as [high, low] pairs. */
type LinearMap = readonly (readonly [number, number])[];

function oneZeroByte(): LinearMap {
  return Array.from({ length: 64 }, (_, bit) => {
    let pair: [number, number] = bit < 32 ? [0, 1 << bit] : [1 << (bit - 32), 0];
    for (let step = 0; step < 8; step++) pair = shiftBit(...pair);
    return pair;
  });
}

function square(map: LinearMap): LinearMap {
  return map.map(([high, low]) => apply(map, high, low));
}

function apply(map: LinearMap, high: number, low: number): [number, number] {
  let resultHigh = 0;
  let resultLow = 0;
  for (let bit = 0; bit < 64; bit++) {
    const set = bit < 32 ? (low >>> bit) & 1 : (high >>> (bit - 32)) & 1;
    const image = map[bit];
    if (!set || !image) continue;
    resultHigh ^= image[0];
    resultLow ^= image[1];
  }
  return [resultHigh, resultLow];
}

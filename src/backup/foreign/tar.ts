/** Reads a tar as it passes: names, sizes and contents of its members, and nothing that a tar could do to a disk. */

export const TAR_BLOCK = 512;

export interface TarHeader {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** `0` for a file, `5` for a folder; the others are links, devices and what extends a name. */
  readonly type: string;
  /** Whether pg_dump has written it, which gives a user and a group that nobody has. */
  readonly ofPgDump: boolean;
}

/** @returns `undefined` for a block that is no header of a member, as is one of zeros */
export function readTarHeader(block: Buffer): TarHeader | undefined {
  if (block.length < TAR_BLOCK || block.toString('latin1', 257, 262) !== 'ustar') return undefined;
  const text = (from: number, bytes: number) => block.toString('utf8', from, from + bytes).replace(/\0.*$/s, '');
  const digits = text(124, 12).trim();
  // Sizes beyond eight gibibytes are binary, with the first bit set.
  const binary = (block[124] ?? 0) >= 0x80;
  const size = binary ? Number(block.readBigUInt64BE(128)) : parseInt(digits, 8);
  if (!Number.isSafeInteger(size) || size < 0 || !(binary || /^[0-7]+$/.test(digits))) return undefined;
  const sum = parseInt(text(148, 8).trim(), 8);
  if (sum !== checksum(block)) return undefined;
  const ofPgDump = text(108, 8).trim() === '0004000' && text(116, 8).trim() === '0002000';
  const prefix = text(345, 155);
  const name = text(0, 100);
  return { name: prefix === '' ? name : `${prefix}/${name}`, size, type: text(156, 1) || '0', ofPgDump };
}

/** The bytes of its own field count as spaces. */
function checksum(block: Buffer): number {
  let sum = 0;
  for (let at = 0; at < TAR_BLOCK; at++) sum += at >= 148 && at < 156 ? 0x20 : (block[at] ?? 0);
  return sum;
}

/** Takes a stream of any pieces in amounts that the caller chooses. */
export class ByteReader {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #held: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next bytes, at least one and at most so many; `undefined` at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    while (this.#held.length === 0) {
      const step = await this.#iterator.next();
      if (step.done) return undefined;
      this.#held = Buffer.from(step.value.buffer, step.value.byteOffset, step.value.byteLength);
    }
    const taken = this.#held.subarray(0, most);
    this.#held = this.#held.subarray(taken.length);
    return taken;
  }

  /** Exactly so many; fewer at the end. */
  async exactly(bytes: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let held = 0;
    while (held < bytes) {
      const piece = await this.some(bytes - held);
      if (!piece) break;
      pieces.push(Buffer.from(piece));
      held += piece.length;
    }
    return Buffer.concat(pieces);
  }

  async close(): Promise<void> {
    await this.#iterator.return?.();
  }
}

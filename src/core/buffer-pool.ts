/**
 * Buffers of one size that are used again. What passes through this process in large pieces would otherwise be garbage of
 * as many bytes, and collecting it costs about as much as all that is done with them.
 */
interface Loan {
  readonly pool: BufferPool;
  readonly buffer: Buffer;
  /** Bytes that somebody may still read. */
  bytes: number;
}

/** By what their buffers, and all parts of these, have in common. */
const loans = new WeakMap<ArrayBufferLike, Loan>();

export class BufferPool {
  readonly #size: number;
  readonly #free: Buffer[] = [];

  /** @param size of each, in bytes */
  constructor(size: number) {
    this.#size = size;
  }

  /** With any content. Belongs to whoever takes it until all of its bytes were given back, or for good if they are not. */
  take(): Buffer {
    const buffer = this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#size);
    loans.set(buffer.buffer, { pool: this, buffer, bytes: buffer.length });
    return buffer;
  }

  /** @internal for {@link giveBack} */
  put(buffer: Buffer): void {
    this.#free.push(buffer);
  }
}

/**
 * Says that nobody will read these bytes any more; nothing happens where they are of no pool. To be said once of each
 * byte, by the last one who has it: when all of a buffer are back, it is written to.
 */
export function giveBack(bytes: Uint8Array): void {
  const loan = loans.get(bytes.buffer);
  if (!loan) return;
  loan.bytes -= bytes.length;
  if (loan.bytes > 0) return;
  loans.delete(bytes.buffer);
  loan.pool.put(loan.buffer);
}

/**
 * A socket that reads into the same memory each time, for much that is taken at once: what Node.js reads otherwise is a
 * new buffer each time, and garbage of as many bytes.
 */
import { Socket } from 'node:net';

const READ_BYTES = 64 << 10;

/** Takes bytes that are there only until it returns. */
export type Taker = (bytes: Buffer) => void;

export class ReusingSocket extends Socket {
  #taker: Taker | undefined;

  constructor() {
    const memory = Buffer.allocUnsafeSlow(READ_BYTES);
    super({
      onread: {
        buffer: memory,
        callback: (count: number) => {
          const bytes = memory.subarray(0, count);
          if (this.#taker) this.#taker(bytes);
          // Whoever listens may keep it.
          else this.emit('data', Buffer.from(bytes));
          return true;
        },
      },
    } as ConstructorParameters<typeof Socket>[0]);
  }

  /** Who gets what comes, instead of the listeners for `data`; undefined for these. */
  set taker(taker: Taker | undefined) {
    this.#taker = taker;
  }
}

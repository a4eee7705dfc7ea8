/** What comes out of a stream, piece by piece, with a look at whether there is any. */
import type { Readable } from 'node:stream';
import { ReusingSocket } from './reusing-socket.js';

/** A piece is there until the next is asked for: then its memory may be used again. */
export class PiecewiseReads implements AsyncIterable<Buffer> {
  readonly #stream: Readable;
  #piece: Buffer | undefined;
  #end: { readonly error?: unknown } | undefined;
  #waiting: (() => void)[] = [];

  /** @param stream that nobody reads from */
  constructor(stream: Readable) {
    this.#stream = stream;
    const take = (piece: Buffer) => {
      this.#piece = piece;
      stream.pause();
      this.#wake();
    };
    const end = (how: { readonly error?: unknown }) => {
      this.#end ??= how;
      this.#wake();
    };
    if (stream instanceof ReusingSocket) stream.taker = take;
    else stream.on('data', take);
    stream.on('error', (error) => end({ error }));
    stream.on('end', () => end({}));
    stream.on('close', () => end({}));
    stream.resume();
  }

  /** Resolves when there is something to read, or the stream has ended: to whether there is. */
  async any(): Promise<boolean> {
    while (!this.#piece && !this.#end) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.#piece !== undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    while (await this.any()) {
      yield this.#piece as Buffer;
      this.#piece = undefined;
      this.#stream.resume();
    }
    if (this.#end && 'error' in this.#end) throw this.#end.error;
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Nothing more is read, and whoever writes is told so. */
  destroy(): void {
    this.#stream.destroy();
  }
}

import type { RowSink } from './copied-rows.js';

/** Pieces from one that adds them to one that takes them; there is room for so many bytes, and the last piece beyond. */
export class BoundedQueue implements RowSink {
  readonly #most: number;
  #pieces: Buffer[] = [];
  #bytes = 0;
  #end: { readonly error?: unknown } | undefined;
  #onRoom: (() => void) | undefined;
  #onMore: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  add(piece: Buffer): boolean {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#onMore?.();
    return this.#hasRoom;
  }

  async room(): Promise<void> {
    while (!this.#hasRoom) await new Promise<void>((resolve) => (this.#onRoom = resolve));
  }

  end(): void {
    this.#end ??= {};
    this.#onMore?.();
  }

  /** What is inside is still taken, and then the error is thrown. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#onMore?.();
  }

  /** All pieces until the end. @throws what it failed with */
  async *take(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece) {
        this.#bytes -= piece.length;
        this.#onRoom?.();
        yield piece;
      } else if (this.#end) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      } else await new Promise<void>((resolve) => (this.#onMore = resolve));
    }
  }

  get #hasRoom(): boolean {
    return this.#bytes < this.#most;
  }
}

/** Chunks from one that adds them to one that takes them; adding waits when more than so many bytes are inside. */
export class BoundedQueue {
  readonly #most: number;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #end: { readonly error?: unknown } | undefined;
  #room: (() => void) | undefined;
  #more: (() => void) | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when there is room for another. */
  async add(chunk: Buffer): Promise<void> {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#more?.();
    while (this.#bytes > this.#most) await new Promise<void>((resolve) => (this.#room = resolve));
  }

  end(): void {
    this.#end ??= {};
    this.#more?.();
  }

  /** What is inside is still taken, and then the error is thrown. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#more?.();
  }

  /** All chunks until the end. @throws what it failed with */
  async *take(): AsyncGenerator<Buffer, void, undefined> {
    for (;;) {
      const chunks = this.#chunks;
      this.#chunks = [];
      this.#bytes = 0;
      this.#room?.();
      yield* chunks;
      if (this.#chunks.length > 0) continue;
      if (this.#end) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      }
      await new Promise<void>((resolve) => (this.#more = resolve));
    }
  }
}

/** Looks at the beginning of a stream, which is then read as if nobody had looked. */

export interface Peeked {
  /** Fewer bytes than asked for only where the stream has no more. */
  readonly head: Buffer;
  /** All of the stream. */
  readonly all: AsyncGenerator<Uint8Array, void, undefined>;
  /** Lets the stream go where nobody reads it. */
  close(): Promise<void>;
}

export async function peek(source: AsyncIterable<Uint8Array>, bytes: number): Promise<Peeked> {
  const iterator = source[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let held = 0;
  let ended = false;
  while (held < bytes && !ended) {
    const step = await iterator.next();
    if (step.done) ended = true;
    else {
      // A piece's memory may be used again once the next is asked for.
      pieces.push(Buffer.from(step.value));
      held += step.value.length;
    }
  }
  const close = async () => {
    if (!ended) await iterator.return?.();
    ended = true;
  };
  return {
    head: Buffer.concat(pieces).subarray(0, bytes),
    all: (async function* () {
      try {
        yield* pieces.splice(0);
        while (!ended) {
          const step = await iterator.next();
          if (step.done) ended = true;
          else yield step.value;
        }
      } finally {
        await close();
      }
    })(),
    close,
  };
}

/** Writes a source into a sink, with backpressure: the half of a filter that runs while its output is read. */
import type { Writable } from 'node:stream';
import { giveBack } from '../../core/buffer-pool.js';

export interface Feeding {
  /** Bytes handed to the sink so far. */
  readonly bytes: number;
  /** Whether the source ended normally and the sink took all of it. */
  readonly complete: boolean;
  /** What the source threw, if it did. */
  readonly failure: { readonly error: unknown } | undefined;
  /** Destroys the sink and releases the source. Waits for the source unless it is still producing its next chunk. */
  stop(): Promise<void>;
}

/**
 * Starts to feed. The sink is ended only when the source has ended normally.
 *
 * @param onFailure called when the source throws, before anything else happens to the sink: a child that reads from
 *   it must be stopped here, or it would mistake the end of its input for the end of the data
 */
export function startFeeding(source: AsyncIterable<Uint8Array>, sink: Writable, onFailure: () => void): Feeding {
  const iterator = source[Symbol.asyncIterator]();
  let bytes = 0;
  let complete = false;
  let failure: { error: unknown } | undefined;
  let stopped = false;
  let pulling = false;

  // A destroyed sink may never answer the write in progress (zlib's streams do not).
  let giveUp: (taken: boolean) => void = () => {};
  sink.once('close', () => giveUp(false));
  const write = (chunk: Uint8Array) =>
    new Promise<boolean>((resolve) => {
      giveUp = resolve;
      sink.write(chunk, (error) => {
        if (!error) giveBack(chunk);
        resolve(!error);
      });
    });

  const pull = async () => {
    pulling = true;
    try {
      return await iterator.next();
    } finally {
      pulling = false;
    }
  };

  const run = async () => {
    try {
      // One write is in progress while the source prepares the next chunk; `false` means that the sink is gone.
      let writing = Promise.resolve(true);
      for (;;) {
        const step = await pull();
        const taken = await writing;
        if (stopped || !taken) break;
        if (step.done === true) {
          complete = await endSink(sink);
          return;
        }
        bytes += step.value.byteLength;
        writing = write(step.value);
      }
    } catch (error) {
      failure = { error };
      onFailure();
      return;
    }
    await release();
  };
  // What a source that is released early still throws no longer matters.
  const release = async () => {
    await iterator.return?.().catch(() => {});
  };
  const running = run();

  return {
    get bytes() {
      return bytes;
    },
    get complete() {
      return complete;
    },
    get failure() {
      return failure;
    },
    async stop() {
      stopped = true;
      sink.destroy();
      // Waiting for a chunk that may never come would block a caller that stops for that very reason.
      if (pulling) void release();
      else await running;
    },
  };
}

/** Resolves to whether the sink took everything. */
async function endSink(sink: Writable): Promise<boolean> {
  // One that has closed already says nothing more, not even to whoever ends it.
  if (sink.closed) return sink.writableFinished;
  return new Promise((resolve) => {
    sink.once('close', () => resolve(sink.writableFinished));
    sink.end(() => resolve(sink.writableFinished));
  });
}

/** Iterating over what may hang: an abort ends the wait at once. */
import { abortError, throwIfAborted } from './cancellation.js';

/**
 * The items of `source`, until the signal is aborted: then its coded error is thrown, even while `source` hangs.
 * Any end before the last item closes `source` (its iterator's `return`).
 */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  if (!signal) {
    yield* source;
    return;
  }
  throwIfAborted(signal);
  const iterator = source[Symbol.asyncIterator]();
  // One listener for the whole iteration. `Promise.race` with one long-lived promise would keep a reaction for
  // every item until the end: a leak on streams of millions of chunks.
  let rejectWait: (error: unknown) => void = () => {};
  const onAbort = () => rejectWait(abortError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    for (;;) {
      throwIfAborted(signal);
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        rejectWait = reject;
        iterator.next().then(resolve, reject);
      }).catch((error: unknown) => {
        ended = !signal.aborted;
        throw signal.aborted ? abortError(signal) : error;
      });
      if (step.done) {
        ended = true;
        // A source that ended because of an abort has not ended normally.
        throwIfAborted(signal);
        return;
      }
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!ended) {
      const closed = iterator.return?.().catch(() => {});
      // A generator that hangs in its `next` answers `return` only afterwards: an abort does not wait for that.
      if (!signal.aborted) await closed;
    }
  }
}

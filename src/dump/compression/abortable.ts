import { abortError, throwIfAborted } from '../../core/cancellation.js';

/**
 * The same stream, which ends with the signal's error as soon as that is aborted, even when the source is stuck.
 *
 * @throws what the source throws; the signal's coded error
 */
export async function* abortable<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  throwIfAborted(signal);
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator = source[Symbol.asyncIterator]();
  // One listener for the whole stream: a Promise.race with one lasting promise would keep a reaction for every chunk.
  let interrupt: (error: unknown) => void = () => {};
  const onAbort = () => interrupt(abortError(signal));
  signal.addEventListener('abort', onAbort, { once: true });
  let settled = false;
  try {
    for (;;) {
      throwIfAborted(signal);
      const next = iterator.next();
      next.catch(() => {
        settled = true;
      });
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        next.then(resolve, reject);
      });
      if (step.done === true) {
        settled = true;
        return;
      }
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (!settled) {
      const released = iterator.return?.().catch(() => {});
      // After an abort the source may be stuck in its next step, and its return would wait for that.
      if (!signal.aborted) await released;
    }
  }
}

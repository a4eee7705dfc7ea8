/** Does the same with several things, a few at a time; one that fails does not stop the others. */
import { abortError, throwIfAborted } from '../core/cancellation.js';
import type { Failure } from './command-result.js';
import { asCodedError } from './report-error.js';

export interface Outcomes<R> {
  /** In the order of the items. */
  readonly results: readonly R[];
  readonly failures: readonly Failure[];
}

export interface RunAllOptions<T> {
  /** How many at once. */
  readonly limit: number;
  /** What to call an item in messages. */
  readonly subject: (item: T) => string;
  /** Whether nothing else has failed that must be told of beside these. @default true */
  readonly alone?: boolean;
  readonly signal: AbortSignal;
}

/**
 * After an interruption no further item is begun, and the interruption is one failure, not one for each item.
 *
 * @throws what `work` throws, when there is only one item: then it is the command that failed
 */
export async function runAll<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { limit, subject, alone = true, signal }: RunAllOptions<T>,
): Promise<Outcomes<R>> {
  const only = items[0];
  if (items.length === 1 && only !== undefined && alone) {
    throwIfAborted(signal);
    return { results: [await work(only)], failures: [] };
  }

  const results = new Map<number, R>();
  const failures: Failure[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && !signal.aborted) {
      const index = next++;
      const item = items[index] as T;
      try {
        results.set(index, await work(item));
      } catch (error) {
        // What an interruption broke off did not fail by itself.
        if (!signal.aborted) failures.push({ subject: subject(item), error: asCodedError(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (signal.aborted && results.size + failures.length < items.length) {
    failures.push({ subject: 'holdfast', error: abortError(signal) });
  }
  const ordered = [...results].sort(([a], [b]) => a - b).map(([, result]) => result);
  return { results: ordered, failures };
}

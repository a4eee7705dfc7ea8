/** Does the same with several things, a few at a time; one that fails does not stop the others. */
import { mapBounded } from '../core/bounded-concurrency.js';
import { abortError, throwIfAborted } from '../core/cancellation.js';
import type { Failure } from './command-result.js';
import { asCodedError } from './report-error.js';

export interface Outcomes<R> {
  /** In the order of the items. */
  readonly results: readonly R[];
  readonly failures: readonly Failure[];
}

type Outcome<R> = { readonly result: R } | { readonly failure: Failure };

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

  const outcomes = await mapBounded(items, limit, async (item): Promise<Outcome<R> | undefined> => {
    if (signal.aborted) return undefined;
    try {
      return { result: await work(item) };
    } catch (error) {
      // What an interruption broke off did not fail by itself.
      return signal.aborted ? undefined : { failure: { subject: subject(item), error: asCodedError(error) } };
    }
  });
  const ended = outcomes.filter((outcome) => outcome !== undefined);
  const results = ended.flatMap((outcome) => ('result' in outcome ? [outcome.result] : []));
  const failures = ended.flatMap((outcome) => ('failure' in outcome ? [outcome.failure] : []));
  if (signal.aborted && ended.length < items.length) {
    failures.push({ subject: 'holdfast', error: abortError(signal) });
  }
  return { results, failures };
}

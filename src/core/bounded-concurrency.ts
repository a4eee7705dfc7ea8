/**
 * Does many things, a few at a time.
 *
 * By hand: `p-map` and `p-limit` are half of it each, and neither has workers that keep a connection.
 */
import { throwIfAborted } from './cancellation.js';

/** Runs at most a given number at a time; the others wait in the order in which they came. */
export class Pool {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The slot is handed over, so that nothing in between takes it.
      if (next) next();
      else this.#free += 1;
    }
  }
}

/**
 * The results in the order of the items, with at most a given number of items in progress: waiting items hold no
 * memory.
 *
 * @param signal once it is aborted, no further item is started
 * @throws the first error of `work`, while other items may still be in progress; the signal's error
 */
export async function mapBounded<T, U>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<U>,
  signal?: AbortSignal,
): Promise<U[]> {
  const results = new Array<U>(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) {
      throwIfAborted(signal);
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}

/**
 * Several workers take items from one queue until it is empty: for work that keeps something, such as a connection, from
 * one item to the next. Settles once all of them have ended.
 *
 * @throws the error of the first worker that failed; the others go on with what is in the queue
 */
export async function shareOut<T>(
  items: readonly T[],
  workers: number,
  worker: (queue: Iterable<T>) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const running = Array.from({ length: Math.min(workers, items.length) }, () => worker(queue));
  for (const outcome of await Promise.allSettled(running)) if (outcome.status === 'rejected') throw outcome.reason;
}

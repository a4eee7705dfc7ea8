/**
 * Trying a request again. The SDK's own retries are switched off, because a conditional write must know for each
 * attempt whether it was answered; its adaptive mode stays on, which slows down all requests of a client after S3 has
 * asked for that.
 *
 * By hand: retry libraries, and the SDK's own, do not know whether an attempt was answered.
 */
import { throwIfAborted, abortError, sleep } from '../../core/cancellation.js';
import { judgeFailure, type RequestFailure } from './failures.js';

/** How persistent a store is. */
export interface RetryPolicy {
  /** Per request, including the first. @default 10 */
  readonly attempts?: number | undefined;
  /** The longest wait before the second attempt, in milliseconds; doubled for each further one. @default 200 */
  readonly baseDelayMs?: number | undefined;
  /** The longest wait before any attempt, in milliseconds. @default 20000 */
  readonly maxDelayMs?: number | undefined;
}

/** Attempts while no host has ever answered: then a wrong address is more likely than a network failure. */
const ATTEMPTS_WHILE_UNREACHABLE = 4;

export interface RetryOptions {
  readonly signal?: AbortSignal | undefined;
  /**
   * Called for each failed attempt. Returns `'stop'` when another one is pointless, `'progress'` when this one got
   * further than those before: then it counts as the first.
   */
  readonly onFailure?: (failure: RequestFailure, error: unknown) => 'stop' | 'progress' | undefined;
}

/** Repeats requests to one store. */
export class Retrier {
  readonly #attempts: number;
  readonly #baseDelayMs: number;
  readonly #maxDelayMs: number;
  #reached = false;

  constructor({ attempts = 10, baseDelayMs = 200, maxDelayMs = 20_000 }: RetryPolicy = {}) {
    this.#attempts = attempts;
    this.#baseDelayMs = baseDelayMs;
    this.#maxDelayMs = maxDelayMs;
  }

  /**
   * Calls `attempt` until it succeeds, fails for good, or has failed too many times.
   *
   * @throws what the last attempt threw; the signal's coded error when aborted
   */
  async run<T>(attempt: () => Promise<T>, { signal, onFailure }: RetryOptions = {}): Promise<T> {
    for (let failures = 1; ; failures++) {
      throwIfAborted(signal);
      try {
        const result = await attempt();
        this.#reached = true;
        return result;
      } catch (error) {
        if (signal?.aborted) throw abortError(signal);
        const failure = judgeFailure(error);
        if (failure.status !== undefined) this.#reached = true;
        const limit =
          failure.unreachable && !this.#reached ? Math.min(ATTEMPTS_WHILE_UNREACHABLE, this.#attempts) : this.#attempts;
        const verdict = onFailure?.(failure, error);
        if (verdict === 'progress') failures = 1;
        if (verdict === 'stop' || !failure.retryable || failures >= limit) throw error;
        await sleep(this.#delay(failures), signal);
      }
    }
  }

  /** Full jitter: writers that were turned away together do not return together. */
  #delay(failures: number): number {
    return Math.random() * Math.min(this.#maxDelayMs, this.#baseDelayMs * 2 ** (failures - 1));
  }
}

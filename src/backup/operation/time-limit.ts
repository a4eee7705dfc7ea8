/** How long an operation may take, and ending it when it takes longer. */
import { GIB } from '../../core/amounts.js';
import { anySignal } from '../../core/cancellation.js';
import type { HoldfastError } from '../../core/errors.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/times.js';
import type { Manifest } from '../../vault/formats/manifest.js';

/**
 * How long a restore or a drill may take if no limit is given: an hour, ten more minutes for each GiB of plain SQL (a
 * small machine loads and indexes several times as fast) and one more minute for each thousand entries. At most a week:
 * the numbers come from the writer, who may have made them up.
 *
 * @returns milliseconds
 */
export function defaultRestoreLimitMs({ rawBytes, entries }: Manifest['totals']): number {
  const wanted = HOUR_MS + (rawBytes / GIB) * 10 * MINUTE_MS + (entries / 1000) * MINUTE_MS;
  return Math.min(7 * DAY_MS, Math.ceil(wanted));
}

/** The longest that one timer can wait; a longer one would fire immediately. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Does the work with a signal that is aborted after `limitMs`.
 *
 * @param limitMs @default no limit
 * @param error what it is then aborted with
 */
export async function withTimeLimit<T>(
  limitMs: number | undefined,
  error: () => HoldfastError,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const wait = (ms: number) => {
    const now = Math.min(ms, LONGEST_TIMER_MS);
    timer = setTimeout(() => (ms > now ? wait(ms - now) : limit.abort(error())), now);
  };
  if (limitMs !== undefined) wait(limitMs);
  const either = anySignal(signal, limit.signal);
  try {
    return await work(either);
  } finally {
    clearTimeout(timer);
  }
}

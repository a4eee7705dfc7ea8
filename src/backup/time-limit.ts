/** How long an operation may take, and its end when it takes longer. */
import type { HoldfastError } from '../core/errors.js';
import type { Manifest } from '../vault/formats/manifest.js';

const [SECOND, HOUR, DAY] = [1_000, 3_600_000, 86_400_000] as const;
const GIB = 2 ** 30;

/**
 * How long a restore or a drill may take where nothing is said: an hour, ten minutes more for each GiB of plain SQL (a
 * small machine loads and indexes several times as fast) and a minute more for each thousand entries. At most a week: the
 * numbers are the writer's, who may have made them up.
 *
 * @returns milliseconds
 */
export function defaultRestoreLimitMs({ rawBytes, entries }: Manifest['totals']): number {
  const wanted = HOUR + (rawBytes / GIB) * 600 * SECOND + (entries / 1000) * 60 * SECOND;
  return Math.min(7 * DAY, Math.ceil(wanted));
}

/** What a timer can wait for at once; more of it would end at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Does the work with a signal that is aborted when `limitMs` are over.
 *
 * @param limitMs @default no limit
 * @param error what it is aborted with then
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
  try {
    return await work(signal ? AbortSignal.any([signal, limit.signal]) : limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** `5400000` → `1h30m`, as it is written in options. */
export function formatLimit(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'm'],
    [seconds % 60, 's'],
  ] as const;
  return (
    parts
      .filter(([count]) => count > 0)
      .map(([count, unit]) => `${count}${unit}`)
      .join('') || `${ms / SECOND}s`
  );
}

/**
 * Durations as people write them: `45s`, `90m`, `1h30m`, `2d`.
 *
 * By hand: `ms` reads one unit, and guesses it where none is given.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../core/times.js';

/** From large to small, each at most once. */
const UNITS = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
] as const;

const DURATION = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Timers and PostgreSQL's lock_timeout are signed 32-bit milliseconds: a longer one would fire at once. */
const LONGEST_TIMER_MS = 24 * DAY_MS;

/** What turns an objective off. */
const NONE = 'none';

/** Milliseconds, or `undefined` when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const counts = DURATION.exec(text)?.slice(1);
  const ms = counts?.reduce((sum, count, index) => sum + Number(count ?? 0) * (UNITS[index]?.[1] ?? 0), 0);
  return Number.isSafeInteger(ms) ? ms : undefined;
}

/** What is wrong with a duration that is waited for, as a sentence that says what to write; `undefined` if it is valid. */
export function durationProblem(text: string): string | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) return 'Give a number with its unit: d, h, m or s, for example 90m or 1h30m.';
  if (ms === 0) return 'Give more than zero, or leave the option out.';
  if (ms > LONGEST_TIMER_MS) return 'Give at most 24d.';
  return undefined;
}

/**
 * What is wrong with an objective, the greatest age that is allowed; `undefined` if it is valid. Unlike what is waited
 * for, it may be months.
 */
export function objectiveProblem(text: string): string | undefined {
  if (text === NONE || parseDuration(text)) return undefined;
  return `Give a number with its unit: d, h, m or s, for example 26h or 8d; or ${NONE}.`;
}

/** Milliseconds of an objective; `undefined` for none. */
export function parseObjective(text: string): number | undefined {
  return text === NONE ? undefined : parseDuration(text);
}

/** `7d16h`, `2h`, `40s`: in its two largest units, truncated. @param ms milliseconds */
export function formatSpan(ms: number): string {
  const counts = countsOf(ms);
  const first = counts.findIndex(({ count }) => count > 0);
  return join(first < 0 ? [] : counts.slice(first, first + 2));
}

/** `5400000` → `1h30m`, as it is written in options: hours are the largest unit. @param ms milliseconds */
export function formatLimit(ms: number): string {
  if (ms > 0 && ms < 500) return `${ms / SECOND_MS}s`;
  return join(countsOf(Math.round(ms / SECOND_MS) * SECOND_MS, UNITS.slice(1)));
}

interface Count {
  readonly unit: string;
  readonly count: number;
}

function countsOf(ms: number, units: ReadonlyArray<readonly [unit: string, ms: number]> = UNITS): Count[] {
  let rest = Math.max(0, ms);
  return units.map(([unit, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { unit, count };
  });
}

function join(counts: readonly Count[]): string {
  const shown = counts.filter(({ count }) => count > 0).map(({ unit, count }) => `${count}${unit}`);
  return shown.join('') || '0s';
}

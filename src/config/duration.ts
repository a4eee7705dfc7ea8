/** Durations as people write them: `45s`, `90m`, `1h30m`, `2d`. */

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/** What a duration must look like; units from large to small, each at most once. */
export const DURATION_PATTERN = /^(?=\d)(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/;

/** Timers and PostgreSQL's lock_timeout are signed 32-bit milliseconds: a longer one would fire at once. */
const LONGEST_MS = 24 * UNIT_MS.d;

/** What is wrong with a duration, as a sentence that says what to write; `undefined` if it is valid. */
export function durationProblem(text: string): string | undefined {
  const ms = parseDuration(text);
  if (ms === undefined) return 'Give a number with its unit: d, h, m or s, for example 90m or 1h30m.';
  if (ms === 0) return 'Give more than zero, or leave the option out.';
  if (ms > LONGEST_MS) return 'Give at most 24d.';
  return undefined;
}

/** Milliseconds, or `undefined` when the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION_PATTERN.exec(text);
  if (!match) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = match;
  return (
    Number(days) * UNIT_MS.d + Number(hours) * UNIT_MS.h + Number(minutes) * UNIT_MS.m + Number(seconds) * UNIT_MS.s
  );
}

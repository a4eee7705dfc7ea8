/** Times: their units in milliseconds, and how people read them; `syntax/duration.ts` has those that people write. */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 04 min`. @param ms milliseconds */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / SECOND_MS;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
}

/** One unit is enough for an age: `40 s`, `5 min`, `3 h`, `12 days`. @param ms milliseconds */
export function formatAge(ms: number): string {
  const age = Math.max(0, ms);
  if (age < MINUTE_MS) return `${Math.floor(age / SECOND_MS)} s`;
  if (age < HOUR_MS) return `${Math.floor(age / MINUTE_MS)} min`;
  if (age < 2 * DAY_MS) return `${Math.floor(age / HOUR_MS)} h`;
  return `${Math.floor(age / DAY_MS)} days`;
}

/** A moment in a sentence: `2026-11-22T03:00:00Z`, as it also names a backup on the command line. */
export function formatInstant(moment: Date | string): string {
  return new Date(moment).toISOString().replace('.000Z', 'Z');
}

/** A moment in a table: `2026-11-22 03:00:00`, in UTC. */
export function formatMoment(moment: Date): string {
  return moment.toISOString().slice(0, 19).replace('T', ' ');
}

/** The day of a moment: `2026-11-22`, in UTC. */
export function formatDay(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}

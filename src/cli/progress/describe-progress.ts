/** One operation's progress in words. */
import { formatBytes } from '../../core/amounts.js';
import { formatDuration } from '../../core/times.js';
import type { Progress } from '../../backup/operation/context.js';

const PHASES: Readonly<Record<Progress['phase'], string>> = {
  connect: 'connecting',
  dump: 'dumping',
  store: 'storing',
  server: 'starting PostgreSQL',
  restore: 'restoring',
  fingerprint: 'comparing',
  check: 'reading',
};

/**
 * `orders: restoring  312 MB of 800 MB (39 %)  96 MB/s  5 s left`.
 *
 * What a dump will come to is only guessed from the size of the database, so it gives neither a percentage nor a time
 * left, and is not shown once it has proved wrong.
 *
 * @param rate bytes per second
 */
export function describeProgress(progress: Progress, rate: number | undefined): string {
  const { database, phase, bytes, expectedBytes: expected } = progress;
  const parts = [`${database}: ${PHASES[phase]}`];
  const guessed = phase === 'dump';
  if (bytes > 0 || phase === 'dump') parts.push(formatAmount(bytes, expected, guessed));
  if (rate !== undefined && rate > 0 && bytes > 0) {
    parts.push(`${formatBytes(rate)}/s`);
    if (expected !== undefined && !guessed && bytes < expected) {
      parts.push(`${formatDuration(((expected - bytes) / rate) * 1000)} left`);
    }
  }
  return parts.join('  ');
}

function formatAmount(bytes: number, expected: number | undefined, guessed: boolean): string {
  if (expected === undefined || expected === 0 || (guessed && bytes > expected)) return formatBytes(bytes);
  if (guessed) return `${formatBytes(bytes)} of about ${formatBytes(expected)}`;
  const percent = Math.min(100, Math.floor((bytes / expected) * 100));
  return `${formatBytes(bytes)} of ${formatBytes(Math.max(bytes, expected))} (${percent} %)`;
}

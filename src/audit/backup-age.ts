/** The age of a backup or a proof against its limit. */
import { CLOCK_TOLERANCE_MS } from '../core/clock.js';
import type { ControlContext } from './control.js';
import type { BackupFact } from './facts/model.js';
import { UnknownReading } from './reading.js';

/**
 * @param objectiveMs `undefined`: no limit is set
 * @throws UnknownReading where no limit is set: any age would be good enough
 */
export function* ageProblems(
  what: 'backup' | 'proof',
  of: Date,
  objectiveMs: number | undefined,
  { facts }: ControlContext,
): Iterable<string> {
  const ageMs = facts.readAt.getTime() - of.getTime();
  if (ageMs < -CLOCK_TOLERANCE_MS) yield `The newest ${what} is dated ${of.toISOString()}, which is in the future.`;
  if (objectiveMs === undefined)
    throw new UnknownReading({ reason: `The config sets no maximum age for its newest ${what}.` });
  if (ageMs > objectiveMs)
    yield `The newest ${what} is dated ${of.toISOString()}; at most ${hours(objectiveMs)} hours are allowed.`;
}

/** `26`, `1.5`. */
function hours(ms: number): string {
  return String(Math.round(ms / 360_000) / 10);
}

/** Nothing is required of a database that is not in the config. */
export function exemptFromAge({ configured }: BackupFact): string | undefined {
  return configured ? undefined : 'The database is not in the config, so no maximum age is set for its backups.';
}

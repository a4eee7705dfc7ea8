/** How old a backup or a proof is, against what it may be. */
import { CLOCK_TOLERANCE_MS } from '../core/clock.js';
import type { ControlContext } from './control.js';
import type { BackupFact } from './facts/model.js';
import { UnknownReading } from './reading.js';

/**
 * @param objectiveMs `undefined`: nothing says how old it may be
 * @throws UnknownReading where nothing does: any age would be good enough
 */
export function* ageProblems(
  what: 'backup' | 'proof',
  of: Date,
  objectiveMs: number | undefined,
  { facts }: ControlContext,
): Iterable<string> {
  const ageMs = facts.readAt.getTime() - of.getTime();
  if (ageMs < -CLOCK_TOLERANCE_MS) yield `The newest ${what} is of ${of.toISOString()}, which is still to come.`;
  if (objectiveMs === undefined)
    throw new UnknownReading({ reason: `The config has no objective that says how old its newest ${what} may be.` });
  if (ageMs > objectiveMs) yield `The newest ${what} is of ${of.toISOString()}.`;
}

/** Of a database that the config does not have, nothing is asked. */
export function exemptFromAge({ configured }: BackupFact): string | undefined {
  return configured ? undefined : 'The config does not have this database, so nothing says how old its backups may be.';
}

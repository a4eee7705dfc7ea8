/** `objectives`: how old the newest backup and the newest proof of a database may become. */
import * as z from 'zod';
import { DAY_MS, HOUR_MS } from '../../core/times.js';
import { objectiveProblem, parseObjective } from '../../syntax/duration.js';
import { longestGapMs, parseSchedule } from '../../syntax/schedule.js';
import { text } from '../fields.js';

/** A backup may be this much older than the schedule's longest pause: at least an hour, since a backup takes time. */
const GRACE = { least: HOUR_MS, share: 0.1 } as const;
/** A week, and a day for the drill itself. */
const DEFAULT_PROOF_AGE_MS = 8 * DAY_MS;

export const objectivesSchema = z.strictObject({
  backupAge: text(objectiveProblem)
    .optional()
    .meta({
      description:
        'The maximum age of the newest backup: d, h, m, s, or none. Default: the longest pause of its `schedule` plus a tenth of it, `maxDuration` or one hour, whichever is longest (daily: 26h24m, weekly: 7d16h48m, hourly: 2h).',
      examples: ['26h', '8d'],
    }),
  proofAge: text(objectiveProblem)
    .optional()
    .meta({
      description:
        'The maximum age of the newest proof made by `holdfast verify`: d, h, m, s, or none. Default: 8d, or twice the objective for backups if that is longer.',
      examples: ['8d', '32d'],
    }),
});

export type ObjectivesInput = z.input<typeof objectivesSchema>;

/** Milliseconds; absent: no limit. */
export interface ObjectivesConfig {
  readonly backupAgeMs?: number | undefined;
  readonly proofAgeMs?: number | undefined;
}

/** The objectives of a database, those that nobody has set derived from its schedule. */
export function resolveObjectives(
  given: ObjectivesInput,
  { schedule, maxDurationMs = 0 }: { readonly schedule: string; readonly maxDurationMs?: number | undefined },
): ObjectivesConfig {
  const parsed = parseSchedule(schedule);
  const gapMs = parsed && longestGapMs(parsed);
  const graceMs = Math.max(GRACE.least, GRACE.share * (gapMs ?? 0), maxDurationMs);
  const derivedMs = gapMs === undefined ? undefined : Math.round(gapMs + graceMs);
  const backupAgeMs = given.backupAge === undefined ? derivedMs : parseObjective(given.backupAge);
  const proofAgeMs =
    given.proofAge === undefined
      ? Math.max(DEFAULT_PROOF_AGE_MS, 2 * (backupAgeMs ?? derivedMs ?? 0))
      : parseObjective(given.proofAge);
  return { backupAgeMs, proofAgeMs };
}

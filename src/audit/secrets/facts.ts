/** Secrets, as both sources describe them. */
import { DAY_MS } from '../../core/times.js';
import { longestGapMs, parseSchedule } from '../../syntax/schedule.js';
import type { ResourceFact } from '../model/facts.js';
import type { Reading } from '../model/reading.js';
import type { ParsedPolicy } from '../policies/parse-policy.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly secrets: SecretFact;
  }
}

export interface SecretFact extends ResourceFact {
  readonly kmsKeyId: Reading<string | undefined>;
  readonly hasCurrentValue: Reading<boolean>;
  readonly rotation: Reading<
    { readonly enabled: boolean; readonly days?: number; readonly lambdaArn?: string } | undefined
  >;
  readonly lastRotated: Reading<Date | undefined>;
  /** When its value last changed, no matter by whom. */
  readonly lastChanged: Reading<Date | undefined>;
  readonly created: Reading<Date | undefined>;
  /** A version that is AWSPENDING and not AWSCURRENT: a rotation that did not finish. */
  readonly pendingVersion: Reading<boolean>;
  readonly policy: Reading<ParsedPolicy | undefined>;
  /** Managed by a service (RDS), which rotates it automatically. */
  readonly owningService: Reading<string | undefined>;
}

/**
 * Days between rotations of a secret, from any form: `AutomaticallyAfterDays`, `rate(30 days)`, or the longest pause of
 * `cron(0 0 1 * ? *)`.
 *
 * @returns `undefined` where no rule says it
 */
export function rotationDays(rules: {
  readonly AutomaticallyAfterDays?: unknown;
  readonly ScheduleExpression?: unknown;
}): number | undefined {
  if (rules.AutomaticallyAfterDays !== undefined) return Number(rules.AutomaticallyAfterDays);
  const schedule = parseSchedule(String(rules.ScheduleExpression));
  const gapMs = schedule && longestGapMs(schedule);
  return gapMs === undefined ? undefined : gapMs / DAY_MS;
}

import { longestGapMs } from '../../config/schedule-gap.js';

const DAY_MS = 86_400_000;

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
  const expression = String(rules.ScheduleExpression);
  if (!/^(?:rate\(\d+ (?:day|hour)s?\)|cron\((?:[\w,*?/#-]+ ){5}\*\))$/.test(expression)) return undefined;
  const gapMs = longestGapMs(expression);
  return gapMs === undefined ? undefined : gapMs / DAY_MS;
}

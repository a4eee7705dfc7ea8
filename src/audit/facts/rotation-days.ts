/**
 * How often a secret rotates, from either form: `AutomaticallyAfterDays`, or `rate(30 days)`. A cron expression says no
 * number of days.
 */
export function rotationDays(rules: {
  readonly AutomaticallyAfterDays?: unknown;
  readonly ScheduleExpression?: unknown;
}): number | undefined {
  if (rules.AutomaticallyAfterDays !== undefined) return Number(rules.AutomaticallyAfterDays);
  const match = /^rate\((\d+) (day|hour)s?\)$/.exec(String(rules.ScheduleExpression));
  if (!match) return undefined;
  return match[2] === 'hour' ? Number(match[1]) / 24 : Number(match[1]);
}

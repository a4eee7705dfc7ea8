import { describe, expect, it } from 'vitest';
import { longestGapMs } from '../../src/config/schedule-gap.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('longestGapMs', () => {
  it.each([
    ['rate(30 minutes)', HOUR / 2],
    ['rate(1 hour)', HOUR],
    ['rate(7 days)', 7 * DAY],
    ['cron(0 3 ? * SUN *)', 7 * DAY],
    ['cron(0 * * * ? *)', HOUR],
    ['cron(0/15 * * * ? *)', HOUR / 4],
    ['cron(10-40/10 * * * ? *)', HOUR / 2],
    ['cron(0 3 * * ? *)', DAY],
    ['cron(0 3 * * ? 2026)', DAY],
    // 08:00, 14:00 and the night.
    ['cron(0 8,14 * * ? *)', 18 * HOUR],
    ['cron(0 22-2 * * ? *)', 20 * HOUR],
    // From Friday to Monday; and the same written over the end of the week.
    ['cron(0 3 ? * MON-FRI *)', 3 * DAY],
    ['cron(0 3 ? * 2-6 *)', 3 * DAY],
    ['cron(0 3 ? * FRI-MON *)', 4 * DAY],
    ['cron(0 18 ? * L *)', 7 * DAY],
    ['cron(0 3 1 * ? *)', 31 * DAY],
    ['cron(0 3 1,15 * ? *)', 17 * DAY],
    // From the 31st of March to that of May.
    ['cron(0 3 31 * ? *)', 61 * DAY],
    ['cron(0 3 L * ? *)', 31 * DAY],
    ['cron(0 3 L-1 * ? *)', 31 * DAY],
    ['cron(0 3 ? * FRI#2 *)', 35 * DAY],
    ['cron(0 3 ? * 6L *)', 35 * DAY],
    ['cron(0 3 ? * FRIL *)', 35 * DAY],
    ['cron(0 3 1 JAN ? *)', 366 * DAY],
    ['cron(0 3 1 1,7 ? *)', 184 * DAY],
    // Leap days are four years apart.
    ['cron(0 3 29 2 ? *)', 1461 * DAY],
  ])('of %s', (schedule, gap) => expect(longestGapMs(schedule)).toBe(gap));

  it('of the workday nearest to a day is a month and the shift of two weekends', () => {
    // Friday the 31st of a month to Monday the 3rd of the month after next: never longer than 35 days.
    for (const day of ['1W', '15W', 'LW']) {
      const gap = longestGapMs(`cron(0 3 ${day} * ? *)`) ?? 0;
      expect(gap).toBeGreaterThan(31 * DAY);
      expect(gap).toBeLessThanOrEqual(35 * DAY);
      expect(gap % DAY).toBe(0);
    }
  });

  it('of a day that never comes is unknown', () => expect(longestGapMs('cron(0 3 30 2 ? *)')).toBeUndefined());
});

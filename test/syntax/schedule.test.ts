import { describe, expect, it } from 'vitest';
import { longestGapMs, parseSchedule, recurs, scheduleProblem } from '../../src/syntax/schedule.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('scheduleProblem', () => {
  it.each([
    'cron(0 3 ? * SUN *)',
    'cron(0 * * * ? *)',
    'cron(0/15 8-17 ? * MON-FRI 2026-2030)',
    'cron(0 10 L * ? *)',
    'cron(0 10 15W 1,6 ? *)',
    'cron(0 10 ? JAN-mar 6L *)',
    'cron(0 10 ? * FRI#2 *)',
    'cron(*/5 * ? * * *)',
    'rate(1 day)',
    'rate(12 hours)',
  ])('takes %s', (text) => expect(scheduleProblem(text)).toBeUndefined());

  it.each([
    ['0 3 * * *', /Write it as EventBridge does/],
    ['cron(0 3 * * *)', /six fields.*these are 5/],
    ['cron()', /these are 0/],
    ['cron(0 3 * * * *)', /exactly one of day-of-month and day-of-week/],
    ['cron(0 3 ? * ? *)', /exactly one of day-of-month and day-of-week/],
    ['cron(60 3 ? * SUN *)', /minutes field takes 0 to 59.*"60"/],
    ['cron(0 24 ? * SUN *)', /hours field takes 0 to 23.*"24"/],
    ['cron(? 3 ? * SUN *)', /minutes field/],
    ['cron(0 3 ? * SUNDAY *)', /day-of-week field.*SUN to SAT.*"SUNDAY"/],
    ['cron(0 3 ? * 0 *)', /day-of-week field/],
    ['cron(0 3 ? * XYZ#2 *)', /day-of-week field/],
    ['cron(0 3 32 * ? *)', /day-of-month field/],
    ['cron(0 3 1 13 ? *)', /month field/],
    ['cron(0 3 1 * ? 1969)', /year field/],
    ['cron(0/0 3 1 * ? *)', /minutes field/],
    ['cron(1,,2 3 1 * ? *)', /minutes field/],
    ['rate(1 days)', /write rate\(1 day\)/],
    ['rate(2 hour)', /write rate\(2 hours\)/],
    ['rate(0 days)', /Write a rate as/],
    ['rate(5 weeks)', /Write a rate as/],
    ['at(2026-01-01T00:00:00)', /Write it as EventBridge does/],
  ])('refuses %s and says why', (text, message) => expect(scheduleProblem(text)).toMatch(message));
});

/** The longest gap of a schedule; fails for a text that is none. */
function gapOf(text: string): number | undefined {
  const schedule = parseSchedule(text);
  return schedule ? longestGapMs(schedule) : expect.fail(`not read: ${text}`);
}

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
  ])('of %s', (schedule, gap) => expect(gapOf(schedule)).toBe(gap));

  it('of the workday nearest to a day is a month and the shift of two weekends', () => {
    // Friday the 31st of a month to Monday the 3rd of the month after next: never longer than 35 days.
    for (const day of ['1W', '15W', 'LW']) {
      const gap = gapOf(`cron(0 3 ${day} * ? *)`) ?? 0;
      expect(gap).toBeGreaterThan(31 * DAY);
      expect(gap).toBeLessThanOrEqual(35 * DAY);
      expect(gap % DAY).toBe(0);
    }
  });

  it('of a day that never comes is unknown', () => expect(gapOf('cron(0 3 30 2 ? *)')).toBeUndefined());
});

describe('recurs', () => {
  const now = new Date('2026-11-29T12:00:00Z');
  it.each([
    ['rate(1 days)', true],
    ['cron(0 3 * * ? *)', true],
    ['cron(0 3 * * ? 2026)', true],
    ['cron(0 3 * * ? 2020-2025,2024)', false],
    ['at(2099-01-01T03:00:00)', false],
  ])('of %s is %s', (text, expected) => {
    const schedule = parseSchedule(text);
    expect(schedule && recurs(schedule, now)).toBe(expected);
  });
});

describe('parseSchedule', () => {
  it('reads the moment of a schedule that runs once', () =>
    expect(parseSchedule('at(2026-11-22T03:00:00)')).toEqual({ kind: 'at', moment: new Date('2026-11-22T03:00:00Z') }));

  it.each(['at(2026-02-30T03:00:00)', 'at(2026-11-22)', 'cron(0 3 ? * SUN 2030-2026)', 'CRON(0 3 ? * SUN *)', 'at()'])(
    'does not read %s',
    (text) => expect(parseSchedule(text)).toBeUndefined(),
  );

  it('finds no day near the 31st in a month that ends before it', () => {
    const schedule = parseSchedule('cron(0 3 31W 9 ? *)');
    if (schedule?.kind !== 'cron') return expect.fail('not read');
    const days = Array.from(
      { length: 30 * 28 },
      (_, index) => new Date(Date.UTC(2000 + Math.floor(index / 30), 8, 1 + (index % 30))),
    );
    expect(days.filter((day) => schedule.isDay(day))).toEqual([]);
  });
});

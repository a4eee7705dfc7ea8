/** Cron expressions against croner, which knows the same fields under other names: what both read runs at the same moments. */
import { Cron } from 'croner';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSchedule, type CronSchedule } from '../../src/syntax/schedule.js';

const DAY_MS = 86_400_000;
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** A field in both spellings. */
interface Both {
  readonly ours: string;
  readonly theirs: string;
}

const same = (text: string): Both => ({ ours: text, theirs: text });

/** Numbers, ranges, steps and lists; croner refuses a range over the end, so that is written as a list for it. */
function numbers(from: number, to: number): fc.Arbitrary<Both> {
  const value = fc.integer({ min: from, max: to });
  const item = fc.oneof(
    value.map((one) => same(String(one))),
    fc
      .tuple(value, value)
      .map(([first, last]) => ({ ours: `${first}-${last}`, theirs: rangeOf(first, last, from, to) })),
    fc
      .tuple(value, fc.integer({ min: 1, max: to }))
      .map(([first, step]) => ({ ours: `${first}/${step}`, theirs: stepsOf(first, to, step) })),
    fc.integer({ min: 1, max: to }).map((step) => ({ ours: `*/${step}`, theirs: stepsOf(from, to, step) })),
  );
  const list = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => ({
    ours: items.map(({ ours }) => ours).join(','),
    theirs: items.map(({ theirs }) => theirs).join(','),
  }));
  return fc.oneof(fc.constant(same('*')), list);
}

function rangeOf(first: number, last: number, from: number, to: number): string {
  if (first <= last) return `${first}-${last}`;
  return `${first}-${to},${from}-${last}`;
}

function stepsOf(first: number, to: number, step: number): string {
  const values: number[] = [];
  for (let value = first; value <= to; value += step) values.push(value);
  return values.join(',');
}

const months = fc.oneof(
  numbers(1, 12),
  fc.constantFrom(...MONTHS).map(same),
  fc.constantFrom('JAN-MAR', 'APR,OCT').map(same),
);

/** A day of the month or of the week; ours writes ? for the other. */
const days: fc.Arbitrary<{ readonly ours: readonly [string, string]; readonly theirs: readonly [string, string] }> =
  fc.oneof(
    fc
      .oneof(
        numbers(1, 31),
        fc.constantFrom('L', 'LW').map(same),
        fc.integer({ min: 1, max: 31 }).map((day) => same(`${day}W`)),
      )
      .map(({ ours, theirs }) => ({ ours: [ours, '?'], theirs: [theirs, '*'] }) as const),
    fc
      .oneof(
        // Sunday is 1 for EventBridge and 0 for croner.
        fc
          .uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 })
          .map((list) => ({ ours: list.join(','), theirs: list.map((day) => day - 1).join(',') })),
        fc.constantFrom(...WEEKDAYS).map(same),
        fc.constantFrom('MON-FRI', 'SUN-TUE').map(same),
        fc.constant({ ours: 'FRI-MON', theirs: 'FRI,SAT,SUN,MON' }),
        fc.constant({ ours: 'L', theirs: 'SAT' }),
        fc.constantFrom(...WEEKDAYS).map((day) => ({ ours: `${day}L`, theirs: `${day}#L` })),
        fc.integer({ min: 1, max: 7 }).map((day) => ({ ours: `${day}L`, theirs: `${day - 1}#L` })),
        fc
          .tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 5 }))
          .map(([day, nth]) => ({ ours: `${day}#${nth}`, theirs: `${day - 1}#${nth}` })),
      )
      .map(({ ours, theirs }) => ({ ours: ['?', ours], theirs: ['*', theirs] }) as const),
  );

/** The first run at or after a moment, within the days that are looked at. */
function nextRun({ minutes, hours, years, isDay }: CronSchedule, from: Date, lastDayMs: number): Date | null {
  const inYear = new Set(years);
  for (let day = Math.floor(from.getTime() / DAY_MS) * DAY_MS; day <= lastDayMs; day += DAY_MS) {
    const date = new Date(day);
    if (!inYear.has(date.getUTCFullYear()) || !isDay(date)) continue;
    for (const hour of hours) {
      for (const minute of minutes) {
        const run = new Date(day + (hour * 60 + minute) * 60_000);
        if (run >= from) return run;
      }
    }
  }
  return null;
}

describe('a cron expression', () => {
  it('runs when croner says so', () => {
    const from = fc.date({ min: new Date('2024-01-01'), max: new Date('2034-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(numbers(0, 59), numbers(0, 23), days, months, from, (minutes, hours, day, month, start) => {
        const expression = `cron(${minutes.ours} ${hours.ours} ${day.ours[0]} ${month.ours} ${day.ours[1]} *)`;
        const schedule = parseSchedule(expression);
        if (schedule?.kind !== 'cron') return expect.fail(`${expression} is not read`);
        const pattern = `0 ${minutes.theirs} ${hours.theirs} ${day.theirs[0]} ${month.theirs} ${day.theirs[1]}`;
        const moment = new Date(Math.floor(start.getTime() / 60_000) * 60_000);
        const theirs = new Cron(pattern, { timezone: 'UTC', paused: true }).nextRun(new Date(moment.getTime() - 1_000));
        const lastDayMs = moment.getTime() + 9 * 366 * DAY_MS;
        const ours = nextRun(schedule, moment, lastDayMs);
        // The fifth Wednesday of February is years away: only what both look at is compared.
        const end = (Math.floor(lastDayMs / DAY_MS) + 1) * DAY_MS;
        expect({ expression, run: ours }).toEqual({
          expression,
          run: theirs && theirs.getTime() < end ? theirs : null,
        });
      }),
      { numRuns: 1000 },
    );
  });
});

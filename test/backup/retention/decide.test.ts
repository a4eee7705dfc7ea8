import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide, isoWeek, type Assessed } from '../../../src/backup/retention/decide.js';
import type { RetentionConfig } from '../../../src/config/sections/retention.js';

const NOTHING: RetentionConfig = { keepLast: 0, keepDaily: 0, keepWeekly: 0, keepMonthly: 0, keepYearly: 0 };

function at(moment: string, overrides: Partial<Assessed> = {}): Assessed {
  return {
    takenAt: new Date(moment),
    state: 'complete',
    standing: 'unverified',
    future: false,
    sound: true,
    ...overrides,
  };
}

/** `2026-11-22T03:00 keep: daily 2026-11-22`, one a line. */
function explain(backups: readonly Assessed[], policy: Partial<RetentionConfig>): string[] {
  return decide(backups, { ...NOTHING, ...policy }).map(
    ({ backup, action, reasons }) => `${backup.takenAt.toISOString().slice(0, 16)} ${action}: ${reasons.join(', ')}`,
  );
}

describe('a retention policy', () => {
  test('keeps the last backup of each period, and says for which', () => {
    const backups = [
      at('2026-11-22T15:00Z', { standing: 'proven' }),
      at('2026-11-22T03:00Z'),
      at('2026-11-20T03:00Z'),
      at('2026-11-16T00:00Z'),
      at('2026-11-15T23:59Z'),
      at('2026-10-31T03:00Z'),
      at('2025-12-31T03:00Z'),
      at('2025-06-01T03:00Z'),
    ];
    const policy = { keepLast: 1, keepDaily: 2, keepWeekly: 2, keepMonthly: 2, keepYearly: 2 };
    expect(explain(backups, policy)).toEqual([
      '2026-11-22T15:00 keep: newest proven, last 1, daily 2026-11-22, weekly 2026-W47, monthly 2026-11, yearly 2026',
      '2026-11-22T03:00 remove: kept by no rule',
      '2026-11-20T03:00 keep: daily 2026-11-20',
      '2026-11-16T00:00 remove: kept by no rule',
      '2026-11-15T23:59 keep: weekly 2026-W46',
      '2026-10-31T03:00 keep: monthly 2026-10',
      '2025-12-31T03:00 keep: yearly 2025',
      '2025-06-01T03:00 remove: kept by no rule',
    ]);
  });

  test('counts periods that have a backup: a pause removes nothing', () => {
    const backups = [at('2026-11-22T03:00Z', { standing: 'proven' }), at('2026-03-01T03:00Z'), at('2026-02-01T03:00Z')];
    expect(explain(backups, { keepDaily: 2 }).map((line) => line.split(' ')[1])).toEqual(['keep:', 'keep:', 'remove:']);
  });

  test('never removes the newest proven backup, however old it is', () => {
    const backups = [
      at('2026-11-22T03:00Z', { standing: 'differs' }),
      at('2026-11-21T03:00Z', { standing: 'unverified' }),
      at('2026-01-02T03:00Z', { standing: 'proven' }),
      at('2026-01-01T03:00Z', { standing: 'proven' }),
    ];
    expect(explain(backups, { keepLast: 1 })).toEqual([
      '2026-11-22T03:00 keep: last 1',
      '2026-11-21T03:00 keep: last 1 of those without a bad proof',
      '2026-01-02T03:00 keep: newest proven, last 1 of the proven',
      '2026-01-01T03:00 remove: kept by no rule',
    ]);
  });

  test("lets a backup whose proof is bad take no other one's place", () => {
    const backups = [
      at('2026-11-22T15:00Z', { standing: 'unreadable' }),
      at('2026-11-22T03:00Z', { standing: 'proven' }),
      at('2026-11-22T01:00Z'),
    ];
    expect(explain(backups, { keepDaily: 1 })).toEqual([
      '2026-11-22T15:00 keep: daily 2026-11-22',
      '2026-11-22T03:00 keep: newest proven, daily 2026-11-22 of those without a bad proof',
      '2026-11-22T01:00 remove: kept by no rule',
    ]);
  });

  test('removes none while the proofs of all are bad', () => {
    const backups = [
      at('2026-11-22T15:00Z', { standing: 'unreadable' }),
      at('2026-11-22T03:00Z', { standing: 'differs' }),
      at('2026-11-22T01:00Z', { state: 'unreadable' }),
    ];
    expect(explain(backups, { keepLast: 1 })).toEqual([
      '2026-11-22T15:00 keep: as no backup is good, newest, as none is proven, last 1',
      '2026-11-22T03:00 keep: as no backup is good',
      '2026-11-22T01:00 keep: cannot be read',
    ]);
  });

  test('touches nothing that is incomplete or cannot be read, which takes no place either', () => {
    const backups = [
      at('2026-11-22T15:00Z', { state: 'incomplete' }),
      at('2026-11-22T14:00Z', { state: 'unreadable' }),
      at('2026-11-22T03:00Z'),
      at('2026-11-21T03:00Z', { state: 'left-over' }),
    ];
    expect(explain(backups, { keepLast: 1 })).toEqual([
      '2026-11-22T15:00 keep: incomplete',
      '2026-11-22T14:00 keep: cannot be read',
      '2026-11-22T03:00 keep: newest, as none is proven, last 1',
      '2026-11-21T03:00 remove: left by an interrupted prune',
    ]);
  });

  test('keeps, of any backups and by any policy, what it must, and no more than it may', () => {
    const count = fc.nat({ max: 4 });
    const policies = fc.record({
      keepLast: count,
      keepDaily: count,
      keepWeekly: count,
      keepMonthly: count,
      keepYearly: count,
    });
    const standings = fc.constantFrom('proven', 'differs', 'unreadable', 'unverified', 'unverified');
    const backupsOf = fc.array(
      fc.record({
        takenAt: fc.date({ min: new Date('2023-12-20'), max: new Date('2026-01-10'), noInvalidDate: true }),
        state: fc.constantFrom('complete', 'complete', 'complete', 'incomplete', 'unreadable'),
        standing: standings,
        future: fc.constantFrom(false, false, false, true),
        sound: fc.constantFrom(true, true, true, false),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(backupsOf, policies, (unsorted, policy) => {
        const backups = unsorted.toSorted((a, b) => b.takenAt.getTime() - a.takenAt.getTime()) as Assessed[];
        const decisions = decide(backups, policy);
        expect(decisions.map(({ backup }) => backup)).toEqual(backups);
        const whole = decisions.filter(({ backup }) => backup.state === 'complete');
        for (const { backup, action } of whole) if (backup.future) expect(action).toBe('keep');
        const complete = whole.filter(({ backup }) => !backup.future);
        const kept = complete.filter(({ action }) => action === 'keep');
        for (const { backup, action } of decisions) if (backup.state !== 'complete') expect(action).toBe('keep');
        if (complete.length > 0) expect(kept.length).toBeGreaterThan(0);
        const proven = complete.find(({ backup }) => backup.standing === 'proven');
        if (proven) expect(proven.action).toBe('keep');
        // Once for each kind of candidates, and two that stay whatever the policy says.
        const sum = Object.values(policy).reduce((total, n) => total + n, 0);
        expect(kept.length).toBeLessThanOrEqual(4 * sum + 2);
        // What a period's last good backup is, stays.
        const good = complete.filter(({ backup }) => backup.sound && backup.standing === 'proven');
        const days = [...new Set(good.map(({ backup }) => backup.takenAt.toISOString().slice(0, 10)))];
        for (const day of days.slice(0, policy.keepDaily)) {
          const last = good.find(({ backup }) => backup.takenAt.toISOString().startsWith(day));
          expect(last?.action).toBe('keep');
        }
      }),
    );
  });
});

// Of ISO 8601: the week belongs to the year of its Thursday.
test.each([
  ['2026-01-01T00:00Z', '2026-W01'],
  ['2025-12-28T23:59Z', '2025-W52'],
  ['2025-12-29T00:00Z', '2026-W01'],
  ['2027-01-01T12:00Z', '2026-W53'],
  ['2027-01-04T00:00Z', '2027-W01'],
  ['2024-12-30T00:00Z', '2025-W01'],
])('%s lies in the week %s', (moment, week) => {
  expect(isoWeek(new Date(moment))).toBe(week);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Progress } from '../../../src/backup/operation/context.js';
import { describeProgress } from '../../../src/cli/progress/describe-progress.js';

const progress = (more: Partial<Progress>): Progress => ({ phase: 'dump', database: 'orders', bytes: 0, ...more });

describe('a dump, whose size is only guessed', () => {
  it('shows what it may come to, without a percentage and without a time left', () => {
    const text = describeProgress(progress({ bytes: 50e6, expectedBytes: 200e6 }), 10e6);
    expect(text).toBe('orders: dumping  50.0 MB of about 200 MB  10.0 MB/s');
  });

  it('does not show the guess any more once it has proved wrong', () => {
    expect(describeProgress(progress({ bytes: 250e6, expectedBytes: 200e6 }), 10e6)).toBe(
      'orders: dumping  250 MB  10.0 MB/s',
    );
  });
});

describe('a restore, whose size is known', () => {
  it('shows percentage, rate and the time left', () => {
    const text = describeProgress(progress({ phase: 'restore', bytes: 50e6, expectedBytes: 200e6 }), 10e6);
    expect(text).toBe('orders: restoring  50.0 MB of 200 MB (25 %)  10.0 MB/s  15 s left');
  });

  it('says nothing of a rate that is not known yet', () => {
    const text = describeProgress(progress({ phase: 'restore', bytes: 50e6, expectedBytes: 200e6 }), undefined);
    expect(text).toBe('orders: restoring  50.0 MB of 200 MB (25 %)');
  });

  it('never shows more than 100 % nor a negative time, whatever it is told', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (bytes, expectedBytes, rate) => {
        const text = describeProgress(progress({ phase: 'check', bytes, expectedBytes }), rate);
        const percent = /\((\d+) %\)/.exec(text)?.[1];
        expect(Number(percent ?? 0)).toBeLessThanOrEqual(100);
        expect(text).not.toMatch(/-\d|NaN|Infinity/);
      }),
    );
  });
});

it('names a phase without an amount alone', () => {
  expect(describeProgress(progress({ phase: 'server' }), undefined)).toBe('orders: starting PostgreSQL');
});

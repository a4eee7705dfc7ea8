import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationProblem, parseDuration } from '../../src/syntax/duration.js';

describe('parseDuration', () => {
  it.each([
    ['45s', 45_000],
    ['90m', 5_400_000],
    ['2h', 7_200_000],
    ['1h30m', 5_400_000],
    ['1d2h3m4s', 93_784_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms));

  it.each(['', '60', 'h', '1m1h', '1h1h', '-1s', '1.5h', '1 h', '1ms', '1h\n'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
    expect(durationProblem(text)).toMatch(/number with its unit/);
  });

  it('adds up the units, whatever their counts', () => {
    const count = fc.nat(999);
    fc.assert(
      fc.property(count, count, count, count, (d, h, m, s) => {
        expect(parseDuration(`${d}d${h}h${m}m${s}s`)).toBe((((d * 24 + h) * 60 + m) * 60 + s) * 1000);
      }),
    );
  });
});

describe('durationProblem', () => {
  it('refuses zero', () => expect(durationProblem('0s')).toMatch(/more than zero/));
  it('refuses what a 32-bit timer cannot hold', () => {
    expect(durationProblem('24d')).toBeUndefined();
    expect(durationProblem('24d1s')).toMatch(/at most 24d/);
  });
});

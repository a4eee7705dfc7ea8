import { describe, expect, it } from 'vitest';
import { formatChange, sparkline } from '../../../src/cli/text/sparkline.js';

describe('sparkline', () => {
  it.each([
    [[], ''],
    [[5], '█'],
    [[0, 0], '▁▁'],
    [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
    // From zero: a percent more is not the whole height.
    [[100, 101, 100], '███'],
    [[1000, 1000, 3], '██▁'],
  ])('of %j', (values, bars) => expect(sparkline(values)).toBe(bars));
});

describe('formatChange', () => {
  it.each([
    [100, 102, '+2 %'],
    [100, 1, '-99 %'],
    [100_000, 1, '-99 %'],
    [100, 0, '-100 %'],
    [100, 100, '='],
    [1000, 1001, '+'],
    [1000, 999, '-'],
    [0, 0, '='],
    [0, 5, ''],
  ])('from %d to %d', (before, after, text) => expect(formatChange(before, after)).toBe(text));
});

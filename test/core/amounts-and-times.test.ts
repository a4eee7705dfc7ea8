import { describe, expect, it } from 'vitest';
import { formatBytes, formatPlural, formatRatio } from '../../src/core/amounts.js';
import { formatAge, formatDuration, formatMoment } from '../../src/core/times.js';

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_951, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [857_735_168, '858 MB'],
    [1.5e15, '1.5 PB'],
  ])('writes %d as %s, with no more digits than it is worth', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('formatDuration', () => {
  it.each([
    [-5, '0.0 s'],
    [0, '0.0 s'],
    [9_940, '9.9 s'],
    [9_960, '10 s'],
    [59_499, '59 s'],
    [59_500, '1 min 00 s'],
    [185_000, '3 min 05 s'],
    [7_440_000, '2 h 04 min'],
    [7_199_999, '2 h 00 min'],
  ])('writes %d ms as %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('formatAge', () => {
  it.each([
    [-1, '0 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [3_600_000, '1 h'],
    [47 * 3_600_000, '47 h'],
    [48 * 3_600_000, '2 days'],
  ])('writes an age of %d ms as %s', (ms, text) => {
    expect(formatAge(ms)).toBe(text);
  });
});

it('writes a moment in UTC whatever the zone of the machine', () => {
  expect(formatMoment(new Date('2026-11-22T03:04:05.678+02:00'))).toBe('2026-11-22 01:04:05');
});

it('counts one thing in the singular and others in the plural', () => {
  expect([0, 1, 1234].map((count) => formatPlural(count, 'row'))).toEqual(['0 rows', '1 row', '1,234 rows']);
});

it('gives no ratio for what has no stored bytes', () => {
  expect([formatRatio(840, 200), formatRatio(840, 0)]).toEqual(['4.2 ×', '']);
});

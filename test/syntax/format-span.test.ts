import { expect, it } from 'vitest';
import { formatSpan } from '../../src/syntax/duration.js';

it.each([
  [0, '0s'],
  [-5, '0s'],
  [999, '0s'],
  [1000, '1s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [90_000, '1m30s'],
  [7_200_000, '2h'],
  [95_040_000, '1d2h'],
  [7.7 * 86_400_000, '7d16h'],
  [86_400_000 + 60_000, '1d'],
])('%d ms is %s', (ms, text) => expect(formatSpan(ms)).toBe(text));

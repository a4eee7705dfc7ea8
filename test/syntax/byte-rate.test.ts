import { expect, it } from 'vitest';
import { byteRateProblem, parseByteRate } from '../../src/syntax/byte-rate.js';

it.each([
  ['20MB', 20_000_000],
  ['1.5GB', 1_500_000_000],
  ['512KiB', 524_288],
  ['64MiB/s', 67_108_864],
  ['8192B', 8_192],
  ['100kB', 100_000],
])('reads %s', (text, bytes) => {
  expect(parseByteRate(text)).toBe(bytes);
  expect(byteRateProblem(text)).toBeUndefined();
});

it.each(['', '20', 'MB', '20 MB', '-1MB', '20Mb', '20MB/m', '1e3MB', '99999999999GB', '0MB', '1kB'])(
  'refuses %j, and says what to write',
  (text) => expect(byteRateProblem(text)).toMatch(/^Give /),
);

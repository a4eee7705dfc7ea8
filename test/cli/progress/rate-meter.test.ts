import { expect, it } from 'vitest';
import { RateMeter } from '../../../src/cli/progress/rate-meter.js';

it('knows no rate before half a second has passed', () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  meter.add(400, 1_000_000);
  expect(meter.rate()).toBeUndefined();
  meter.add(500, 1_000_000);
  expect(meter.rate()).toBe(2_000_000);
});

it('forgets what is more than five seconds old', () => {
  const meter = new RateMeter();
  for (let second = 0; second <= 10; second++) meter.add(second * 1000, second <= 5 ? 0 : (second - 5) * 100);
  expect(meter.rate()).toBe(100);
});

it('starts again when another phase counts from zero', () => {
  const meter = new RateMeter();
  meter.add(0, 0);
  meter.add(1000, 5_000);
  meter.add(2000, 10);
  expect(meter.rate()).toBeUndefined();
  meter.add(3000, 110);
  expect(meter.rate()).toBe(100);
});

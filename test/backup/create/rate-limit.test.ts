import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RateLimit } from '../../../src/backup/create/rate-limit.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Milliseconds until so many pieces were read. */
async function read(limit: RateLimit, pieces: number, bytes: number): Promise<number> {
  const began = performance.now();
  let done = false;
  const reading = (async () => {
    for (let piece = 0; piece < pieces; piece += 1) await limit.take(bytes);
    done = true;
  })();
  while (!done) await vi.advanceTimersByTimeAsync(1);
  await reading;
  return performance.now() - began;
}

it('issue 13 A: --max-rate: so many bytes take so many seconds, but for half a second that is free at first', async () => {
  expect(await read(new RateLimit(1000), 100, 100)).toBeGreaterThanOrEqual(9_500);
});

it('issue 13 A: --max-rate: several readers share it', async () => {
  const limit = new RateLimit(1000);
  const times = await Promise.all([read(limit, 50, 100), read(limit, 50, 100)]);
  expect(Math.max(...times)).toBeGreaterThanOrEqual(9_500);
});

it('issue 13 A: --max-rate: a pause is not made up for', async () => {
  const limit = new RateLimit(1000);
  await read(limit, 10, 100);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await read(limit, 100, 100)).toBeGreaterThanOrEqual(9_500);
});

it('without a limit nobody waits', async () => {
  const limit = new RateLimit(undefined);
  await limit.take(1e12);
  await limit.take(1e12);
  expect(vi.getTimerCount()).toBe(0);
});

it('ends with the signal', async () => {
  const ending = new AbortController();
  const limit = new RateLimit(1000);
  const taking = limit.take(1e9, ending.signal);
  ending.abort();
  await expect(taking).rejects.toMatchObject({ code: 'INTERRUPTED' });
});

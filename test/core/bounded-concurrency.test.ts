import { describe, expect, it } from 'vitest';
import { mapBounded, Pool, shareOut } from '../../src/core/bounded-concurrency.js';

describe('bounded concurrency', () => {
  it('runs no more at a time than it has places, and all in the end', async () => {
    const pool = new Pool(3);
    let running = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    await Promise.all(Array.from({ length: 50 }, () => pool.run(work)));
    expect([most, running]).toEqual([3, 0]);
  });

  it('gives the place of what fails to the next', async () => {
    const pool = new Pool(1);
    await expect(pool.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await pool.run(() => Promise.resolve('yes'))).toBe('yes');
  });

  it('maps in order, with a bounded number begun', async () => {
    let begun = 0;
    let most = 0;
    const results = await mapBounded([...Array(100).keys()], 4, async (item) => {
      most = Math.max(most, (begun += 1));
      await new Promise((resolve) => setImmediate(resolve));
      begun -= 1;
      return item * 2;
    });
    expect(results).toEqual([...Array(100).keys()].map((item) => item * 2));
    expect(most).toBe(4);
  });

  it('begins nothing more once it is aborted', async () => {
    const abort = new AbortController();
    const begun: number[] = [];
    const work = (item: number) => {
      begun.push(item);
      if (item === 1) abort.abort();
      return Promise.resolve();
    };
    await expect(mapBounded([0, 1, 2, 3], 1, work, abort.signal)).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(begun).toEqual([0, 1]);
  });
});

it('lets each worker keep what it has from one item to the next, and ends when all have ended', async () => {
  const taken: number[][] = [];
  await shareOut([1, 2, 3, 4, 5], 2, async (queue) => {
    const own: number[] = [];
    taken.push(own);
    for (const item of queue) {
      own.push(item);
      await Promise.resolve();
    }
  });
  expect(taken).toHaveLength(2);
  expect(taken.every((own) => own.length > 0)).toBe(true);
  expect(taken.flat().sort()).toEqual([1, 2, 3, 4, 5]);
});

it('tells of a worker that failed once the others have emptied the queue', async () => {
  const done: number[] = [];
  const running = shareOut([1, 2, 3, 4], 2, async (queue) => {
    for (const item of queue) {
      if (item === 1) throw new Error('lost');
      await Promise.resolve();
      done.push(item);
    }
  });
  await expect(running).rejects.toThrow('lost');
  expect(done).toEqual([2, 3, 4]);
});

import { expect, it } from 'vitest';
import { BufferPool, giveBack } from '../../src/core/buffer-pool.js';

it('a buffer is used again when each of its bytes was given back, and not before', () => {
  const pool = new BufferPool(100);
  const first = pool.take();
  giveBack(first.subarray(50));
  expect(pool.take().buffer).not.toBe(first.buffer);
  giveBack(first.subarray(0, 49));
  expect(pool.take().buffer).not.toBe(first.buffer);
  giveBack(first.subarray(49, 50));
  expect(pool.take().buffer).toBe(first.buffer);
  expect(pool.take().buffer).not.toBe(first.buffer);
});

it('what is of no pool can be given back, and what is in the pool again', () => {
  const pool = new BufferPool(100);
  const first = pool.take();
  giveBack(Buffer.alloc(100));
  giveBack(first);
  giveBack(first);
  expect(pool.take().buffer).toBe(first.buffer);
  expect(pool.take().buffer).not.toBe(first.buffer);
});

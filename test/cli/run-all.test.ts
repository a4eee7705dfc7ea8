import { expect, it } from 'vitest';
import { runAll } from '../../src/cli/run-all.js';
import { HoldfastError } from '../../src/core/errors.js';

const never = new AbortController().signal;
const pause = () => new Promise((resolve) => setImmediate(resolve));

it('goes on after a failure, and hands back results in the order of the items', async () => {
  const work = async (item: number) => {
    for (let i = item; i < 5; i++) await pause();
    if (item === 2) throw new HoldfastError('CONNECT_FAILED', 'no');
    return item * 10;
  };
  const { results, failures } = await runAll([1, 2, 3, 4], work, { limit: 4, subject: String, signal: never });
  expect(results).toEqual([10, 30, 40]);
  expect(failures.map(({ subject, error }) => [subject, error.code])).toEqual([['2', 'CONNECT_FAILED']]);
});

it('works on no more items at once than the limit, and reaches it', async () => {
  let running = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++running);
    await pause();
    running--;
  };
  await runAll([1, 2, 3, 4, 5, 6, 7], work, { limit: 3, subject: String, signal: never });
  expect(most).toBe(3);
});

it('throws the error itself when there is only one item', async () => {
  const error = new HoldfastError('CONNECT_FAILED', 'no');
  const running = runAll([1], () => Promise.reject(error), { limit: 2, subject: String, signal: never });
  await expect(running).rejects.toBe(error);
});

it('begins nothing more after an interruption, keeps what was done, and reports one interruption', async () => {
  const controller = new AbortController();
  const begun: number[] = [];
  const work = (item: number) => {
    begun.push(item);
    if (item === 1) return Promise.resolve('done');
    controller.abort(new HoldfastError('INTERRUPTED', 'Interrupted by SIGINT.'));
    return Promise.reject(new Error('the connection was cut'));
  };
  const { results, failures } = await runAll([1, 2, 3, 4], work, {
    limit: 1,
    subject: String,
    signal: controller.signal,
  });
  expect(begun).toEqual([1, 2]);
  expect(results).toEqual(['done']);
  expect(failures.map(({ error }) => error.code)).toEqual(['INTERRUPTED']);
});

it('counts an error that nobody coded as an internal one', async () => {
  const work = (item: number) => (item === 1 ? Promise.reject(new TypeError('x is undefined')) : Promise.resolve(item));
  const { failures } = await runAll([1, 2], work, { limit: 1, subject: String, signal: never });
  expect(failures[0]?.error).toMatchObject({ code: 'INTERNAL', message: 'x is undefined' });
});

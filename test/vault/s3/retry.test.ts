import { describe, expect, it } from 'vitest';
import { Retrier } from '../../../src/vault/s3/retry.js';

const busy = Object.assign(new Error('busy'), { name: 'SlowDown', $metadata: { httpStatusCode: 503 } });
const refused = Object.assign(new Error('no'), { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } });
const unreachable = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

const quick = { attempts: 6, baseDelayMs: 0 };

/** An operation that throws these in turn, then succeeds. */
function failing(...errors: readonly Error[]): { run: () => Promise<string>; calls: () => number } {
  let calls = 0;
  return {
    calls: () => calls,
    run: async () => {
      await Promise.resolve();
      const error = errors[calls++];
      if (error !== undefined) throw error;
      return 'done';
    },
  };
}

describe('a request', () => {
  it('is sent again until it succeeds', async () => {
    const operation = failing(busy, busy, busy);
    expect(await new Retrier(quick).run(operation.run)).toBe('done');
    expect(operation.calls()).toBe(4);
  });

  it('fails with the last error when it has failed often enough', async () => {
    const operation = failing(...Array.from({ length: 20 }, () => busy));
    await expect(new Retrier(quick).run(operation.run)).rejects.toBe(busy);
    expect(operation.calls()).toBe(6);
  });

  it('is not sent again after a refusal', async () => {
    const operation = failing(busy, refused);
    await expect(new Retrier(quick).run(operation.run)).rejects.toBe(refused);
    expect(operation.calls()).toBe(2);
  });

  it('is sent less often to a host that was never reached, and as often as ever once it was', async () => {
    const retrier = new Retrier(quick);
    const errors = Array.from({ length: 20 }, () => unreachable);
    const first = failing(...errors);
    await expect(retrier.run(first.run)).rejects.toBe(unreachable);
    expect(first.calls()).toBe(4);
    await expect(retrier.run(failing(refused).run)).rejects.toBe(refused);
    const second = failing(...errors);
    await expect(retrier.run(second.run)).rejects.toBe(unreachable);
    expect(second.calls()).toBe(6);
  });

  it('counts from the start after progress, and ends when it is told to stop', async () => {
    const operation = failing(...Array.from({ length: 50 }, () => busy));
    let failures = 0;
    const onFailure = () => (++failures < 30 ? 'progress' : 'stop');
    await expect(new Retrier(quick).run(operation.run, { onFailure })).rejects.toBe(busy);
    expect(operation.calls()).toBe(30);
  });

  it("ends with the signal's error when aborted while it waits", async () => {
    const controller = new AbortController();
    const retrier = new Retrier({ attempts: 9, baseDelayMs: 1e9, maxDelayMs: 1e9 });
    const outcome = retrier.run(failing(busy).run, {
      signal: controller.signal,
      onFailure: () => {
        setImmediate(() => controller.abort());
        return undefined;
      },
    });
    await expect(outcome).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

import { describe, expect, it, vi } from 'vitest';
import { defaultRestoreLimitMs, withTimeLimit } from '../../../src/backup/operation/time-limit.js';
import { formatLimit } from '../../../src/syntax/duration.js';
import { HoldfastError } from '../../../src/core/errors.js';

const GIB = 2 ** 30;
const HOUR = 3_600_000;
const totals = (rawBytes: number, entries: number) => ({ rawBytes, entries, tables: 1, rows: 1, largeObjects: 0 });

describe('the time that a restore or a drill may take by default', () => {
  it.each([
    ['of nothing is an hour', 0, 0, '1h'],
    ['grows by ten minutes for each GiB', 6 * GIB, 0, '2h'],
    ['grows by a minute for each thousand entries', 0, 30_000, '1h30m'],
    ['grows by both', 3 * GIB, 15_000, '1h45m'],
    ['is at most a week, whatever the writer says of the size', Number.MAX_SAFE_INTEGER, 1, '168h'],
  ])('A5: %s', (_what, rawBytes, entries, limit) => {
    expect(formatLimit(defaultRestoreLimitMs(totals(rawBytes, entries)))).toBe(limit);
  });
});

describe('a time limit', () => {
  const tooLong = () => new HoldfastError('DRILL_TIMEOUT', 'too long');
  /** Ends as soon as its signal says so. */
  const endless = (signal: AbortSignal) =>
    new Promise<never>((_resolve, reject) =>
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
    );

  it('lets as many listen to its end as work at a time, and warns of no leak', async () => {
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    process.on('warning', onWarning);
    await withTimeLimit(5_000, tooLong, new AbortController().signal, async (own) => {
      for (let count = 0; count < 50; count += 1) own.addEventListener('abort', () => {});
      // A warning is told of in the next turn.
      await new Promise((resolve) => setImmediate(resolve));
    });
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('A5: ends the work with its own error, and not before', async () => {
    vi.useFakeTimers();
    try {
      const ended = vi.fn();
      const work = withTimeLimit(5_000, tooLong, undefined, endless).catch(ended);
      await vi.advanceTimersByTimeAsync(4_999);
      expect(ended).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(1);
      await work;
      expect(ended).toHaveBeenCalledWith(expect.objectContaining({ code: 'DRILL_TIMEOUT' }));
    } finally {
      vi.useRealTimers();
    }
  });

  it('A5: of more than a timer can wait for is waited for all the same', async () => {
    vi.useFakeTimers();
    try {
      const ended = vi.fn();
      const work = withTimeLimit(1_000 * HOUR, tooLong, undefined, endless).catch(ended);
      await vi.advanceTimersByTimeAsync(999 * HOUR);
      expect(ended).not.toHaveBeenCalled();
      await vi.advanceTimersByTimeAsync(HOUR);
      await work;
      expect(ended).toHaveBeenCalledOnce();
    } finally {
      vi.useRealTimers();
    }
  });

  it('A5: leaves no timer behind, and does not hide an interruption', async () => {
    vi.useFakeTimers();
    try {
      expect(await withTimeLimit(5_000, tooLong, undefined, () => Promise.resolve('done'))).toBe('done');
      expect(vi.getTimerCount()).toBe(0);
      const interruption = new AbortController();
      const work = withTimeLimit(5_000, tooLong, interruption.signal, endless);
      interruption.abort(new HoldfastError('INTERRUPTED', 'by hand'));
      await expect(work).rejects.toMatchObject({ code: 'INTERRUPTED' });
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

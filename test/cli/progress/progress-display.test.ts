import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createProgressDisplay, type ProgressDisplay } from '../../../src/cli/progress/progress-display.js';

let written: string;
let display: ProgressDisplay;

/** Standard error that is not a terminal. */
async function open(quiet: boolean): Promise<ProgressDisplay> {
  written = '';
  const stream = new PassThrough().on('data', (chunk: Buffer) => (written += chunk.toString()));
  return createProgressDisplay({ stream: stream as unknown as NodeJS.WriteStream, quiet, env: {}, color: false });
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});

afterEach(() => {
  display.stop();
  vi.useRealTimers();
});

describe('elsewhere than on a terminal', () => {
  it('prints a line at the beginning, one every 30 seconds, and one at the end', async () => {
    display = await open(false);
    display.start(1);
    display.begin('orders', 'backing up');
    for (let second = 1; second <= 65; second++) {
      display.listener({ phase: 'restore', database: 'orders', bytes: second * 1e6, expectedBytes: 100e6 });
      vi.advanceTimersByTime(1000);
    }
    display.end('orders', 'stored');
    expect(written.split('\n')).toEqual([
      'orders: backing up',
      'orders: restoring  30.0 MB of 100 MB (30 %)',
      expect.stringMatching(/^orders: restoring {2}60.0 MB of 100 MB \(60 %\) {2}1.0 MB\/s {2}40 s left$/),
      'orders: stored',
      '',
    ]);
  });

  it('sums up several operations in one line', async () => {
    display = await open(false);
    display.start(3);
    display.begin('a', 'backing up');
    display.begin('b', 'backing up');
    display.listener({ phase: 'dump', database: 'a', bytes: 3e6 });
    display.listener({ phase: 'dump', database: 'b', bytes: 4e6 });
    vi.advanceTimersByTime(30_000);
    expect(written).toContain('0 of 3 done, running: a, b  7.0 MB\n');
    display.end('b', 'stored');
    vi.advanceTimersByTime(30_000);
    expect(written).toContain('a: dumping  3.0 MB  (2 of 3)\n');
  });

  it('prints nothing when quiet, and nothing any more after the end', async () => {
    display = await open(true);
    display.start(1);
    display.begin('orders', 'backing up');
    vi.advanceTimersByTime(60_000);
    display.end('orders', 'stored');
    expect(written).toBe('');

    display = await open(false);
    display.start(1);
    display.stop();
    vi.advanceTimersByTime(60_000);
    expect(written).toBe('');
  });

  it('shows control characters of a name as text', async () => {
    display = await open(false);
    display.start(1);
    display.begin('a\u001b[2J', 'backing up');
    expect(written).toBe('a\\u001b[2J: backing up\n');
  });
});

import { setImmediate } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { anySignal } from '../../src/core/cancellation.js';

/** What Node.js says about a signal that twenty wait for. */
async function saidOf(signal: AbortSignal): Promise<string[]> {
  const said: string[] = [];
  const onWarning = ({ name }: Error) => said.push(name);
  process.on('warning', onWarning);
  onTestFinished(() => void process.off('warning', onWarning));
  for (let listeners = 0; listeners < 20; listeners += 1) signal.addEventListener('abort', () => {});
  // A warning comes a little later.
  await setImmediate();
  return said;
}

describe('a signal made of several', () => {
  it('may be listened to by any number without a word of Node.js', async () => {
    const { signal } = new AbortController();
    expect(await saidOf(anySignal(signal, undefined))).toEqual([]);
    expect(await saidOf(AbortSignal.any([signal]))).toEqual(['MaxListenersExceededWarning']);
  });

  it('is aborted with the reason of the first, also if that was before', () => {
    const [limit, stop] = [new AbortController(), new AbortController()];
    const either = anySignal(limit.signal, undefined, stop.signal);
    expect(either.aborted).toBe(false);
    stop.abort('stopped');
    limit.abort('too long');
    expect(either.reason).toBe('stopped');
    expect(anySignal(undefined, limit.signal).reason).toBe('too long');
  });
});

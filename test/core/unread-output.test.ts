import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { startProcess, type RunningProcess } from '../../src/core/child-process.js';
import { eventually } from '../helpers/processes.js';

/** A child that has ended, and that this process knows to have ended, before anybody reads what it wrote. */
async function endedChild(): Promise<RunningProcess> {
  const child = startProcess({ command: '/bin/sh', args: ['-c', 'echo written; echo again'], env: {} });
  await eventually('the child has ended', () => !existsSync(`/proc/${child.pid}`));
  // Its end is told in a turn of the event loop of its own, and what follows from that in the next.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return child;
}

describe('the output of a child that ended before anybody read it', () => {
  test('is there for whoever iterates over it', async () => {
    const child = await endedChild();
    let output = '';
    for await (const chunk of child.stdout) output += String(chunk);
    expect(output).toBe('written\nagain\n');
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  test('is there for whoever listens to it', async () => {
    const child = await endedChild();
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += String(chunk)));
    expect(await child.exited).toEqual({ code: 0, signal: null });
    expect(output).toBe('written\nagain\n');
  });

  test('does not keep stop() from ending when nobody wants it', async () => {
    const child = await endedChild();
    child.stdout.destroy();
    await child.stop();
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });
});

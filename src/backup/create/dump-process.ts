/** pg_dump as a process: its first sign of life, its end, and its start where the server is full. */
import { once } from 'node:events';
import { sleep } from '../../core/cancellation.js';
import type { RunningProcess } from '../../core/child-process.js';
import { isFull } from '../../postgres/full-server.js';

/** Resolves when the child has written something, or has ended without. Rejects if it could not be started. */
export async function firstSign(child: RunningProcess): Promise<'output' | 'ended'> {
  await Promise.race([once(child.stdout, 'readable'), child.exited]);
  if (child.stdout.readableLength > 0) return 'output';
  // Its end has to be read.
  child.stdout.read();
  await child.exited;
  return 'ended';
}

/** Ends it, and throws away what it has written: it does not count as ended while that can be read. */
export async function stopDump(child: RunningProcess): Promise<void> {
  child.stdout.destroy();
  await child.stop();
}

/** The session that was there before may count for a moment longer. */
export async function launchWhileFull(launch: () => RunningProcess, signal: AbortSignal): Promise<RunningProcess> {
  for (let pause = 20; ; pause *= 2) {
    const child = launch();
    if ((await firstSign(child)) === 'output' || !isFull(child.stderr()) || pause > 2_000) return child;
    await sleep(pause, signal);
  }
}

/** pg_dump as a process: its first sign of life, its end, and its start where the server is full. */
import { sleep } from '../../core/cancellation.js';
import type { RunningProcess } from '../../core/child-process.js';
import { PiecewiseReads } from '../../core/piecewise-reads.js';
import { ReusingSocket } from '../../core/reusing-socket.js';
import { connectPair } from '../../core/socket-pair.js';
import { isFull } from '../../postgres/full-server.js';
import { preparePgDump, type PgDumpOptions } from '../../postgres/pg-dump.js';

/** pg_dump, and what it writes. */
export interface DumpProcess {
  readonly child: RunningProcess;
  readonly output: PiecewiseReads;
}

export interface PreparedDump {
  /** To be called once. As for `preparePgDump`. */
  launch(snapshot?: string, excludeTableData?: readonly string[]): DumpProcess;
  /** Lets go of everything, if it was not launched. */
  discard(): void;
}

/**
 * Its output is read through a socket of ours, into the same memory each time; where there can be none (no directory for
 * temporary files), through a pipe. Errors as for `preparePgDump`.
 */
export async function prepareDump(options: PgDumpOptions): Promise<PreparedDump> {
  const ours = new ReusingSocket();
  const theirs = await connectPair(ours).catch(() => {
    ours.destroy();
    return undefined;
  });
  const discard = () => {
    ours.destroy();
    theirs?.destroy();
  };
  try {
    const launch = await preparePgDump({ ...options, stdout: theirs ?? 'pipe' });
    return {
      launch: (...args) => {
        const child = launch(...args);
        // It has its own.
        theirs?.destroy();
        return { child, output: new PiecewiseReads(theirs ? ours : child.stdout) };
      },
      discard,
    };
  } catch (error) {
    discard();
    throw error;
  }
}

/** Resolves when the dump has begun to write, or has ended without. Rejects if it could not be started. */
export async function firstSign({ child, output }: DumpProcess): Promise<'output' | 'ended'> {
  if (await output.any()) return 'output';
  await child.exited;
  return 'ended';
}

/** Ends it, and throws away what it has written. */
export async function stopDump({ child, output }: DumpProcess): Promise<void> {
  output.destroy();
  await child.stop();
}

/** The session that was there before may count for a moment longer. */
export async function launchWhileFull(prepare: () => Promise<PreparedDump>, signal: AbortSignal): Promise<DumpProcess> {
  for (let pause = 20; ; pause *= 2) {
    const dump = (await prepare()).launch();
    if ((await firstSign(dump)) === 'output' || !isFull(dump.child.stderr()) || pause > 2_000) return dump;
    await sleep(pause, signal);
  }
}

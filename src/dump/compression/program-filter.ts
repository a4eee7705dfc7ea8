/** Runs a byte stream through a program: its stdin is the source, its stdout the result. */
import { abortError } from '../../core/cancellation.js';
import { describeExit, startProcess, type ProcessExit } from '../../core/child-process.js';
import type { HoldfastError } from '../../core/errors.js';
import { startFeeding } from './feed.js';

/** Long enough for the trailer of a gzip file. */
const KEPT_BYTES = 8;

export interface ProgramOptions {
  /** The program's absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Builds the error of a program that failed: `what` completes the sentence "igzip …". */
  readonly fail: (what: string, exit: ProcessExit) => HoldfastError;
  /** Inspects the end of a stream that seems to be in order; returns what is wrong with it, if anything. */
  readonly inspect?: (lastBytes: Uint8Array, inputBytes: number) => string | undefined;
}

/**
 * The program's output, in pieces of up to 64 KiB.
 *
 * The stream ends normally only if the source did, the program read all of it and exited with 0. When the source
 * throws, the program is stopped and the source's error comes out. The program is never left running.
 *
 * @throws what the source throws; the signal's error when aborted; what `fail` makes of the rest
 */
export async function* filterThroughProgram(
  source: AsyncIterable<Uint8Array>,
  options: ProgramOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { command, args, signal, fail } = options;
  // Nothing from our environment: compressors take options from it (GZIP, PIGZ, ZSTD_CLEVEL), and it may hold secrets.
  const child = startProcess({ command, args, env: { LC_ALL: 'C' }, signal, stdin: 'pipe' });
  if (child.pid === undefined) await child.exited;
  const feeding = startFeeding(source, child.stdin, () => void child.stop());
  let lastBytes: Uint8Array = new Uint8Array(0);

  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      lastBytes = keepLast(lastBytes, chunk);
      yield chunk;
    }
    const exit = await child.exited;
    if (feeding.failure) throw feeding.failure.error;
    if (signal?.aborted) throw abortError(signal);
    if (exit.code !== 0) throw fail(withWords(describeExit(exit), child.stderr()), exit);
    if (!feeding.complete) throw fail(withWords('ended before it had read all of its input', child.stderr()), exit);
    const defect = options.inspect?.(lastBytes, feeding.bytes);
    if (defect !== undefined) throw fail(defect, exit);
  } finally {
    // The signal goes out before the pipes close, so that a failed source never looks like the end of the data.
    const gone = child.stop();
    child.stdout.destroy();
    await feeding.stop();
    await gone;
  }
}

export function keepLast(kept: Uint8Array, chunk: Uint8Array): Uint8Array {
  const last = chunk.length >= KEPT_BYTES ? chunk : Buffer.concat([kept, chunk]);
  // A copy, because the chunk belongs to whoever gets it next.
  return Uint8Array.prototype.slice.call(last, -KEPT_BYTES);
}

export function withWords(what: string, stderr: string): string {
  return stderr === '' ? what : `${what}: ${stderr}`;
}

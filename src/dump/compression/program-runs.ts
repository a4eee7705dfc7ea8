/**
 * Runs of one program, one after the other, each from its own input to its own output.
 *
 * A shell starts several of them: to start a process takes a process as large as ours milliseconds, and afterwards each
 * page that it writes to costs it another fault; a shell has neither.
 */
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import { abortError } from '../../core/cancellation.js';
import { describeExit, startProcess, type ProcessExit, type RunningProcess } from '../../core/child-process.js';
import { HoldfastError } from '../../core/errors.js';
import { startFeeding } from './feed.js';
import { keepLast, withWords, type ProgramOptions } from './program-filter.js';

const SHELL = '/bin/sh';

/** How many runs one shell starts: it knows descriptors of one digit, and the first three are its own. */
const RUNS = 7;
const FIRST_DESCRIPTOR = 3;

/**
 * A run for each line, on the descriptor that it names; its exit status comes out. When it is to end, it is the program
 * that ends, and the shell, having no further line, after it.
 */
const SCRIPT = `trap : TERM
while read -r n; do
  "$0" "$@" <&"$n" >&"$n"
  s=$?
  eval "exec $n>&-"
  echo "$s"
done`;

export class ProgramRuns {
  readonly #options: ProgramOptions;
  #shells: Shell[] = [];

  constructor(options: ProgramOptions) {
    this.#options = options;
  }

  /**
   * The output of one run. It begins when all runs before it have ended, and is fed when its output is asked for. As for
   * `filterThroughProgram`, but that no further run can be had after one that has failed or was given up.
   */
  async *run(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    const { signal, fail, inspect } = this.#options;
    const shell = this.#shellWithRoom();
    const { child } = shell;
    const { channel, exit } = await shell.start();
    const feeding = startFeeding(source, channel, () => void this.stop());
    let lastBytes: Uint8Array = new Uint8Array(0);
    let ended = false;
    try {
      let broken: Error | undefined;
      try {
        for await (const chunk of channel as AsyncIterable<Buffer>) {
          lastBytes = keepLast(lastBytes, chunk);
          yield chunk;
        }
      } catch (error) {
        // It is where the input goes as well, and is torn down when that fails: which is then the reason.
        broken = error as Error;
      }
      const how = await exit;
      if (feeding.failure) throw feeding.failure.error;
      if (signal?.aborted) throw abortError(signal);
      if (how.code !== 0) throw fail(withWords(describeExit(how), child.stderr()), how);
      if (!feeding.complete) throw fail(withWords('ended before it had read all of its input', child.stderr()), how);
      if (broken) throw broken;
      const defect = inspect?.(lastBytes, feeding.bytes);
      if (defect !== undefined) throw fail(defect, how);
      ended = true;
    } finally {
      const stopped = ended ? undefined : this.stop();
      await feeding.stop();
      await stopped;
    }
  }

  /** Ends whatever runs; resolves when it is gone. May be called again. */
  async stop(): Promise<void> {
    await Promise.all(this.#shells.map((shell) => shell.stop()));
  }

  #shellWithRoom(): Shell {
    const last = this.#shells.at(-1);
    if (last?.hasRoom) return last;
    last?.close();
    const { command, args, signal } = this.#options;
    const shell = new Shell(command, args, signal);
    this.#shells.push(shell);
    const forget = () => (this.#shells = this.#shells.filter((other) => other !== shell));
    shell.child.exited.then(forget, forget);
    return shell;
  }
}

class Shell {
  readonly child: RunningProcess;
  #runs = 0;
  /** Of the runs that have ended, and those who wait for further ones, in their order. */
  #line = '';
  readonly #waiting: ((exit: ProcessExit) => void)[] = [];

  constructor(command: string, args: readonly string[], signal: AbortSignal | undefined) {
    this.child = startProcess({
      command: SHELL,
      args: ['-c', SCRIPT, command, ...args],
      // Nothing from our environment: compressors take options from it (GZIP, PIGZ, ZSTD_CLEVEL), and it may hold secrets.
      env: { LC_ALL: 'C' },
      stdin: 'pipe',
      channels: RUNS,
      group: true,
      signal,
    });
    this.child.stdout.on('data', (text: Buffer) => this.#onStatus(text.toString('latin1')));
    const onExit = (exit: ProcessExit) => {
      for (const waiting of this.#waiting.splice(0)) waiting(exit);
    };
    this.child.exited.then(onExit, () => {});
  }

  get hasRoom(): boolean {
    return this.#runs < RUNS;
  }

  /** @throws HoldfastError if the shell could not be started */
  async start(): Promise<{ readonly channel: Duplex; readonly exit: Promise<ProcessExit> }> {
    const number = this.#runs++;
    const { child } = this;
    const channel = child.channels[number];
    if (child.pid === undefined || !channel) {
      await child.exited;
      throw new HoldfastError('INTERNAL', 'The shell of a compressor has too few descriptors.');
    }
    const exit = new Promise<ProcessExit>((resolve) => this.#waiting.push(resolve));
    child.stdin.write(`${FIRST_DESCRIPTOR + number}\n`);
    return { channel, exit };
  }

  /** It ends by itself, when its runs have. */
  close(): void {
    this.child.stdin.end();
  }

  async stop(): Promise<void> {
    // The signal goes out before the pipes close, so that a failed source never looks like the end of the data.
    const gone = this.child.stop();
    for (const stream of [this.child.stdin, this.child.stdout, ...this.child.channels]) stream.destroy();
    await gone;
  }

  #onStatus(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#waiting.shift()?.(exitOf(Number(line)));
  }
}

/** A shell adds 128 to the number of the signal that has ended a program. */
function exitOf(status: number): ProcessExit {
  const signal = Object.entries(constants.signals).find(([, number]) => status === 128 + number)?.[0];
  return signal === undefined ? { code: status, signal: null } : { code: null, signal: signal as NodeJS.Signals };
}

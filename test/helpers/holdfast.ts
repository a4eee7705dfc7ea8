/** Runs the built command line as a user does. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface RunOptions {
  /** Set on top of a bare environment (PATH, HOME, TMPDIR, HOLDFAST_PG_BIN); `undefined` takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** A program and arguments that run it, such as a shell that sets a limit first. */
  readonly wrapper?: readonly string[];
  /** Written to its standard input, which is then closed; without it, standard input is empty. */
  readonly input?: string;
}

export interface RunResult {
  /** `null` when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartedHoldfast {
  readonly child: ChildProcessWithoutNullStreams;
  readonly result: Promise<RunResult>;
}

/** Runs `bin/holdfast` to its end. */
export function runHoldfast(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  return startHoldfast(args, options).result;
}

/** Starts `bin/holdfast`, for tests that interrupt it. */
export function startHoldfast(args: readonly string[], options: RunOptions = {}): StartedHoldfast {
  if (!existsSync(join(ROOT, 'dist/bundle/main.js'))) throw new Error('dist is missing: npm run build makes it.');
  const { PATH, HOME, TMPDIR, HOLDFAST_PG_BIN } = process.env;
  const [program = '', ...rest] = [...(options.wrapper ?? []), process.execPath, join(ROOT, 'bin/holdfast'), ...args];
  const child = spawn(program, rest, {
    cwd: options.cwd ?? ROOT,
    env: { PATH, HOME, TMPDIR, HOLDFAST_PG_BIN, ...options.env },
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  // It may end before it has read its input.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  const result = new Promise<RunResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
  });
  return { child, result };
}

/** Runs the command line as users do: as a process, or within this one. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runHere } from './run-here.js';

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

/**
 * Runs the command line to its end: within this process, unless the environment or a wrapper is the test's own. That
 * every command also runs from what is built, test/integration/cli/every-command.test.ts shows.
 */
export function runHoldfast(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { env, wrapper, cwd = ROOT, input } = options;
  if (env ?? wrapper) return startHoldfast(args, options).result;
  return runHere(args, { env: bareEnvironment(), cwd, ...(input !== undefined && { input }) });
}

/** Starts `bin/holdfast` as users do. */
export function startHoldfast(args: readonly string[], options: RunOptions = {}): StartedHoldfast {
  if (!existsSync(join(ROOT, 'dist/bundle/main.js'))) throw new Error('dist is missing: npm run build makes it.');
  const [program = '', ...rest] = [...(options.wrapper ?? []), process.execPath, join(ROOT, 'bin/holdfast'), ...args];
  const child = spawn(program, rest, {
    cwd: options.cwd ?? ROOT,
    env: { ...bareEnvironment(), ...options.env },
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

/** Nothing of the developer's own settings. */
function bareEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR, HOLDFAST_PG_BIN } = process.env;
  return { PATH, HOME, TMPDIR, HOLDFAST_PG_BIN };
}

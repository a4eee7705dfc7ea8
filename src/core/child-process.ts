/** Child processes whose last stderr output is kept and which end on cancellation. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { Readable, Writable, type Duplex } from 'node:stream';
import { abortError, throwIfAborted } from './cancellation.js';
import { HoldfastError, messageOf, systemCodeOf } from './errors.js';

/** How long a child may take to end after SIGTERM before it gets SIGKILL, in milliseconds. */
const KILL_GRACE_MS = 5_000;
/** How much of a child's stderr is kept, in characters; the last part is the one that explains a failure. */
const STDERR_TAIL = 16_384;

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment of the child; nothing else is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Run as this user and group (needs root). Supplementary groups are dropped. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  /** Ends the child: SIGTERM, then SIGKILL. */
  readonly signal?: AbortSignal | undefined;
  /** @default 'ignore' */
  readonly stdin?: 'pipe' | 'ignore' | number;
  /** @default 'pipe' */
  readonly stdout?: 'pipe' | 'ignore' | number | Socket;
  /** How many more descriptors it has, from 3 on, each to be read and written. @default 0 */
  readonly channels?: number;
  /** Whether the signals that end it reach what it has started, too. @default false */
  readonly group?: boolean;
  /** Called with each piece of stderr as it comes. */
  readonly onStderr?: (text: string) => void;
}

/** How a child ended: an exit status, or the signal that ended it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningProcess {
  readonly command: string;
  readonly pid: number | undefined;
  readonly stdin: Writable;
  /**
   * Must be read, or the child never counts as ended: iterate, pipe, or listen for `data` (`resume()` alone reads
   * nothing).
   */
  readonly stdout: Readable;
  /** Our ends of {@link ProcessOptions.channels}; none if it could not be started. */
  readonly channels: readonly Duplex[];
  /** Resolves when the child has ended and its pipes are closed. Rejects only if it could not be started. */
  readonly exited: Promise<ProcessExit>;
  /** The last part of what it wrote to stderr, trimmed. */
  stderr(): string;
  /** SIGTERM, and SIGKILL after a grace period; resolves when the child is gone. Harmless once it has ended. */
  stop(): Promise<void>;
}

/** Starts a child process. A failure to start rejects `exited`. */
export function startProcess(options: ProcessOptions): RunningProcess {
  throwIfAborted(options.signal);
  const child = spawn(options.command, [...options.args], {
    env: options.env,
    cwd: options.cwd,
    uid: options.user?.uid,
    gid: options.user?.gid,
    stdio: [
      options.stdin ?? 'ignore',
      options.stdout ?? 'pipe',
      'pipe',
      ...Array<'pipe'>(options.channels ?? 0).fill('pipe'),
    ],
    detached: options.group,
  });

  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_TAIL);
    options.onStderr?.(text);
  });

  if (child.stdout) keepUnread(child.stdout);

  const exited = new Promise<ProcessExit>((resolve, reject) => {
    child.on('error', (error) => {
      if (child.pid === undefined) reject(startError(options.command, error));
    });
    child.on('close', (code, signal) => resolve({ code, signal }));
  });
  // A caller that needs the outcome awaits `exited`; without this, a failed start before that would end our process.
  exited.catch(() => {});

  const stop = () => stopChild(child, options.group);
  const onAbort = () => void stop();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const detach = () => options.signal?.removeEventListener('abort', onAbort);
  exited.then(detach, detach);
  // A child that ends early closes its stdin; the writer learns of it from the exit status.
  child.stdin?.on('error', () => {});
  const channels = child.pid === undefined ? [] : (child.stdio.slice(3) as Duplex[]);
  for (const channel of channels) channel.on('error', () => {});

  return {
    command: options.command,
    pid: child.pid,
    // If no file descriptor was left, a child that did not start has no pipes either.
    stdin: child.stdin === undefined ? swallowing() : (child.stdin as Writable),
    stdout: child.stdout === undefined ? Readable.from([]) : (child.stdout as Readable),
    channels,
    exited,
    stderr: () => stderr.trim(),
    stop: async () => {
      void stop();
      await exited.catch(() => {});
    },
  };
}

/** Accepts everything and discards it. */
function swallowing(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}

/**
 * Node.js discards the output of a child that has ended if nobody is reading it yet. A reader may come after a quick
 * child has ended, so a listener holds the output; a listener for data would not be served beside it, so it replaces
 * this one.
 */
function keepUnread(stdout: Readable): void {
  const hold = () => {};
  stdout.on('readable', hold);
  stdout.on('newListener', (event) => {
    if (event === 'data') stdout.off('readable', hold);
  });
}

function stopChild(child: ChildProcess, group = false): void {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const { pid } = child;
  const send = (signal: NodeJS.Signals) => (group ? sendToGroup(pid, signal) : child.kill(signal));
  send('SIGTERM');
  const timer = setTimeout(() => send('SIGKILL'), KILL_GRACE_MS);
  child.once('exit', () => clearTimeout(timer));
}

function sendToGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if (systemCodeOf(error) !== 'ESRCH') throw error;
  }
}

function startError(command: string, error: Error): HoldfastError {
  if (systemCodeOf(error) === 'ENOENT') {
    return new HoldfastError('PROGRAM_MISSING', `Cannot start ${command}: it does not exist.`, { cause: error });
  }
  return new HoldfastError('PROGRAM_FAILED', `Cannot start ${command}: ${messageOf(error)}.`, { cause: error });
}

/** What a finished program printed. */
export interface ProcessOutput {
  readonly stdout: string;
  /** The same as bytes. */
  readonly bytes: Buffer;
  readonly stderr: string;
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @param options as for {@link startProcess}; `input` is written to its stdin
 * @throws HoldfastError PROGRAM_FAILED with its last words when it exits non-zero; the signal's error when aborted
 */
export async function runProcess(options: ProcessOptions & { readonly input?: string }): Promise<ProcessOutput> {
  const child = startProcess({ ...options, stdin: options.input === undefined ? 'ignore' : 'pipe' });
  if (options.input !== undefined) child.stdin.end(options.input);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exit = await child.exited;
  if (options.signal?.aborted) throw abortError(options.signal);
  if (exit.code !== 0) throw exitError(options.command, exit, child.stderr());
  const bytes = Buffer.concat(chunks);
  return { stdout: bytes.toString('utf8'), bytes, stderr: child.stderr() };
}

/** The error of a program that ended badly, with its own last words. */
export function exitError(command: string, exit: ProcessExit, stderr: string): HoldfastError {
  return new HoldfastError('PROGRAM_FAILED', `${command} ${describeExit(exit)}${stderr ? `: ${stderr}` : '.'}`);
}

/** `exited with status 1` or `was ended by SIGKILL`. */
export function describeExit(exit: ProcessExit): string {
  return exit.signal ? `was ended by ${exit.signal}` : `exited with status ${String(exit.code)}`;
}

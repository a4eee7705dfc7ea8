/** Runs the command line: as the process that users start, or within this one where only its answer counts. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runHere } from '../../helpers/run-here.js';
import type { Scene } from './fault-kind.js';

const ROOT = join(import.meta.dirname, '../../..');

/** No command may take longer after a fault, in milliseconds. */
const PATIENCE_MS = 90_000;

/** Never asked for, as the servers trust everybody; it must not turn up anywhere. */
export const CANARY = 'canary-7f3a91-password';

/** How one command ended. */
export interface CommandRun {
  readonly args: readonly string[];
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether we have sent it SIGKILL: then it may end without a word. */
  readonly killed: boolean;
}

export interface StartedCommand {
  readonly pid: number;
  send(signal: NodeJS.Signals): void;
  readonly result: Promise<CommandRun>;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command that sets limits for the command: `ulimit -n 30`. */
  readonly limit?: string;
}

/** Starts `bin/holdfast … --json` with the scene's temporary directory. */
export function startCommand(scene: Scene, args: readonly string[], options: CommandOptions = {}): StartedCommand {
  const line = [process.execPath, join(ROOT, 'bin/holdfast'), ...args, '--json'];
  const [command = '', ...rest] =
    options.limit === undefined ? line : ['/bin/sh', '-c', `${options.limit}; exec "$@"`, 'sh', ...line];
  const child = spawn(command, rest, {
    cwd: scene.directory,
    env: environment(scene.tmp, options.env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let killed = false;
  const kill = () => {
    // Not where it has ended already.
    killed ||= child.kill('SIGKILL');
  };
  const result = new Promise<CommandRun>((resolve, reject) => {
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      stderr.push(Buffer.from(`\n[the harness gave up after ${PATIENCE_MS} ms]`));
    }, PATIENCE_MS);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const [out, err] = [stdout, stderr].map((chunks) => Buffer.concat(chunks).toString()) as [string, string];
      resolve({ args, code, signal, stdout: out, stderr: err, killed });
    });
  });
  const send = (signal: NodeJS.Signals) => (signal === 'SIGKILL' ? kill() : void child.kill(signal));
  return { pid: child.pid ?? 0, send, result };
}

export function runCommand(scene: Scene, args: readonly string[], options?: CommandOptions): Promise<CommandRun> {
  return startCommand(scene, args, options).result;
}

/** Runs a command within this process: the same code, without the start of a process. */
export async function runCommandHere(
  scene: Pick<Scene, 'directory' | 'tmp'>,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandRun> {
  const run = await runHere([...args, '--json'], { env: environment(scene.tmp, env), cwd: scene.directory });
  return { args, ...run, killed: false };
}

/** Nothing of the developer's own settings. */
export function environment(tmp: string, env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    TMPDIR: tmp,
    TZ: 'UTC',
    NO_COLOR: '1',
    PGPASSWORD: CANARY,
    ...(process.env.HOLDFAST_PG_BIN && { HOLDFAST_PG_BIN: process.env.HOLDFAST_PG_BIN }),
    ...env,
  };
}

/** Runs the command line within this process: the same code, without the start of a process, which most commands take less than. */
import { PassThrough } from 'node:stream';
import { createProgram } from '../../src/cli/program.js';
import { runCli } from '../../src/cli/run.js';
import { nextSecond } from './next-second.js';
import type { RunResult } from './holdfast.js';

export interface HereOptions {
  /** All that the command sees of the environment. The AWS SDK and pg look at the process's own: not for those. */
  readonly env: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly cwd: string;
  /** @default nothing */
  readonly input?: string;
}

/** The second in which the last backup ended, per folder and vault. */
const lastBackups = new Map<string, number>();

/**
 * Runs one command to its end. Its output goes to no terminal.
 *
 * Two backups of one database are never of one second, which would be one key: the start of a process used to see to that.
 */
export async function runHere(args: readonly string[], options: HereOptions): Promise<RunResult> {
  if (!args.includes('backup')) return run(args, options);
  const vaultAt = args.indexOf('--vault');
  const place = JSON.stringify([options.cwd, vaultAt < 0 ? null : args[vaultAt + 1]]);
  if (lastBackups.get(place) === thisSecond()) await nextSecond();
  const result = await run(args, options);
  lastBackups.set(place, thisSecond());
  return result;
}

function thisSecond(): number {
  return Math.floor(Date.now() / 1000);
}

async function run(args: readonly string[], { env, cwd, input = '' }: HereOptions): Promise<RunResult> {
  const stdin = new PassThrough();
  stdin.end(input);
  const [stdout, readStdout] = collector();
  const [stderr, readStderr] = collector();
  const code = await runCli(args, { stdin, stdout, stderr, env, cwd }, createProgram);
  return { code, signal: null, stdout: readStdout(), stderr: readStderr() };
}

function collector(): [NodeJS.WriteStream, () => string] {
  const stream = new PassThrough();
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  // What the command line asks of a stream is whether it is a terminal, and this one does not say so.
  return [stream as unknown as NodeJS.WriteStream, () => Buffer.concat(chunks).toString()];
}

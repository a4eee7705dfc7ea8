/** Runs the command line within this process: the same code, without the start of a process, which most commands take less than. */
import { PassThrough } from 'node:stream';
import { createProgram } from '../../src/cli/program.js';
import { runCli } from '../../src/cli/run.js';
import type { RunResult } from './holdfast.js';

export interface HereOptions {
  /** All that the command sees of the environment. The AWS SDK and pg look at the process's own: not for those. */
  readonly env: NodeJS.ProcessEnv;
  /** Absolute. */
  readonly cwd: string;
  /** @default nothing */
  readonly input?: string;
}

/** Runs one command to its end. Its output goes to no terminal. */
export async function runHere(args: readonly string[], { env, cwd, input = '' }: HereOptions): Promise<RunResult> {
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

/** Runs the built command line on a terminal of its own: what it draws, asks, and does when keys are pressed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { eventually } from './processes.js';

const BIN = join(import.meta.dirname, '../../bin/holdfast');

export interface TerminalRun {
  /** All that the terminal was sent so far, typed characters that it shows among it. */
  output(): string;
  /** The same as one line, without colors: messages are wrapped. */
  text(): string;
  /** As if typed. */
  type(text: string): void;
  /** Waits until the terminal shows `question` once more than when it was last waited for, and types the answer. */
  answer(question: string, text: string): Promise<void>;
  readonly code: Promise<number | null>;
}

export interface TerminalOptions {
  /** Set on top of a bare environment (PATH, HOME, TERM). */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** On a terminal of 100 columns. */
export function onTerminal(args: readonly string[], { env, cwd }: TerminalOptions = {}): TerminalRun {
  const quoted = [process.execPath, BIN, ...args].map((word) => `'${word}'`).join(' ');
  const { PATH, HOME } = process.env;
  const child = spawn('script', ['-qec', `stty cols 100 rows 40; ${quoted}`, '/dev/null'], {
    cwd,
    env: { PATH, HOME, TERM: 'xterm', ...env },
  });
  let output = '';
  let read = 0;
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => {
      reject(new Error(`script is missing, from util-linux (Debian: apt-get install bsdutils): ${error.message}`));
    });
    child.on('close', resolve);
  });
  const type = (text: string) => void child.stdin.write(text);
  return {
    output: () => output,
    text: () => stripVTControlCharacters(output).replace(/\s+/g, ' '),
    type,
    code,
    async answer(question, text) {
      const shown = () => stripVTControlCharacters(output);
      await Promise.race([
        eventually(`the terminal shows "${question}"`, () => shown().includes(question, read), 50).catch((error) => {
          throw new Error(`${(error as Error).message} It shows:\n${shown().slice(-3000)}`);
        }),
        code.then((status) => {
          throw new Error(`It ended with ${status} before it asked "${question}":\n${shown().slice(-3000)}`);
        }),
      ]);
      read = shown().length;
      type(text);
    },
  };
}

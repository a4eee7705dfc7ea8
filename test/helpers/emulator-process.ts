/** The process of the AWS emulator (moto), without a test runner around it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { findEmulator } from '../../scripts/setup/emulator.mjs';

const LAUNCHER = join(import.meta.dirname, '../emulator/emulator.py');

/** How long the emulator may take to answer for the first time, in milliseconds. */
export const START_MS = 60_000;

export interface EmulatorProcess {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  stop(): Promise<void>;
}

/**
 * Starts an emulator on a port of its own.
 *
 * @param settings variables of moto
 * @throws Error with what it said, when it does not answer
 */
export async function startEmulatorProcess(settings: Readonly<Record<string, string>> = {}): Promise<EmulatorProcess> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = await startServer(port, endpoint, settings);
  return {
    endpoint,
    stop: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function startServer(
  port: number,
  base: string,
  settings: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const python = findEmulator();
  if (python === undefined) {
    throw new Error('These tests need the AWS emulator: npm run setup -- --for test installs it, or says how to.');
  }
  let said = '';
  const child = spawn(python, [LAUNCHER, String(port)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...settings },
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  }
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`The AWS emulator ended with status ${code}: ${said}`)));
  });
  ended.catch(() => {});
  const answers = async () => {
    for (let until = Date.now() + START_MS; Date.now() < until;) {
      const answered = await fetch(`${base}/moto-api/`).then(
        (response) => response.ok,
        () => false,
      );
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    child.kill('SIGKILL');
    throw new Error(`The AWS emulator did not answer within ${START_MS} ms: ${said}`);
  };
  await Promise.race([answers(), ended]);
  return child;
}

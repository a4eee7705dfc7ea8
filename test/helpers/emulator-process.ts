/** The process of the AWS emulator (moto), without a test runner around it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
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

/** The environment variable with the socket of the emulator that copies itself: it is the test run's. */
const COPIES = 'HOLDFAST_TEST_EMULATOR';

/** What moto reads when it needs it, in a copy too. Other variables it reads when it is loaded. */
const READ_LATE = new Set(['MOTO_IAM_LOAD_MANAGED_POLICIES', 'MOTO_S3_DEFAULT_MAX_KEYS']);

/**
 * Starts an emulator on a port of its own: a copy of the run's, which has loaded everything, or a new process.
 *
 * @param settings variables of moto
 * @throws Error with what it said, when it does not answer
 */
export async function startEmulatorProcess(settings: Readonly<Record<string, string>> = {}): Promise<EmulatorProcess> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const copies = process.env[COPIES];
  const late = Object.keys(settings).every((name) => READ_LATE.has(name));
  const running =
    copies !== undefined && late ? startCopy(copies, port, settings) : startServer([String(port)], settings);
  await untilItAnswers(running, () => answers(endpoint));
  return { endpoint, stop: () => running.stop() };
}

/**
 * Starts the emulator that {@link startEmulatorProcess} makes copies of from now on, here and in what inherits the
 * environment. Where there is none to start, the tests that need one say so.
 *
 * @param socket a path that does not exist yet
 * @throws Error with what it said, when it does not come up
 */
export async function startEmulatorForCopies(socket: string): Promise<Pick<EmulatorProcess, 'stop'>> {
  if (findEmulator() === undefined) return { stop: () => Promise.resolve() };
  const running = startServer(['--copies', socket]);
  await untilItAnswers(running, () => Promise.resolve(existsSync(socket)));
  process.env[COPIES] = socket;
  return {
    stop: () => {
      Reflect.deleteProperty(process.env, COPIES);
      return running.stop();
    },
  };
}

interface Running {
  /** Rejects with what it said when it ends by itself. */
  readonly ended: Promise<never>;
  /** What it has said last. */
  said(): string;
  stop(): Promise<void>;
}

function startServer(args: readonly string[], settings: Readonly<Record<string, string>> = {}): Running {
  const python = findEmulator();
  if (python === undefined) {
    throw new Error('These tests need the AWS emulator: npm run setup -- --for test installs it, or says how to.');
  }
  const child = spawn(python, [LAUNCHER, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...settings },
  });
  const closed = once(child, 'exit');
  return follow([child.stdout, child.stderr], closed, () => child.kill('SIGTERM'));
}

function startCopy(socket: string, port: number, settings: Readonly<Record<string, string>>): Running {
  const connection = connect(socket);
  connection.write(`${JSON.stringify({ port, settings })}\n`);
  return follow([connection], once(connection, 'close'), () => connection.end());
}

function follow(outputs: readonly Readable[], closed: Promise<unknown>, stop: () => void): Running {
  let said = '';
  for (const output of outputs) {
    output.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
  }
  const ended = closed.then(
    () => Promise.reject(new Error(`The AWS emulator ended: ${said}`)),
    (error: unknown) => Promise.reject(new Error(`The AWS emulator failed: ${said}`, { cause: error })),
  );
  ended.catch(() => {});
  return {
    ended,
    said: () => said,
    async stop() {
      stop();
      await closed.catch(() => {});
    },
  };
}

async function answers(endpoint: string): Promise<boolean> {
  return fetch(`${endpoint}/moto-api/`).then(
    (response) => response.ok,
    () => false,
  );
}

async function untilItAnswers(running: Running, answers: () => Promise<boolean>): Promise<void> {
  const answered = async () => {
    for (let until = Date.now() + START_MS; Date.now() < until;) {
      if (await answers()) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    void running.stop();
    throw new Error(`The AWS emulator did not answer within ${START_MS} ms: ${running.said()}`);
  };
  await Promise.race([answered(), running.ended]);
}

/** An S3 on this machine, for pipelines that store there: the emulator that the tests use. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { findEmulator } from '../../scripts/setup/emulator.mjs';
import { MissingError } from '../errors.mjs';
import { BUCKET } from './pipelines.mjs';

const START_MS = 60_000;

/**
 * `{ environment, reset(), largestObject(), stop() }`: the variables by which clients find it, a new empty bucket, and
 * the size in bytes of the largest object in that.
 *
 * @throws MissingError without an emulator
 */
export async function startLocalS3(signal) {
  const python = findEmulator();
  if (python === undefined) {
    throw new MissingError("This benchmark needs moto (pip install 'moto[server]'), or --pipelines without S3.");
  }
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const child = spawn(python, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' });
  const ask = async (path, method = 'GET') => {
    const answer = await fetch(`${endpoint}${path}`, { method, signal });
    if (!answer.ok) throw new Error(`The local S3 answered ${method} ${path} with ${answer.status}.`);
    return answer.text();
  };
  const began = performance.now();
  while (!(await ask('/moto-api/').then(Boolean, () => false))) {
    if (child.exitCode !== null || performance.now() - began > START_MS) throw new Error('The local S3 did not start.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'bench',
      AWS_SECRET_ACCESS_KEY: 'bench',
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
    },
    reset: async () => {
      await ask('/moto-api/reset', 'POST');
      await ask(`/${BUCKET}`, 'PUT');
    },
    largestObject: async () => {
      const list = await ask(`/${BUCKET}?list-type=2`);
      return Math.max(0, ...Array.from(list.matchAll(/<Size>(\d+)<\/Size>/g), ([, size]) => Number(size)));
    },
    stop: () => child.kill(),
  };
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

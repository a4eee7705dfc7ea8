/** A Redis server of a test file: a port of its own, nothing on disk. */
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createClient } from 'redis';
import { freePort } from '../../helpers/free-port.js';

export interface RedisServer {
  readonly port: number;
  /** Runs a command as the superuser of the tests. */
  command(...args: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

const OPERATOR = { username: 'operator', password: 'operator-of-the-tests' };

/** Paths of files in PEM. The operator signs in to `localhost`, which the certificate has to name. */
export interface RedisTls {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/**
 * @param tls the server then speaks nothing else
 * @throws Error with what to install; tests never skip for want of a program
 */
export async function startRedisServer(tls?: RedisTls): Promise<RedisServer> {
  const port = await freePort();
  const listen = tls
    ? [
        `--port 0 --tls-port ${port} --tls-auth-clients no`,
        `--tls-cert-file ${tls.certificate} --tls-key-file ${tls.key} --tls-ca-cert-file ${tls.authority}`,
      ]
    : [`--port ${port}`];
  const args = [...listen, '--bind 127.0.0.1', '--save ""', '--appendonly no'];
  const user = `--user ${OPERATOR.username} on >${OPERATOR.password} ~* &* +@all`;
  const child = spawn(
    'redis-server',
    [...args, user].flatMap((arg) => arg.split(' ')),
    {
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const failed = new Promise<never>((_, reject) => {
    child.once('error', () =>
      reject(new Error('These tests need redis-server: npm run setup -- --for test installs it.')),
    );
    child.once('exit', (code) => reject(new Error(`redis-server ended with status ${code}.`)));
  });
  failed.catch(() => {});
  const ready = (async () => {
    let said = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      said += String(text);
      if (said.includes('Ready to accept connections')) return;
    }
  })();
  await Promise.race([ready, failed]);
  child.stdout.resume();
  const socket = tls
    ? { host: 'localhost', port, tls: true as const, ca: readFileSync(tls.authority, 'utf8') }
    : { host: '127.0.0.1', port };
  const client = createClient({ ...OPERATOR, socket });
  client.on('error', () => {});
  await client.connect();
  return {
    port,
    command: (...command) => client.sendCommand([...command]),
    async stop() {
      client.destroy();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

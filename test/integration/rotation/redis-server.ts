/** A Redis server of a test file: a port of its own, no data on disk. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { originalClient } from '../../../src/core/redis-driver.js';
import { freePort } from '../../helpers/free-port.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

export interface RedisServer {
  readonly port: number;
  /** Runs a command as the superuser of the tests. */
  command(...args: readonly string[]): Promise<unknown>;
  /** With what it keeps in files, as after a failure of its machine. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const OPERATOR = { username: 'operator', password: 'operator-of-the-tests' };

/** Paths of files in PEM. The operator signs in to `localhost`, which the certificate has to name. */
export interface RedisTls {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Where a server keeps its users over a restart. */
export type UsersIn = 'an ACL file' | 'its configuration';

/**
 * @param tls the server then speaks nothing else
 * @param usersIn without it, a restart knows the operator alone
 * @throws Error with what to install; tests never skip for want of a program
 */
export async function startRedisServer(tls?: RedisTls, usersIn?: UsersIn): Promise<RedisServer> {
  const port = await freePort();
  const args = configuration(port, tls, usersIn);
  let running = await start(args, port, tls);
  return {
    port,
    command: (...command) => running.client.sendCommand([...command]),
    async restart() {
      await running.stop();
      running = await start(args, port, tls);
    },
    stop: () => running.stop(),
  };
}

function configuration(port: number, tls: RedisTls | undefined, usersIn: UsersIn | undefined): string[] {
  const listen = tls
    ? [
        `port 0`,
        `tls-port ${port}`,
        'tls-auth-clients no',
        `tls-cert-file ${tls.certificate}`,
        `tls-key-file ${tls.key}`,
        `tls-ca-cert-file ${tls.authority}`,
      ]
    : [`port ${port}`];
  const user = `user ${OPERATOR.username} on >${OPERATOR.password} ~* &* +@all`;
  const lines = [...listen, 'bind 127.0.0.1', 'save ""', 'appendonly no'];
  if (usersIn === undefined) return [...lines, user].flatMap((line) => `--${line}`.split(' '));
  const directory = temporaryDirectory();
  const [file, users] = [join(directory, 'redis.conf'), join(directory, 'users.acl')];
  if (usersIn === 'an ACL file') writeFileSync(users, `${user}\n`);
  writeFileSync(file, [...lines, usersIn === 'an ACL file' ? `aclfile ${users}` : user, ''].join('\n'));
  return [file];
}

interface RunningServer {
  readonly client: typeof originalClient;
  stop(): Promise<void>;
}

async function start(args: readonly string[], port: number, tls: RedisTls | undefined): Promise<RunningServer> {
  // A replica's first copy of its primary is a file in the folder where the server runs.
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: temporaryDirectory() });
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
  const client: RunningServer['client'] = originalClient.duplicate({ ...OPERATOR, socket });
  client.on('error', () => {});
  await client.connect();
  return {
    client,
    async stop() {
      client.destroy();
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Signs in at 127.0.0.1 as an application does that has read the secret. The caller destroys the client. */
export async function connectWith(value: Record<string, unknown>): Promise<RunningServer['client']> {
  const { port, username, password, authToken } = value as Record<string, string>;
  const client = originalClient.duplicate({
    username,
    password: password ?? authToken,
    socket: { host: '127.0.0.1', port: Number(port), reconnectStrategy: false },
  });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** @throws what the driver throws where the server does not let in */
export async function signIn(value: Record<string, unknown>): Promise<void> {
  const client = await connectWith(value);
  await client.ping();
  client.destroy();
}

/** Whether a password works, asked of the server itself. */
import { readFile } from 'node:fs/promises';
import { createClient } from 'redis';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import type { RedisSecret } from './redis-secret.js';
import type { RedisSettings } from './redis-settings.js';

const CONNECT_TIMEOUT_MS = 10_000;

/** The part of a client that is used here. */
export interface RedisSession {
  send(command: readonly string[]): Promise<unknown>;
  end(): void;
}

/** WRONGPASS: a wrong user or password. The other two: AUTH is off, or a password is wanted. */
const REFUSED = /^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password|ERR Client sent AUTH)/;

/** @throws HoldfastError AUTHENTICATION_FAILED, CONNECT_FAILED, ROTATION_SECRET_INVALID without a host */
export async function openRedisSession(
  secret: RedisSecret,
  credentials: { readonly username?: string | undefined; readonly password: Secret },
  settings: RedisSettings,
): Promise<RedisSession> {
  const host = settings.host ?? secret.host;
  if (host === undefined) {
    throw new HoldfastError('ROTATION_SECRET_INVALID', 'Neither the secret nor the rotation’s settings name a host.');
  }
  const port = settings.port ?? secret.port ?? 6379;
  const where = `${credentials.username ?? 'default'}@${host}:${port}`;
  const ca = settings.caFile === undefined ? undefined : await readFile(settings.caFile, 'utf8');
  const base = { host, port, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false } as const;
  const client = createClient({
    username: credentials.username,
    password: credentials.password.reveal(),
    socket: (settings.tls ?? secret.tls ?? true) ? { ...base, tls: true, ca } : base,
    disableOfflineQueue: true,
  });
  // Each failure shows in the command that it broke; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
    return {
      send: (command) => client.sendCommand([...command]),
      end: () => client.destroy(),
    };
  } catch (error) {
    if (client.isOpen) client.destroy();
    const words = messageOf(error);
    const code = REFUSED.test(words) ? 'AUTHENTICATION_FAILED' : 'CONNECT_FAILED';
    throw new HoldfastError(code, `Connecting to ${where}: ${words}.`, {
      hint: 'Check host, port and TLS, that the security group admits this function, and the user and password.',
    });
  }
}

/** Whether the server admits the secret's user with its password; what keeps it from answering is thrown. */
export async function redisSignInWorks(secret: RedisSecret, settings: RedisSettings): Promise<boolean> {
  try {
    const session = await openRedisSession(secret, secret, settings);
    session.end();
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'AUTHENTICATION_FAILED') return false;
    throw error;
  }
}

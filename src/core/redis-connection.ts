/** A connection to a Redis or Valkey server, signed in or not: the one way in, for rotation and for the audit. */
import { messageOf } from './errors.js';
import type { Secret } from './secret.js';

export interface RedisTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Certificates of the server's authority, PEM; the system's where it is not given. */
  readonly ca?: string | undefined;
  readonly connectTimeoutMs: number;
  /** Without one, commands are sent as whoever the server takes a stranger for. */
  readonly credential?: { readonly username?: string | undefined; readonly password: Secret } | undefined;
}

/** WRONGPASS: a wrong user or password. The others: AUTH is off, or a password is required. */
const REFUSED = /^(WRONGPASS|NOAUTH|ERR AUTH|ERR invalid password|ERR Client sent AUTH)/;

/** @throws what the driver throws, once the server has not answered a PING; see {@link isRedisRefusal} */
export async function connectRedis({ host, port, tls, ca, connectTimeoutMs, credential }: RedisTarget) {
  const { originalClient } = await import('./redis-driver.js');
  const base = { host, port, connectTimeout: connectTimeoutMs, reconnectStrategy: false } as const;
  const client = originalClient.duplicate({
    username: credential?.username,
    password: credential?.password.reveal(),
    socket: tls ? { ...base, tls: true, ca } : base,
    disableOfflineQueue: true,
  });
  // Each failure shows in the command that it broke; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await client.ping();
    return client;
  } catch (error) {
    if (client.isOpen) client.destroy();
    throw error;
  }
}

/** Whether the server let the user in, who may not PING. */
export function isRedisDenial(error: unknown): boolean {
  return messageOf(error).startsWith('NOPERM');
}

/** Whether the server answered, and did not let the user in. One that may not PING was let in: {@link isRedisDenial}. */
export function isRedisRefusal(error: unknown): boolean {
  return REFUSED.test(messageOf(error));
}

/** Whether a cache asks for a credential, tried on the cache itself: its settings say only that it should. */
import { createClient } from 'redis';
import { messageOf } from '../../../core/errors.js';
import type { Secret } from '../../../core/secret.js';
import { known, unknown, type Reading } from '../../reading.js';
import type { ReplicationGroupFact } from '../model.js';

export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** What the secret holds: a user and a password, or an AUTH token alone. */
export interface RedisCredential {
  readonly username?: string;
  readonly password: Secret;
  /** Certificates of the authorities to trust, PEM. @default those of Node.js */
  readonly ca?: string;
}

/** The secrets of the caches, in Secrets Manager. */
export interface RedisSecret {
  /** Its ARN; undefined: this cache is not tried. */
  readonly of: (replicationGroup: string) => string | undefined;
  /** What is in it. @throws HoldfastError where it is no credential of a cache */
  readonly parse: (text: string) => RedisCredential;
}

/** No part of `auditReadPolicy`: only who asks for this one secret to be read needs it. */
export const READS_REDIS_SECRET = 'secretsmanager:GetSecretValue';

const CONNECT_TIMEOUT_MS = 5000;

/** WRONGPASS: a wrong user or password. The other three: AUTH is off, or a password is wanted. */
const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR invalid password|ERR Client sent AUTH)/;

/** PINGs with the credential and without one. Unknown where the cache cannot be reached from here. */
export async function probeRedis(
  endpoint: RedisEndpoint,
  credential: RedisCredential,
): Promise<ReplicationGroupFact['credentialProbe']> {
  const withCredential = await answersPing(endpoint, credential.ca, credential);
  if ('unknown' in withCredential) return withCredential;
  const without = await answersPing(endpoint, credential.ca);
  if ('unknown' in without) return without;
  return known({ withCredential: withCredential.value, without: without.value });
}

async function answersPing(
  { host, port, tls }: RedisEndpoint,
  ca: string | undefined,
  credential?: RedisCredential,
): Promise<Reading<boolean>> {
  const base = { host, port, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false } as const;
  const client = createClient({
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
    return known(true);
  } catch (error) {
    const words = messageOf(error);
    return REFUSED.test(words) ? known(false) : unknown(`The cache at ${host}:${port} could not be reached: ${words}.`);
  } finally {
    if (client.isOpen) client.destroy();
  }
}

/** Whether a cache asks for a credential, tried on the cache itself: its settings say only that it should. */
import { createClient } from 'redis';
import { messageOf } from '../../core/errors.js';
import { known, type Reading, unknown } from '../model/reading.js';
import type { RedisCredential } from '../live/redis-secret.js';
import type { ReplicationGroupFact } from './facts.js';

export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

const CONNECT_TIMEOUT_MS = 5000;

/** WRONGPASS: a wrong user or password. The other three: AUTH is off, or a password is required. */
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

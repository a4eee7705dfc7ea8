/** Whether a cache asks for a credential, tried on the cache itself: its settings say only that it should. */
import { messageOf } from '../../core/errors.js';
import { connectRedis, isRedisDenial, isRedisRefusal } from '../../core/redis-connection.js';
import { known, type Reading, unknown } from '../model/reading.js';
import type { RedisCredential } from '../live/redis-secret.js';
import type { ReplicationGroupFact } from './facts.js';

export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

const CONNECT_TIMEOUT_MS = 5000;

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
  try {
    const client = await connectRedis({ host, port, tls, ca, connectTimeoutMs: CONNECT_TIMEOUT_MS, credential });
    client.destroy();
    return known(true);
  } catch (error) {
    // One that was let in and may not PING gets at nothing by it either.
    if (isRedisRefusal(error) || isRedisDenial(error)) return known(false);
    return unknown(`The cache at ${host}:${port} could not be reached: ${messageOf(error)}.`);
  }
}

/** Whether a password works, asked of the server itself: of the one that the secret's writer does not choose. */
import { readFile } from 'node:fs/promises';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import { connectRedis, isRedisDenial, isRedisRefusal } from '../../core/redis-connection.js';
import type { Secret } from '../../core/secret.js';
import type { RedisSecret } from './redis-secret.js';
import type { RedisSettings } from './redis-settings.js';

const REDIS_PORT = 6379;

/** The part of a client that is used here. */
export interface RedisSession {
  send(command: readonly string[]): Promise<unknown>;
  end(): void;
}

/** What Node.js says of a certificate that no trusted authority has signed. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_UNTRUSTED)/;

/** Where every password of a rotation goes. */
export interface RedisPlace {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * As the settings say, or the administrator's secret. What the secret itself says is for its clients: otherwise anyone who
 * may write it could have passwords sent to a server of their own, or in the clear.
 *
 * @throws HoldfastError ROTATION_REFUSED where nobody names a host
 */
export function redisPlace({ host, port, tls }: RedisSettings, administrator?: Partial<RedisPlace>): RedisPlace {
  const named = host ?? administrator?.host;
  if (named !== undefined) {
    return { host: named, port: port ?? administrator?.port ?? REDIS_PORT, tls: tls ?? administrator?.tls ?? true };
  }
  throw new HoldfastError(
    'ROTATION_REFUSED',
    `${administrator ? "Neither the administrator's secret nor the rotation's settings say" : "The rotation's settings do not say"} on which host passwords may be tried, and the secret cannot.`,
    { hint: 'Name the host in the settings.' },
  );
}

/**
 * @throws HoldfastError AUTHENTICATION_FAILED, CONNECT_FAILED, CONFIG_INVALID where the authority's certificates cannot be
 *   read
 */
export async function openRedisSession(
  { host, port, tls }: RedisPlace,
  credentials: { readonly username?: string | undefined; readonly password: Secret },
  settings: RedisSettings,
): Promise<RedisSession> {
  const where = `${credentials.username ?? 'default'}@${host}:${port}`;
  const ca = await readAuthority(settings);
  const connectTimeoutMs = settings.connectTimeout * 1000;
  try {
    const client = await connectRedis({ host, port, tls, ca, connectTimeoutMs, credential: credentials });
    return {
      send: (command) => client.sendCommand([...command]),
      end: () => client.destroy(),
    };
  } catch (error) {
    const code = isRedisRefusal(error) ? 'AUTHENTICATION_FAILED' : 'CONNECT_FAILED';
    throw new HoldfastError(code, `Connecting to ${where}: ${messageOf(error)}.`, {
      cause: new Error(messageOf(error)),
      hint: hintFor(error, tls),
    });
  }
}

async function readAuthority({ caFile }: RedisSettings): Promise<string | undefined> {
  if (caFile === undefined) return undefined;
  return readFile(caFile, 'utf8').catch((error: unknown) => {
    throw new HoldfastError('CONFIG_INVALID', `Reading caFile of the rotation's settings: ${messageOf(error)}.`, {
      hint: "It is the path, where the rotation runs, of the certificates of the server's authority (PEM).",
    });
  });
}

function hintFor(error: unknown, tls: boolean): string {
  const code = systemCodeOf(error) ?? '';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return "Use a host that the server's certificate names: host in the rotation's settings, or in the administrator's secret.";
  }
  if (UNTRUSTED.test(code)) {
    return "Name the certificates of the server's authority as caFile in the rotation's settings; on ElastiCache, check the host.";
  }
  return `Check host and port, TLS (here it is ${tls ? 'required' : 'off'}: tls in the settings, or in the administrator's secret), that the security group admits this function, and the user and password.`;
}

/** Whether the server admits the secret's user with its password; what keeps it from answering is thrown. */
export async function redisSignInWorks(
  secret: RedisSecret,
  place: RedisPlace,
  settings: RedisSettings,
): Promise<boolean> {
  try {
    const session = await openRedisSession(place, secret, settings);
    session.end();
    return true;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'AUTHENTICATION_FAILED') return false;
    // It was let in, and may do less than we tried.
    if (isRedisDenial(error.cause)) return true;
    throw error;
  }
}

/** Whether a password works, asked of the server itself. */
import { readFile } from 'node:fs/promises';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import { connectRedis, isRedisRefusal } from '../../core/redis-connection.js';
import type { Secret } from '../../core/secret.js';
import type { RedisSecret } from './redis-secret.js';
import type { RedisSettings } from './redis-settings.js';

/** The part of a client that is used here. */
export interface RedisSession {
  send(command: readonly string[]): Promise<unknown>;
  end(): void;
}

/** What Node.js says of a certificate that no trusted authority has signed. */
const UNTRUSTED = /^(UNABLE_TO_|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_UNTRUSTED)/;

/**
 * @throws HoldfastError AUTHENTICATION_FAILED, CONNECT_FAILED, ROTATION_SECRET_INVALID without a host, CONFIG_INVALID
 *   where the authority's certificates cannot be read
 */
export async function openRedisSession(
  secret: RedisSecret,
  credentials: { readonly username?: string | undefined; readonly password: Secret },
  settings: RedisSettings,
): Promise<RedisSession> {
  const host = settings.host ?? secret.host;
  if (host === undefined) {
    throw new HoldfastError('ROTATION_SECRET_INVALID', "Neither the secret nor the rotation's settings name a host.");
  }
  const port = settings.port ?? secret.port ?? 6379;
  const where = `${credentials.username ?? 'default'}@${host}:${port}`;
  const ca = await readAuthority(settings);
  const tls = settings.tls ?? secret.tls ?? true;
  const connectTimeoutMs = settings.connectTimeout * 1000;
  try {
    const client = await connectRedis({ host, port, tls, ca, connectTimeoutMs, credential: credentials });
    return {
      send: (command) => client.sendCommand([...command]),
      end: () => client.destroy(),
    };
  } catch (error) {
    const code = isRedisRefusal(error) ? 'AUTHENTICATION_FAILED' : 'CONNECT_FAILED';
    throw new HoldfastError(code, `Connecting to ${where}: ${messageOf(error)}.`, { hint: hintFor(error, tls) });
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
    return "Use a host that the server's certificate names: host in the secret, or in the rotation's settings.";
  }
  if (UNTRUSTED.test(code)) {
    return "Name the certificates of the server's authority as caFile in the rotation's settings; on ElastiCache, check the host.";
  }
  return `Check host and port, TLS (here it is ${tls ? 'required' : 'off'}: tls in the settings, or in the secret with this password), that the security group admits this function, and the user and password.`;
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

/** Sessions of a rotation: always with the writer, over TLS that is verified, under an identity that is named. */
import type pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import { openAccess } from '../../postgres/connection.js';
import type { PostgresSecret } from './postgres-secret.js';

/** Of our sessions, in pg_stat_activity. */
export const APPLICATION_NAME = 'holdfast rotation';

/** How the server is reached. */
export interface PostgresReach {
  /** libpq's sslmode. @default 'verify-full' */
  readonly sslmode?: 'verify-full' | 'verify-ca' | 'require' | 'disable' | undefined;
  /** File with the certificates to trust: RDS's CA bundle, or `system`. */
  readonly sslrootcert?: string | undefined;
  /**
   * The only hosts that the administrator may sign in to. Otherwise anyone who may write the user's secret could send
   * the administrator's password to a server of their own. @default the secret's host, whatever it is
   */
  readonly hosts?: readonly string[] | undefined;
  /** The only port. @default the administrator's; any, where there is none */
  readonly port?: number | undefined;
  /** Seconds. @default 10 */
  readonly connectTimeout?: number | undefined;
}

export interface Credentials {
  readonly username: string;
  readonly password: Secret;
}

/** Aurora's reader endpoint. A change of a password there fails, and a test there proves nothing of the writer. */
const READER_ENDPOINT = /\.cluster-ro-[^.]+\./i;

/**
 * @param database @default the secret's
 * @throws HoldfastError ROTATION_REFUSED for a reader or a host that is not admitted; CONNECT_FAILED,
 *   AUTHENTICATION_FAILED, DATABASE_MISSING
 */
export async function openRotationSession(
  place: PostgresSecret,
  { username, password }: Credentials,
  reach: PostgresReach,
  options: {
    readonly database?: string;
    readonly asItBegins?: boolean;
    readonly signal?: AbortSignal | undefined;
  } = {},
): Promise<pg.Client> {
  requireWriterPlace(place, reach);
  const access = await openAccess({
    target: {
      host: place.host,
      port: String(place.port),
      user: username,
      database: options.database ?? place.dbname,
      parameters: {
        sslmode: reach.sslmode ?? 'verify-full',
        ...(reach.sslrootcert === undefined ? {} : { sslrootcert: reach.sslrootcert }),
        connect_timeout: String(reach.connectTimeout ?? 10),
      },
    },
    authentication: { kind: 'password', password },
    // Nothing in the environment decides where a password is sent.
    env: {},
  });
  const { asItBegins, signal } = options;
  const client = await access.connect({ applicationName: APPLICATION_NAME, asItBegins, signal, neverInClear: true });
  try {
    const { rows } = await client.query<{ reader: boolean }>('SELECT pg_catalog.pg_is_in_recovery() AS reader');
    if (rows[0]?.reader) throw reader(place.host, 'the server that answers is a reader');
    return client;
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** Ends a session, with its settings as they began: a pooler may give it to another client. */
export async function endRotationSession(client: pg.Client): Promise<void> {
  // One that is broken has no settings any more.
  await client.query('DISCARD ALL').catch(() => {});
  await client.end();
}

/** @throws HoldfastError ROTATION_REFUSED */
export function requireWriterPlace({ host, port }: PostgresSecret, { hosts, port: only }: PostgresReach): void {
  if (READER_ENDPOINT.test(host)) throw reader(host, 'that is the reader endpoint of a cluster');
  if (hosts !== undefined && !hosts.includes(host)) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `Connecting to ${host}, which the secret names: this rotation is only for ${hosts.join(', ')}.`,
      { hint: 'Find out who changed the secret; if the database has moved, deploy the rotation with its new host.' },
    );
  }
  if (only !== undefined && port !== only) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `Connecting to port ${port} of ${host}, which the secret names: this rotation is only for port ${only}.`,
      { hint: 'Find out who changed the secret; if the database has moved, deploy the rotation with its new port.' },
    );
  }
}

function reader(host: string, reason: string): HoldfastError {
  return new HoldfastError('ROTATION_REFUSED', `Connecting to ${host}, which the secret names: ${reason}.`, {
    hint: "Put the cluster's writer endpoint into the secret's host.",
  });
}

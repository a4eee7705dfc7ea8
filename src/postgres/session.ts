/** Opens one session with `pg`, over the hosts and TLS attempts that libpq would try, and sets it up for our use. */
import type pg from 'pg';
import { abortError, throwIfAborted } from '../core/cancellation.js';
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';
import { boundedClient } from './bounded-client.js';
import { connectionError, isAuthenticationFailure, isUnreachable, isWithoutTls } from './connection-errors.js';
import { describeTarget } from '../syntax/libpq/connection-target.js';
import type { PassfileAnswer } from './passfile.js';
import { emptySearchPath, guardSession, type GuardOptions } from './session-guard.js';
import { sessionOptions } from './session-options.js';
import { choosesRole, connectGuarded, type StartupGuard } from './startup-guard.js';
import type { ResolvedTarget } from './target-defaults.js';
import { tlsAttempts, type TlsAttempt } from './tls-options.js';

/** How long one attempt to connect may take, in seconds, when neither URL nor environment says. */
export const CONNECT_TIMEOUT_S = 30;

export interface ConnectOptions extends GuardOptions {
  /** As shown in pg_stat_activity. @default 'holdfast' */
  readonly applicationName?: string;
  /** Cuts the connection, at any time in its life. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Changes no setting of the session: behind a pooler, the next client of the same user gets it. For a look whether
   * somebody is let in, with no rights but theirs.
   *
   * @default false
   */
  readonly asItBegins?: boolean;
  /** Whether rows are read from it in bulk, by `CopiedRows`. @default false */
  readonly bulk?: boolean;
  /**
   * Hands the password to no server that asks for it in the clear: one that knows it can ask for a proof (SCRAM, MD5).
   *
   * @default false
   */
  readonly neverInClear?: boolean;
}

export interface SessionRequest extends ConnectOptions {
  readonly target: ResolvedTarget;
  /** Called when the server asks for a password. */
  readonly password: (host: string, port: string) => Promise<PassfileAnswer>;
  readonly home: string | undefined;
  /** What the server accepts at the start of a session; filled in by the first session. */
  readonly startup: StartupGuard;
  /** Told the role that the session began to act as by a setting of others, which the start did not undo. */
  readonly onForeignRole?: (role: string | undefined) => void;
}

/**
 * @throws HoldfastError CONNECT_FAILED, AUTHENTICATION_FAILED, LOGIN_TRIGGER_FAILED, DATABASE_MISSING, URL_INVALID; the
 *   signal's error
 */
export async function openSession(request: SessionRequest): Promise<pg.Client> {
  throwIfAborted(request.signal);
  const failures: string[] = [];
  let last: unknown;
  for (const place of places(request.target)) {
    const attempts = await tlsAttempts(request.target.parameters, place.host, request.home);
    for (const [index, tls] of attempts.entries()) {
      try {
        const client = await connectGuarded(request.startup, request.target.parameters.options, (options) =>
          connectOnce(request, { place, tls, options }),
        );
        if (!request.asItBegins) await prepareSession(client, request);
        return client;
      } catch (error) {
        if (request.signal?.aborted) throw abortError(request.signal);
        last = error;
        // Under "prefer", missing TLS is not the failure to report; the outcome of the attempt without TLS is.
        if (isWithoutTls(error) && index < attempts.length - 1) continue;
        failures.push(connectionError(request.target, error).reason);
        // The other attempt on the same host helps neither with a wrong password nor when nobody answers.
        if (isUnreachable(error) || isAuthenticationFailure(error, 'password')) break;
      }
    }
    // As in libpq, a server that answered and refused ends the search.
    if (isAuthenticationFailure(last, 'any')) break;
  }
  throw connectionError(request.target, last, [...new Set(failures)]).error;
}

interface Place {
  readonly host: string;
  readonly address: string;
  readonly port: string;
}

function places(target: ResolvedTarget): Place[] {
  const hosts = target.host.split(',');
  const addresses = (target.parameters.hostaddr ?? target.host).split(',');
  const ports = target.port.split(',');
  if (addresses.length !== hosts.length || (ports.length !== 1 && ports.length !== hosts.length)) {
    throw new HoldfastError(
      'URL_INVALID',
      `Connecting to ${describeTarget(target)}: ${hosts.length} hosts, ${addresses.length} addresses and ${ports.length} ports do not match.`,
    );
  }
  return hosts.map((host, index) => ({
    host,
    address: addresses[index] || host,
    port: (ports.length === 1 ? ports[0] : ports[index]) || '5432',
  }));
}

interface Attempt {
  readonly place: Place;
  readonly tls: TlsAttempt;
  /** `options` of the startup packet. */
  readonly options: string | undefined;
}

async function connectOnce(request: SessionRequest, { place, tls, options }: Attempt): Promise<pg.Client> {
  const { target, signal } = request;
  requireOneParameterEach(target);
  const client = boundedClient(
    {
      host: place.address,
      port: Number(place.port),
      user: target.user,
      database: target.database,
      ssl: tls,
      sslnegotiation: tls && target.parameters.sslnegotiation === 'direct' ? 'direct' : 'postgres',
      enableChannelBinding: target.parameters.channel_binding !== 'disable',
      options: options ?? noOptions(),
      application_name: target.parameters.application_name ?? request.applicationName ?? 'holdfast',
      connectionTimeoutMillis: connectTimeoutSeconds(target) * 1000,
      // RDS, NAT gateways and load balancers drop connections that are silent for minutes, as that of an idle snapshot
      // holder is.
      keepAlive: true,
      keepAliveInitialDelayMillis: 30_000,
      password: async () => {
        requireBinding();
        if (inClear && request.neverInClear) throw refusedInClear(target);
        const { password, refused } = await request.password(place.host, place.port);
        if (password) return password.reveal();
        throw new HoldfastError(
          'AUTHENTICATION_FAILED',
          `Connecting to ${describeTarget(target)}: the server asks for a password, and ${refused ?? 'none was given'}.`,
          {
            hint: 'Give it in PGPASSWORD, a passfile (mode 0600), HOLDFAST_URL or a secret, or use IAM authentication.',
          },
        );
      },
    },
    request.bulk,
  );
  let offersBinding = false;
  const requireBinding = () => {
    if (offersBinding || target.parameters.channel_binding !== 'require') return;
    throw new HoldfastError(
      'AUTHENTICATION_FAILED',
      `Connecting to ${describeTarget(target)}: channel_binding is "require", but the server does not offer it.`,
    );
  };
  const wire = client.connection as unknown as NodeJS.EventEmitter;
  let inClear = false;
  wire.on('authenticationCleartextPassword', () => (inClear = true));
  wire.on('authenticationSASL', (message: { mechanisms?: readonly string[] }) => {
    offersBinding = Boolean(tls) && (message.mechanisms ?? []).includes('SCRAM-SHA-256-PLUS');
  });
  // A connection that breaks while idle surfaces in the next query; without a listener it would end the process.
  client.on('error', () => {});

  const cut = () => client.connection.stream.destroy();
  signal?.addEventListener('abort', cut, { once: true });
  client.once('end', () => signal?.removeEventListener('abort', cut));
  try {
    await client.connect();
    requireBinding();
    partInTime(client);
    return client;
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
}

/** The parameters of a startup packet end with NUL: within a name, the rest of it would be parameters of its own. */
function requireOneParameterEach({ user, database }: ResolvedTarget): void {
  if (!`${user}${database}`.includes('\0')) return;
  throw new HoldfastError(
    'URL_INVALID',
    `Preparing the connection: the name of the user ${quoted(user)} or of the database ${quoted(database)} has a NUL character.`,
  );
}

function refusedInClear(target: ResolvedTarget): HoldfastError {
  return new HoldfastError(
    'CONNECT_FAILED',
    `Connecting to ${describeTarget(target)}: the server asks for the password in the clear, and is not given it.`,
    { hint: 'Check that it is the right server; its pg_hba.conf should have scram-sha-256 there.' },
  );
}

/** How long a server may take to close a connection that has been ended, in milliseconds. */
const PARTING_MS = 2_000;

/**
 * The driver's `end()` waits for the server to close the connection. A program started by the database's code inherits
 * the connection, so it may stay open for as long as that program likes; what we sent has arrived by then.
 */
function partInTime(client: pg.Client): void {
  const { stream } = client.connection;
  stream.once('finish', () => {
    const timer = setTimeout(() => stream.destroy(), PARTING_MS);
    stream.once('close', () => clearTimeout(timer));
  });
}

/** Seconds; as libpq reads it: zero and below wait forever, and one counts as two. */
export function connectTimeoutSeconds(target: ResolvedTarget): number {
  const given = target.parameters.connect_timeout;
  if (!given) return CONNECT_TIMEOUT_S;
  const seconds = Number.parseInt(given, 10);
  if (Number.isNaN(seconds)) {
    throw new HoldfastError(
      'URL_INVALID',
      `Preparing the connection: connect_timeout is ${quoted(given)}, not a number.`,
    );
  }
  return seconds <= 0 ? 0 : Math.max(2, seconds);
}

/** What every session begins with, before any other statement. */
async function prepareSession(client: pg.Client, request: SessionRequest): Promise<void> {
  try {
    await emptySearchPath(client);
    await requireSessionKind(client, request.target.parameters.target_session_attrs);
    const ownRole = choosesRole(request.target.parameters.options);
    request.onForeignRole?.(await guardSession(client, describeTarget(request.target), { ...request, ownRole }));
  } catch (error) {
    client.connection.stream.destroy();
    throw error;
  }
}

/**
 * `target_session_attrs`: the hosts of a cluster are listed together, and only one of the wanted kind is acceptable.
 */
async function requireSessionKind(client: pg.Client, wanted: string | undefined): Promise<void> {
  if (!wanted || wanted === 'any' || wanted === 'prefer-standby') return;
  const { rows } = await client.query<{ standby: boolean; readonly: string }>(
    `SELECT pg_catalog.pg_is_in_recovery() AS standby, pg_catalog.current_setting('transaction_read_only') AS readonly`,
  );
  const standby = rows[0]?.standby ?? false;
  const readOnly = standby || rows[0]?.readonly === 'on';
  const fits = { 'read-write': !readOnly, 'read-only': readOnly, primary: !standby, standby }[wanted];
  if (fits === undefined) {
    throw new HoldfastError('URL_INVALID', `Preparing the connection: target_session_attrs is ${quoted(wanted)}.`);
  }
  if (!fits) throw new Error(`the server is not ${quoted(wanted)}, which target_session_attrs asks for`);
}

/**
 * If it is given nothing, the driver takes PGOPTIONS from our environment, but sessions of a throwaway server must not
 * get what a user has set for another server. Sent only then: connection poolers refuse any options.
 */
function noOptions(): string | undefined {
  return process.env.PGOPTIONS ? sessionOptions([['client_min_messages', 'notice']]) : undefined;
}

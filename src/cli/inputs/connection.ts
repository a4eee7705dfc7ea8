/** Reaching databases: from a URL, or from an entry of the config. */
import { constants } from 'node:fs';
import { access as accessFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { requireFilledIn, type ServerConfig } from '../../config/index.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { ConnectionTarget } from '../../postgres/connection-target.js';
import { parseConnectionUrl } from '../../postgres/connection-url.js';
import { openAccess, type Authentication, type DatabaseAccess } from '../../postgres/connection.js';
import type { Session } from '../session.js';

/** The options that say how to sign in. */
export interface SignInOptions {
  readonly iam?: boolean;
  readonly passfile?: string;
  readonly secret?: string;
}

/**
 * Access by a connection URL.
 *
 * @param given the value of `--url`, `--to` or `--server`; `-` reads the URL from standard input
 * @throws HoldfastError URL_INVALID, USAGE
 */
export async function accessByUrl(session: Session, given: string, signIn: SignInOptions): Promise<DatabaseAccess> {
  const url = given === '-' ? await readLine(session) : given;
  return open(session, parseConnectionUrl(url), signIn, undefined);
}

/**
 * Access to a database of the config.
 *
 * @param database its name on the server
 * @param what for messages: `database "appdb"`
 * @throws HoldfastError CONFIG_INVALID for what is not filled in, URL_INVALID, USAGE
 */
export async function accessByConfig(
  session: Session,
  server: ServerConfig,
  database: string,
  what: string,
  signIn: SignInOptions,
): Promise<DatabaseAccess> {
  requireFilledIn(what, server);
  const base = server.url === undefined ? { parameters: {} } : parseConnectionUrl(server.url);
  const { host, user, sslmode, sslrootcert, passfile } = server;
  if (server.secretArn !== undefined && (host ?? base.host) === undefined) {
    throw secretsUnsupported(
      `${what} takes its host from the secret ${server.secretArn}`,
      'Add its host to the config',
    );
  }
  const target: ConnectionTarget = {
    ...base,
    ...withoutUndefined({ host, user, port: server.port === undefined ? undefined : String(server.port) }),
    database,
    parameters: { ...base.parameters, ...withoutUndefined({ sslmode, sslrootcert, passfile }) },
  };
  const access = await open(session, target, { ...signIn, iam: signIn.iam ?? server.iam }, server.region);
  if (server.secretArn !== undefined && !signIn.iam) await requirePassword(access, what, server.secretArn);
  return access;
}

async function open(
  session: Session,
  target: ConnectionTarget,
  signIn: SignInOptions,
  region: string | undefined,
): Promise<DatabaseAccess> {
  if (signIn.secret !== undefined) throw secretsUnsupported('--secret names one', 'Leave --secret out');
  const passfile = signIn.passfile === undefined ? undefined : await readablePassfile(session, signIn.passfile);
  const parameters = passfile === undefined ? target.parameters : { ...target.parameters, passfile };
  const authentication: Authentication = signIn.iam ? { kind: 'iam', region } : { kind: 'default' };
  return openAccess({ target: { ...target, parameters }, authentication, env: session.env });
}

/** libpq passes over a file that is not there; who names one wants it read. */
async function readablePassfile(session: Session, file: string): Promise<string> {
  const path = resolve(session.cwd, file);
  try {
    await accessFile(path, constants.R_OK);
    return path;
  } catch (error) {
    throw new HoldfastError('USAGE', `Reading the passfile ${path}: ${messageOf(error)}.`, {
      cause: error,
      hint: 'Give the path of a file with lines host:port:database:user:password and mode 0600.',
    });
  }
}

async function requirePassword(access: DatabaseAccess, what: string, secretArn: string): Promise<void> {
  // With several hosts libpq looks each up in the passfile by itself.
  if (access.target.host.includes(',')) return;
  if ((await access.childEnvironment()).PGPASSWORD !== undefined) return;
  throw secretsUnsupported(`the password of ${what} lies in the secret ${secretArn}`, 'No other password was found');
}

function secretsUnsupported(reason: string, first: string): HoldfastError {
  return new HoldfastError('USAGE', `This version cannot read AWS Secrets Manager, and ${reason}.`, {
    hint: `${first}, and give the password by PGPASSWORD or a passfile, or use --iam.`,
  });
}

/** The first line of standard input. */
async function readLine(session: Session): Promise<string> {
  let text = '';
  try {
    for await (const chunk of addAbortSignal(session.signal, session.stdin)) {
      text += String(chunk);
      if (text.includes('\n')) break;
    }
  } catch (error) {
    throwIfAborted(session.signal);
    throw error;
  }
  const line = text.split('\n', 1)[0]?.trim() ?? '';
  if (line !== '') return line;
  throw new HoldfastError('USAGE', 'Reading the connection URL from standard input: it is empty.', {
    hint: 'Write it there: printf \'%s\\n\' "$URL" | holdfast … --url -',
  });
}

function withoutUndefined<T extends object>(group: T): { [K in keyof T]: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(group).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: NonNullable<T[K]>;
  };
}

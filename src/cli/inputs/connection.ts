/** Reaching databases: from a URL, or from an entry of the config. */
import { constants } from 'node:fs';
import { access as accessFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { secretArnProblem } from '../../syntax/arn.js';
import type { ServerConfig } from '../../config/config.js';
import { requireFilledIn } from '../../config/placeholders.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { systemReasonOf } from '../../core/system-reason.js';
import { withoutUndefined } from '../../core/without-undefined.js';
import type { ConnectionTarget } from '../../syntax/libpq/connection-target.js';
import { parseConnectionUrl } from '../../syntax/libpq/connection-url.js';
import { openAccess, type Authentication, type DatabaseAccess } from '../../postgres/connection.js';
import { parseDatabaseSecret } from '../../postgres/secrets-manager/database-secret.js';
import { fetchSecret } from '../../postgres/secrets-manager/fetch-secret.js';
import { openSecretAccess, withSecret } from '../../postgres/secrets-manager/secret-access.js';
import type { Session } from '../session.js';

/** The options that say how to sign in. */
export interface SignInOptions {
  readonly iam?: boolean;
  readonly passfile?: string;
  /** ARN of a secret in Secrets Manager. */
  readonly secret?: string;
}

/**
 * Access by a connection URL.
 *
 * @param given the value of `--url`, `--to` or `--server`; `-` reads the URL from standard input
 * @throws HoldfastError URL_INVALID, USAGE, and as reading a secret does: SECRET_MISSING …
 */
export async function accessByUrl(session: Session, given: string, signIn: SignInOptions): Promise<DatabaseAccess> {
  const url = given === '-' ? await readLine(session) : given;
  return open(session, parseConnectionUrl(url), signIn, undefined);
}

/** Access by a secret that says everything: host, user, password and database; errors as of {@link accessByUrl}. */
export function accessBySecret(session: Session, signIn: SignInOptions): Promise<DatabaseAccess> {
  return open(session, { parameters: {} }, signIn, undefined);
}

/**
 * Access to a database of the config.
 *
 * @param database its name on the server
 * @param what for messages: `database "appdb"`
 * @throws HoldfastError CONFIG_INVALID for what is not filled in, URL_INVALID, USAGE, and as reading a secret does
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
  const { host, user, sslmode, sslrootcert, passfile, secretArn } = server;
  const target: ConnectionTarget = {
    ...base,
    ...withoutUndefined({ host, user, port: server.port === undefined ? undefined : String(server.port) }),
    database,
    parameters: { ...base.parameters, ...withoutUndefined({ sslmode, sslrootcert, passfile }) },
  };
  const onCommandLine = signIn.secret !== undefined || signIn.iam === true || signIn.passfile !== undefined;
  if (!onCommandLine) return open(session, target, { iam: server.iam, secret: secretArn }, server.region);
  return open(session, await placedBySecret(session, target, signIn, secretArn), signIn, server.region);
}

/** The password may come from elsewhere while host, port and user are still those in the config's secret. */
async function placedBySecret(
  session: Session,
  target: ConnectionTarget,
  signIn: SignInOptions,
  secretArn: string | undefined,
): Promise<ConnectionTarget> {
  if (secretArn === undefined || signIn.secret !== undefined || target.host !== undefined) return target;
  const { env, signal } = session;
  return withSecret(target, parseDatabaseSecret(await fetchSecret(secretArn, { env, signal })), env);
}

async function open(
  session: Session,
  target: ConnectionTarget,
  signIn: SignInOptions,
  region: string | undefined,
): Promise<DatabaseAccess> {
  const { env, signal } = session;
  if (signIn.secret !== undefined) return openSecretAccess({ arn: secretArnOf(signIn.secret), target, env, signal });
  const passfile = signIn.passfile === undefined ? undefined : await readablePassfile(session, signIn.passfile);
  const parameters = passfile === undefined ? target.parameters : { ...target.parameters, passfile };
  const authentication: Authentication = signIn.iam ? { kind: 'iam', region } : { kind: 'default' };
  return openAccess({ target: { ...target, parameters }, authentication, env });
}

/** Checked without being repeated: it may be the secret itself. */
function secretArnOf(given: string): string {
  const problem = secretArnProblem(given);
  if (problem === undefined) return given;
  throw new HoldfastError('USAGE', 'The value of --secret is not the ARN of a secret.', { hint: problem });
}

/** libpq passes over a file that is not there; who names one wants it read. */
async function readablePassfile(session: Session, file: string): Promise<string> {
  const path = resolve(session.cwd, file);
  try {
    await accessFile(path, constants.R_OK);
    return path;
  } catch (error) {
    throw new HoldfastError('USAGE', `Reading the passfile ${path}: ${systemReasonOf(error)}.`, {
      cause: error,
      hint: 'Give the path of a file with lines host:port:database:user:password and mode 0600.',
    });
  }
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

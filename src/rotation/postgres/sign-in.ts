/** Whether credentials work, and the session of the administrator. */
import pg from 'pg';
import { HoldfastError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { quoted } from '../../core/quoted.js';
import { generatePassword } from '../generate-password.js';
import { parseAdministratorSecret, POSTGRES_PORT, withCredentials, type PostgresSecret } from './postgres-secret.js';
import type { PostgresSettings } from './postgres-settings.js';
import { endRotationSession, openRotationSession, requireWriterPlace } from './rotation-session.js';

/** What the adapter is given to work with. */
export interface PostgresEnvironment {
  /** ARN of the secret that is rotated. */
  readonly secretId: string;
  readonly settings: PostgresSettings;
  /** The current text of another secret; `undefined` where it has none. */
  readonly readSecret: (secretId: string) => Promise<string | undefined>;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Whether the server admits the secret's user with its password. Anything else that keeps it from answering is thrown:
 * a server out of reach says nothing about a password.
 */
export async function signInWorks(secret: PostgresSecret, environment: PostgresEnvironment): Promise<boolean> {
  const { settings, signal } = environment;
  try {
    const client = await openRotationSession(secret, secret, settings, { asItBegins: true, signal });
    await client.end();
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    if (isAfterPassword(error)) return true;
    throw error;
  }
}

/**
 * - `proven`: the password is accepted, and a wrong one is not.
 * - `refused`: it is not accepted.
 * - `any`: so is every other one, as with `trust`; that it is accepted proves nothing.
 */
export type PasswordProof = 'proven' | 'refused' | 'any';

export async function proofOfPassword(
  secret: PostgresSecret,
  environment: PostgresEnvironment,
): Promise<PasswordProof> {
  if (!(await signInWorks(secret, environment))) return 'refused';
  const wrong = withCredentials(secret, secret.username, generatePassword());
  return (await signInWorks(wrong, environment)) ? 'any' : 'proven';
}

/** What poolers say of users that they do not know yet, under the code of any other protocol error. */
const POOLER_REFUSAL =
  /no such user|no credentials for the role|password authentication failed|(SASL|SCRAM|client) authentication failed|auth failed/i;

function isRefusal(error: unknown): boolean {
  if (!(error instanceof HoldfastError)) return false;
  if (error.code === 'AUTHENTICATION_FAILED') return true;
  const { cause } = error;
  return cause instanceof pg.DatabaseError && cause.code === '08P01' && POOLER_REFUSAL.test(cause.message);
}

/** Where the server looks at limits once it has accepted the password; `InitProcess` does it before that. */
const AFTER_PASSWORD = new Set(['InitializeSessionUserId', 'CheckMyDatabase', 'InitPostgres']);

function isAfterPassword(error: unknown): boolean {
  const cause = error instanceof HoldfastError ? error.cause : undefined;
  return cause instanceof pg.DatabaseError && cause.code === '53300' && AFTER_PASSWORD.has(cause.routine ?? '');
}

/** Whether the secret, or the rotation's settings, name an administrator. */
export function hasAdministrator(secret: PostgresSecret, { settings }: PostgresEnvironment): boolean {
  return (settings.administratorSecretArn ?? secret.masterarn) !== undefined;
}

/**
 * Runs `work` with the administrator's sessions, and ends them.
 *
 * @throws HoldfastError ROTATION_SECRET_INVALID, ROTATION_REFUSED, AUTHENTICATION_FAILED, CONNECT_FAILED
 */
export async function withAdministrator<T>(
  secret: PostgresSecret,
  environment: PostgresEnvironment,
  work: (client: pg.Client, connectTo: (database: string) => Promise<pg.Client>) => Promise<T>,
): Promise<T> {
  const { settings, signal } = environment;
  requireWriterPlace(secret, settings);
  const administrator = await readAdministrator(secret, environment);
  const connect = async (database?: string) => {
    try {
      return await openRotationSession(secret, administrator, settings, { database, signal });
    } catch (error) {
      if (!(error instanceof HoldfastError) || error.code !== 'AUTHENTICATION_FAILED') throw error;
      // RDS rotates that secret by itself, perhaps between our reading and our signing in.
      const again = await readAdministrator(secret, environment);
      if (again.password.reveal() === administrator.password.reveal()) throw administratorRefused(error);
      return openRotationSession(secret, again, settings, { database, signal });
    }
  };
  const client = await connect();
  try {
    return await work(client, connect);
  } finally {
    await endRotationSession(client);
  }
}

async function readAdministrator(secret: PostgresSecret, environment: PostgresEnvironment) {
  const { settings } = environment;
  const arn = settings.administratorSecretArn ?? secret.masterarn;
  if (arn === undefined) {
    throw new HoldfastError('ROTATION_SECRET_INVALID', `The secret of "${secret.username}" names no administrator.`, {
      hint: "Put the ARN of the administrator's secret into its field masterarn.",
    });
  }
  if (settings.administratorSecretArn === undefined && settings.hosts === undefined) {
    // The users that the settings name are other ones on every server.
    throw new HoldfastError(
      'ROTATION_REFUSED',
      "The rotation's settings name neither hosts nor the administrator's secret, so that the secret alone would choose the server.",
      { hint: `Name them in the settings, as "hosts": [${quoted(secret.host)}].` },
    );
  }
  const text = await environment.readSecret(arn);
  if (text === undefined) {
    throw new HoldfastError('ROTATION_SECRET_INVALID', `The administrator's secret ${arn} has no current value.`);
  }
  const administrator = parseAdministratorSecret(text);
  if (administrator.host !== undefined && administrator.host !== secret.host) {
    // Otherwise anyone who may write the one secret could choose where the other one's password is sent.
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `The administrator's secret ${arn} is for ${administrator.host}, and the user's secret for ${secret.host}.`,
      { hint: 'Both must name the same writer endpoint.' },
    );
  }
  if (administrator.host === undefined && settings.hosts === undefined) {
    // The same, where that secret does not say where it may be used, as those of RDS.
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `Neither the administrator's secret ${arn} nor hosts of the rotation's settings says that the administrator may sign in to ${secret.host}, which the secret names.`,
      { hint: "Name the database's writer endpoint in hosts of the settings." },
    );
  }
  const port = settings.port ?? administrator.port ?? POSTGRES_PORT;
  if (port !== secret.port) {
    throw new HoldfastError(
      'ROTATION_REFUSED',
      `The user's secret names port ${secret.port} of ${secret.host}, and the administrator signs in to port ${port} alone.`,
      { hint: `Name the port in the administrator's secret ${arn}, or in port of the rotation's settings.` },
    );
  }
  return administrator;
}

function administratorRefused(error: HoldfastError): HoldfastError {
  return new HoldfastError('AUTHENTICATION_FAILED', `As the administrator: ${error.message}`, {
    cause: error,
    hint: "The administrator's secret does not hold the password that the server knows: correct it, or rotate it first.",
  });
}

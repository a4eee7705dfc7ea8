/** What a libpq connection URL says, as far as the config needs to know it. */
import { messageOf } from '../core/errors.js';
import { hasPassword, parseConnectionUrl } from '../syntax/libpq/connection-url.js';

export interface ConnectionUrl {
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
  readonly dbName?: string;
  readonly sslmode?: string;
  readonly sslrootcert?: string;
  readonly passfile?: string;
}

/** The parts of a URL, or `undefined` when libpq could not read it. */
export function readConnectionUrl(url: string): ConnectionUrl | undefined {
  try {
    const { host, port, user, database: dbName, parameters } = parseConnectionUrl(url);
    const { sslmode, sslrootcert, passfile } = parameters;
    return { host, port, user, dbName, sslmode, sslrootcert, passfile };
  } catch {
    return undefined;
  }
}

/** What is wrong with a URL, as sentences that say what to write; `undefined` if it is valid. */
export function connectionUrlProblem(url: string): string | undefined {
  if (hasPassword(url)) return `Take the password out of it. ${WAYS_TO_GIVE_A_PASSWORD}`;
  try {
    parseConnectionUrl(url);
    return undefined;
  } catch (error) {
    return `${messageOf(error)} Write it as libpq does: postgres://user@host:5432/dbname?sslmode=verify-full.`;
  }
}

/** A config is committed and copied, so it never holds a password. */
export const WAYS_TO_GIVE_A_PASSWORD =
  'A config file never holds a password. Supply it through the environment (PGPASSWORD), a password file (passfile) ' +
  'or a Secrets Manager secret (secretArn), or use RDS IAM authentication (iam) instead.';

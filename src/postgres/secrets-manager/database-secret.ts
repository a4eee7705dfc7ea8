/**
 * What a secret says about a database. Two shapes are in use: secrets that RDS manages have only `username` and
 * `password`; others, as the console and AWS's rotation functions create them, also have `engine`, `host`, `port` and
 * `dbname`.
 */
import * as z from 'zod';
import { HoldfastError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import type { FetchedSecret } from './fetch-secret.js';

export interface DatabaseSecret {
  /** Complete, with its suffix. */
  readonly arn: string;
  readonly password: Secret;
  readonly user?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly database?: string | undefined;
}

/** Templates leave fields that are not known yet empty. */
const optional = <T extends z.ZodType>(type: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), type.optional());

const secretSchema = z.object({
  password: optional(z.string()),
  username: optional(z.string()),
  engine: optional(z.string()),
  host: optional(z.string()),
  port: optional(z.union([z.int().min(1).max(65_535).transform(String), z.string().regex(/^\d{1,5}$/)])),
  dbname: optional(z.string()),
});

const SHAPE = 'Store JSON in it: {"username": "…", "password": "…"}, and optionally engine, host, port and dbname.';

/**
 * Reads the text of a secret. No message repeats any of it.
 *
 * @throws HoldfastError SECRET_INVALID when it is not JSON, has no password, or is about another kind of database
 */
export function parseDatabaseSecret({ arn, text }: FetchedSecret): DatabaseSecret {
  const fail = (fault: string, hint = SHAPE) =>
    // Without the cause: the parsers' own messages quote what they could not read.
    new HoldfastError('SECRET_INVALID', `Reading the secret ${arn}: ${fault}.`, { hint });
  let value: unknown;
  try {
    value = JSON.parse(text.reveal());
  } catch {
    throw fail('its value is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail('its value is not a JSON object');
  const result = secretSchema.safeParse(value);
  if (!result.success) {
    const fields = [...new Set(result.error.issues.map(({ path }) => String(path[0])))];
    throw fail(`${fields.join(' and ')} in it ${fields.length === 1 ? 'has' : 'have'} an unusable form`);
  }
  const { password, username, engine, host, port, dbname } = result.data;
  if (engine !== undefined && !/postgres/i.test(engine)) {
    throw fail('its engine is not PostgreSQL', 'Name the secret of a PostgreSQL database: its engine is postgres.');
  }
  if (password === undefined) throw fail('it has no password');
  return { arn, password: new Secret(password), user: username, host, port, database: dbname };
}

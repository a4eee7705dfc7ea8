/** The secret of a PostgreSQL user, in the fields of the rotation templates of AWS. */
import * as z from 'zod';
import { Secret } from '../../core/secret.js';
import { filled, flag, named, parseSecretDocument, port } from '../secret-document.js';

/** Where nobody names another one. */
export const POSTGRES_PORT = 5432;

const userSchema = z.looseObject({
  engine: z.enum(['postgres', 'aurora-postgresql', 'postgresql']),
  host: named,
  port: port.optional(),
  username: named,
  password: filled,
  dbname: named.optional(),
  masterarn: filled.optional(),
});

const administratorSchema = z.looseObject({
  username: named,
  password: filled,
  host: named.optional(),
  port: port.optional(),
  tls: flag.optional(),
});

export interface PostgresSecret {
  /** The writer's host name, or the directory of a socket. */
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly username: string;
  readonly password: Secret;
  /** The secret of the administrator. */
  readonly masterarn: string | undefined;
  /** All fields as they were, for those that others have put there; never printed. */
  readonly fields: Secret;
}

/** @throws HoldfastError ROTATION_SECRET_INVALID */
export function parsePostgresSecret(text: string): PostgresSecret {
  const fields = parseSecretDocument(text, userSchema, 'the secret of a PostgreSQL user');
  const { host, username, password, masterarn } = fields;
  return {
    host,
    port: fields.port ?? POSTGRES_PORT,
    // As in the templates of AWS.
    dbname: fields.dbname ?? 'postgres',
    username,
    password: new Secret(password),
    masterarn,
    fields: new Secret(text),
  };
}

/** The same with another user or password; every other field stays. */
export function withCredentials(secret: PostgresSecret, username: string, password: Secret): PostgresSecret {
  return { ...secret, username, password };
}

/** Whether two values are for the same database of the same server. */
export function isSamePlace(one: PostgresSecret, other: PostgresSecret): boolean {
  return one.host === other.host && one.port === other.port && one.dbname === other.dbname;
}

export function printPostgresSecret(secret: PostgresSecret): string {
  const fields = JSON.parse(secret.fields.reveal()) as Record<string, unknown>;
  return JSON.stringify({ ...fields, username: secret.username, password: secret.password.reveal() });
}

export interface AdministratorSecret {
  readonly username: string;
  readonly password: Secret;
  /** Absent in secrets that RDS manages. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Of a Redis server: whether its administrator signs in with TLS. */
  readonly tls: boolean | undefined;
}

/** `{username, password}` of RDS, or a full one. @throws HoldfastError ROTATION_SECRET_INVALID */
export function parseAdministratorSecret(text: string): AdministratorSecret {
  const fields = parseSecretDocument(text, administratorSchema, 'the secret of an administrator');
  const { username, password, host, port, tls } = fields;
  return { username, password: new Secret(password), host, port, tls };
}

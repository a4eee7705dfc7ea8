/** The secret of a Redis or Valkey user, or of the AUTH token. */
import * as z from 'zod';
import { Secret } from '../../core/secret.js';
import { filled, flag, named, parseSecretDocument, port } from '../secret-document.js';

const redisSchema = z
  .looseObject({
    host: named.optional(),
    port: port.optional(),
    username: named.optional(),
    password: filled.optional(),
    authToken: filled.optional(),
    tls: flag.optional(),
  })
  .refine(({ password, authToken }) => (password === undefined) !== (authToken === undefined), {
    error: 'exactly one of password and authToken is required',
  });

export interface RedisSecret {
  readonly host: string | undefined;
  readonly port: number | undefined;
  /** Absent: the default user. */
  readonly username: string | undefined;
  readonly password: Secret;
  /** @default true */
  readonly tls: boolean | undefined;
  /** All as it was; a text that is not JSON is the token itself. */
  readonly fields: Secret;
}

/** JSON, or the token alone as in the runbook. @throws HoldfastError ROTATION_SECRET_INVALID */
export function parseRedisSecret(text: string): RedisSecret {
  if (/^[\x21-\x7e]{16,128}$/.test(text) && !text.startsWith('{')) {
    const nothing = { host: undefined, port: undefined, username: undefined, tls: undefined };
    return { ...nothing, password: new Secret(text), fields: new Secret(text) };
  }
  const { host, port, username, password, authToken, tls } = parseSecretDocument(
    text,
    redisSchema,
    'the secret of a Redis user',
  );
  return { host, port, username, tls, password: new Secret(password ?? authToken ?? ''), fields: new Secret(text) };
}

export function printRedisSecret({ fields, password }: RedisSecret): string {
  const text = fields.reveal();
  if (!text.startsWith('{')) return password.reveal();
  const document = JSON.parse(text) as Record<string, unknown>;
  const field = 'authToken' in document ? 'authToken' : 'password';
  return JSON.stringify({ ...document, [field]: password.reveal() });
}

/**
 * What PostgreSQL stores in place of a password, computed here, so that the password itself never reaches the server.
 *
 * By hand: packages for SCRAM sign in with a password, and compute no verifier.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { HoldfastError } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';

/** The server's own default (`scram_iterations`). */
const ITERATIONS = 4096;
const SALT_BYTES = 16;

/** What is written as a space, and what as nothing, before the normal form: RFC 3454, tables C.1.2 and B.1. */
const SPACES = /[\u00A0\u1680\u2000-\u200B\u202F\u205F\u3000]/gu;
const NOTHING = /\u00AD|\u034F|\u1806|[\u180B-\u180D]|\u200C|\u200D|\u2060|[\uFE00-\uFE0F]|\uFEFF/gu;

/**
 * `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>`, as `ALTER ROLE … PASSWORD` takes it (RFC 5802, RFC 7677).
 *
 * A server log with `log_statement = ddl` holds this instead of the password. Passwords that others have made may have
 * any characters: they are normalized as clients do it (SASLprep, RFC 4013; printable ASCII stays as it is).
 *
 * @throws HoldfastError ROTATION_SECRET_INVALID for an empty one
 */
export async function scramVerifier(password: Secret, salt = randomBytes(SALT_BYTES)): Promise<string> {
  const text = password.reveal().replace(SPACES, ' ').replace(NOTHING, '').normalize('NFKC');
  if (text === '') throw new HoldfastError('ROTATION_SECRET_INVALID', 'The password is empty.');
  const salted = await promisify(pbkdf2)(text, salt, ITERATIONS, 32, 'sha256');
  const hmac = (key: Buffer, message: string) => createHmac('sha256', key).update(message).digest();
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

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

/**
 * `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>`, as `ALTER ROLE … PASSWORD` takes it (RFC 5802, RFC 7677).
 *
 * A server log with `log_statement = ddl` holds this instead of the password. Where the client in between is libpq or
 * node-postgres, it normalizes passwords with SASLprep; printable ASCII is the same before and after.
 *
 * @throws HoldfastError ROTATION_SECRET_INVALID for other characters
 */
export async function scramVerifier(password: Secret, salt = randomBytes(SALT_BYTES)): Promise<string> {
  const text = password.reveal();
  if (!/^[\x20-\x7e]+$/.test(text)) {
    throw new HoldfastError(
      'ROTATION_SECRET_INVALID',
      'The password is empty or contains characters other than printable ASCII.',
    );
  }
  const salted = await promisify(pbkdf2)(text, salt, ITERATIONS, 32, 'sha256');
  const hmac = (key: Buffer, message: string) => createHmac('sha256', key).update(message).digest();
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

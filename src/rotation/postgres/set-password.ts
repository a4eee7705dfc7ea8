/** Gives a role a password that the server never sees. */
import { quoted } from '../../core/quoted.js';
import { quoteIdentifier, quoteLiteral } from '../../syntax/sql/identifiers.js';
import type { AdministratorWork } from './administrator.js';
import type { Credentials } from './rotation-session.js';
import { scramVerifier } from './scram-verifier.js';

/** @throws HoldfastError ROTATION_DENIED, ROTATION_FAILED */
export async function setPassword(work: AdministratorWork, { username, password }: Credentials): Promise<void> {
  const verifier = await scramVerifier(password);
  await work.run(`setting the password of ${quoted(username)}`, [
    `ALTER ROLE ${quoteIdentifier(username)} PASSWORD ${quoteLiteral(verifier)}`,
  ]);
}

/**
 * Which user a throwaway server runs as.
 *
 * PostgreSQL refuses to run as root, and what is restored may be hostile code, so root runs the server as `nobody`, who
 * owns nothing. `postgres` would be wrong: on a machine with other clusters that user is their superuser by peer
 * authentication.
 */
import { readFile } from 'node:fs/promises';
import { HoldfastError } from '../../core/errors.js';
import type { OsUser } from './options.js';

const UNPRIVILEGED = 'nobody';

/**
 * The user for a throwaway server: `nobody` when we are root, otherwise `undefined` (our own user).
 *
 * @throws HoldfastError THROWAWAY_FAILED when we are root and the system has no such user
 */
export async function throwawayUser(passwdFile = '/etc/passwd'): Promise<OsUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const user = parseUser(await readFile(passwdFile, 'utf8').catch(() => ''), UNPRIVILEGED);
  if (user) return user;
  throw new HoldfastError(
    'THROWAWAY_FAILED',
    `Starting a throwaway server as root: PostgreSQL does not run as root, and ${passwdFile} has no user "${UNPRIVILEGED}" to run it as.`,
    { hint: 'Run Holdfast as an ordinary user, or create that user.' },
  );
}

/** The uid and gid of a user in the text of a passwd file; never those of root. */
export function parseUser(passwd: string, name: string): OsUser | undefined {
  const fields = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .find((candidate) => candidate[0] === name);
  if (!fields) return undefined;
  // macOS writes -2 where the kernel says 4294967294.
  const [uid, gid] = [fields[2], fields[3]].map((text) => (text ? Number(text) >>> 0 : 0)) as [number, number];
  return uid > 0 && gid > 0 ? { uid, gid } : undefined;
}

/** A user of a self-managed server, changed with ACL SETUSER by an administrator; without a name, the default user. */
import { createHash } from 'node:crypto';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Secret } from '../../core/secret.js';
import type { PasswordControl } from './password-control.js';
import type { RedisSession } from './redis-sign-in.js';

/** Passwords go as their SHA-256, which is what the server keeps: its log and monitors never see one. */
export function aclUser(openAdministrator: () => Promise<RedisSession>, username = 'default'): PasswordControl {
  const setPasswords = async (...passwords: readonly Secret[]) => {
    const hashes = passwords.map((password) => `#${createHash('sha256').update(password.reveal()).digest('hex')}`);
    const session = await openAdministrator();
    try {
      // One command changes all of it at once.
      await session.send(['ACL', 'SETUSER', username, 'resetpass', ...hashes]);
    } catch (error) {
      throw new HoldfastError('ROTATION_DENIED', `ACL SETUSER ${username} was refused: ${messageOf(error)}.`, {
        hint: 'The administrator needs +acl|setuser.',
      });
    } finally {
      session.end();
    }
  };
  return { admitBoth: setPasswords, admitOnly: setPasswords, settle: () => Promise.resolve() };
}

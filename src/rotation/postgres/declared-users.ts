/** The users that a rotation is for: its settings name them, so that whoever writes the secret cannot. */
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import type { PostgresSettings } from './postgres-settings.js';

type Declaration = Pick<PostgresSettings, 'users' | 'strategy'>;

const SUFFIX = '_clone';
/** PostgreSQL truncates longer names, and two truncated names could be the same. */
const MAX_NAME_BYTES = 63;

/**
 * The one or two users, the first first. A second one that is not named is `app_clone` for `app`, as in the rotation
 * templates of AWS, so that either can go on where the other has left off.
 *
 * @throws HoldfastError CONFIG_INVALID for a name that leaves no room for the suffix
 */
export function declaredUsers({ users, strategy }: Declaration): readonly string[] {
  const [first = '', second] = users;
  if (second !== undefined) return [first, second];
  if (strategy === 'single') return [first];
  const alternate = first + SUFFIX;
  if (Buffer.byteLength(alternate) <= MAX_NAME_BYTES) return [first, alternate];
  throw new HoldfastError(
    'CONFIG_INVALID',
    `The name of the user ${quoted(first)} is too long for a second one called ${quoted(alternate)}: at most ${MAX_NAME_BYTES} bytes are allowed.`,
    { hint: "Name the second user as well (users: ['first', 'second']), or use strategy: 'single'." },
  );
}

/** @throws HoldfastError ROTATION_REFUSED for a user that the settings do not name */
export function requireDeclared(username: string, declaration: Declaration): void {
  const users = declaredUsers(declaration);
  if (users.includes(username)) return;
  throw new HoldfastError(
    'ROTATION_REFUSED',
    `The secret names the user ${quoted(username)}: this rotation is only for ${users.map(quoted).join(' and ')}.`,
    {
      hint: "Find out who changed the secret. If the user was renamed, name it in users of the rotation's settings.",
    },
  );
}

/** Whose turn it is after a user. @throws HoldfastError ROTATION_REFUSED for a user that the settings do not name */
export function alternateOf(username: string, declaration: Declaration): string {
  requireDeclared(username, declaration);
  return declaredUsers(declaration).find((name) => name !== username) ?? username;
}

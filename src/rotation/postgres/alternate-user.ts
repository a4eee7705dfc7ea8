/** The two users that take turns. */
import { HoldfastError } from '../../core/errors.js';

const SUFFIX = '_clone';
/** PostgreSQL truncates longer names, and two truncated names could be the same. */
const MAX_NAME_BYTES = 63;

/**
 * `app` → `app_clone` → `app`: the names that the rotation templates of AWS use, so that either can go on where the
 * other has left off.
 *
 * @throws HoldfastError ROTATION_SECRET_INVALID for a name that leaves no room for the suffix
 */
export function alternateUser(name: string): string {
  if (isClone(name)) return name.slice(0, -SUFFIX.length);
  const alternate = name + SUFFIX;
  if (Buffer.byteLength(alternate) <= MAX_NAME_BYTES) return alternate;
  throw new HoldfastError(
    'ROTATION_SECRET_INVALID',
    `The name of the user "${name}" is too long for a second one called "${alternate}": at most ${MAX_NAME_BYTES} bytes are allowed.`,
    { hint: `Use a name of at most ${MAX_NAME_BYTES - SUFFIX.length} bytes, or strategy: 'single'.` },
  );
}

/** The one of the pair without the suffix. */
export function baseUser(name: string): string {
  return isClone(name) ? name.slice(0, -SUFFIX.length) : name;
}

function isClone(name: string): boolean {
  return name.endsWith(SUFFIX) && name.length > SUFFIX.length;
}

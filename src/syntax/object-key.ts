/** Which keys a vault accepts: the same in every store, so that a vault can be copied to another kind of store. */
import { HoldfastError } from '../core/errors.js';
import { quoted } from '../core/quoted.js';

/** Names that a file store gives to objects that are not finished yet: no part of a key may begin with it. */
export const TEMPORARY_PREFIX = '.holdfast-tmp-';

/** S3's limit, in bytes of UTF-8. */
const MAX_KEY_BYTES = 1024;

/** @throws HoldfastError OBJECT_KEY_INVALID naming the fault */
export function assertObjectKey(key: string): void {
  const fault = keyFault(key);
  if (fault) throw new HoldfastError('OBJECT_KEY_INVALID', `${quoted(key)} cannot be an object's key: ${fault}.`);
}

/** What is wrong with a key, or `undefined` when a vault accepts it. */
export function keyFault(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.startsWith('/')) return 'it begins with a slash';
  if (key.includes('\0')) return 'it holds a NUL character';
  // Half a surrogate pair has no UTF-8 form: it would come back from the store as another key.
  if (/\p{Surrogate}/u.test(key)) return 'it is not well-formed Unicode';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `it is longer than ${MAX_KEY_BYTES} bytes`;
  for (const segment of key.split('/')) {
    if (segment === '') return 'it has an empty part (two slashes in a row, or one at its end)';
    if (segment === '.' || segment === '..') return `it has the part ${quoted(segment)}`;
    if (segment.startsWith(TEMPORARY_PREFIX)) return `a part of it begins with ${TEMPORARY_PREFIX}`;
  }
  return undefined;
}

/** Encryption keys: a rotation adds one, and nothing outside of the secret has to change. */
import type { Clock } from '../../core/clock.js';
import { HoldfastError } from '../../core/errors.js';
import type { SecretAdapter } from '../adapter.js';
import { addKey, lostKeys, parseKeyRing, printKeyRing, worksAsCipher, type KeyRing } from './key-ring.js';

export function createEncryptionKeyAdapter({ clock }: { readonly clock: Clock }): SecretAdapter<KeyRing> {
  return {
    kind: 'encryption-key',
    parse: parseKeyRing,
    print: printKeyRing,
    next: (current) => Promise.resolve(addKey(current, clock.now())),
    set: () => Promise.resolve(),
    test({ current, pending }) {
      const lost = lostKeys(current, pending);
      if (lost.length > 0) {
        const what = `Keys are missing from the pending ring or changed in it: ${lost.join(', ')}. What they encrypted could not be read.`;
        return Promise.reject(new HoldfastError('ROTATION_REFUSED', what));
      }
      if (worksAsCipher(pending)) return Promise.resolve();
      return Promise.reject(new HoldfastError('ROTATION_SECRET_INVALID', 'The pending ring has no current key.'));
    },
  };
}

/** Which secret a user of a cache belongs to: two that change the passwords of one lock out each other's clients. */
import { HoldfastError } from '../../core/errors.js';

/** Of a user or replication group of ElastiCache. The value is the secret's ARN. */
export const OWNER_TAG = 'holdfast:rotation-secret';

/**
 * @param user in words
 * @param release the command that frees the user
 */
export function ofAnotherSecret(user: string, owner: string, release: string): HoldfastError {
  return new HoldfastError('ROTATION_REFUSED', `${user} is rotated for another secret, ${owner}.`, {
    hint: `Each secret needs a user of its own. If that secret no longer exists, or gives the user up: ${release}`,
  });
}

/** Who changes the passwords of Redis: one shape for ElastiCache's two ways and for a self-managed server. */
import type { Secret } from '../../core/secret.js';
import type { RedisSecret } from './redis-secret.js';

/** Who signs in with a password alone. */
export const DEFAULT_USER = 'default';

/** Each method ends when the change is in effect on every node, and may be called again. */
export interface PasswordControl {
  /**
   * Whether it changes the passwords of the user that the secret names: which one that is, is not for the secret to say.
   *
   * @throws HoldfastError ROTATION_REFUSED
   */
  requireUser(secret: RedisSecret): Promise<void>;
  /**
   * Records beside the user, where the application cannot write, that it is this secret's. Of two secrets that do so at the
   * same moment, one at most is told at the next call that it still is.
   *
   * @throws HoldfastError ROTATION_REFUSED for the user of another secret
   */
  requireOwn(): Promise<void>;
  /** Both work from then on. */
  admitBoth(current: Secret, pending: Secret): Promise<void>;
  /**
   * Only this one works from then on. Connections that are open stay open.
   *
   * @param stillWanted asked once it is known what will be taken away; what is admitted later stays
   * @returns whether it was still wanted
   */
  admitOnly(password: Secret, stillWanted: () => Promise<boolean>): Promise<boolean>;
  /** Waits for a change that somebody began before. */
  settle(): Promise<void>;
}

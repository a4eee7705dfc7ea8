/** Who makes API keys: a service with an API for that, or a person. */
import type { Secret } from '../../core/secret.js';

/** The keys of a secret, by the name of what they are for: `{"stripe": "sk_…"}`. */
export type ApiKeys = Readonly<Record<string, Secret>>;

/**
 * Issues keys. Implement it for a service that can, and hand it to `createRotationHandler`. Each method may be called
 * again after it was killed, or done.
 */
export interface ApiKeyIssuer {
  /** For messages. */
  readonly name: string;
  /** The next keys; those that stay are returned as they are. The present ones go on working. */
  issue(current: ApiKeys): Promise<ApiKeys>;
  /** Throws unless the keys work. @default none: that they are there is all that is known */
  test?(keys: ApiKeys): Promise<void>;
  /**
   * Ends keys that no client has read since the last rotation: at the next one, and none that is still in use.
   * @default they go on working
   */
  revoke?(keys: ApiKeys): Promise<void>;
}

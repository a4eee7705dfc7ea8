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
  /** The next keys; those that stay are returned as they are. The current ones go on working. */
  issue(current: ApiKeys): Promise<ApiKeys>;
  /** Throws unless the keys work. @default no check: all that is known is that they exist */
  test?(keys: ApiKeys): Promise<void>;
  /**
   * Ends keys that no client has read since the last rotation: at the next one, and none that is still in use.
   * @default they go on working
   */
  revoke?(keys: ApiKeys): Promise<void>;
}

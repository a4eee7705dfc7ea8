/** What one kind of secret has to know, so that the state machine can rotate it. */

/** The values of a secret that matter during a rotation, parsed. */
export interface RotatedValues<Value> {
  /** What clients read now. It works, and goes on working until AWSCURRENT has moved. */
  readonly current: Value;
  /** What they will read. */
  readonly pending: Value;
  /** What they read before the last rotation, where that is still known. */
  readonly previous: Value | undefined;
  /**
   * To be called right before a server is changed, inside of the transaction where there is one: these values may be
   * those of a step that comes late.
   *
   * @throws HoldfastError ROTATION_REFUSED where current or pending is another version by now
   */
  readonly requireUnchanged: () => Promise<void>;
}

/** What has to be done once AWSCURRENT has moved. */
export interface RetiredValues<Value> {
  readonly current: Value;
  /** What was current before. */
  readonly previous: Value | undefined;
  /** Whether `current` still is current, and no other rotation has begun: that one then does what is left. */
  readonly stillLatest: () => Promise<boolean>;
}

export interface WayBack<Value> {
  /** Makes the value that is current by then work; where it does, nothing happens. */
  putBack(now: Value): Promise<void>;
}

/**
 * One kind of secret. Every method may be called again after it was killed at any point, and after it was done; it then
 * finishes what is left, or does nothing.
 */
export interface SecretAdapter<Value = unknown> {
  /** For messages and metrics: `postgres`, `redis`. */
  readonly kind: string;
  /** @throws HoldfastError ROTATION_SECRET_INVALID; the message names fields, never values */
  parse(text: string): Value;
  /** What is stored; fields that `parse` does not know are kept. */
  print(value: Value): string;
  /**
   * What the next version holds. Changes nothing anywhere.
   *
   * @param givenUp what the last rotation would have made current, had the current value not been edited meanwhile: a
   *   server may know its credential, and no longer the current one
   */
  next(current: Value, givenUp?: Value): Promise<Value>;
  /**
   * Whether the pending value can have been made from the current one; one that cannot is given up.
   *
   * @default it can
   */
  fits?(current: Value, pending: Value): boolean;
  /** Makes the pending value work, while the current one goes on working. */
  set(values: RotatedValues<Value>): Promise<void>;
  /** Fails unless AWSCURRENT may move to the pending value. */
  test(values: RotatedValues<Value>): Promise<void>;
  /**
   * For services that know one credential at a time: replaces it, just before AWSCURRENT moves.
   *
   * @returns the way back, for when AWSCURRENT cannot be moved
   */
  switchOver?(values: RotatedValues<Value>): Promise<WayBack<Value>>;
  /** After AWSCURRENT has moved: what was current stops working once clients had the time to read again. */
  retire?(values: RetiredValues<Value>): Promise<void>;
}

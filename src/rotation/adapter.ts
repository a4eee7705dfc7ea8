/** What one kind of secret has to know, so that the state machine can rotate it. */

/** The values of a secret that matter during a rotation, parsed. */
export interface RotatedValues<Value> {
  /** What clients read now. It works, and goes on working until AWSCURRENT has moved. */
  readonly current: Value;
  /** What they will read. */
  readonly pending: Value;
  /** What they read before the last rotation, where that is still known. */
  readonly previous: Value | undefined;
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
  /** What the next version holds. Changes nothing anywhere. */
  next(current: Value): Promise<Value>;
  /** Makes the pending value work, while the current one goes on working. */
  set(values: RotatedValues<Value>): Promise<void>;
  /** Fails unless AWSCURRENT may move to the pending value. */
  test(values: RotatedValues<Value>): Promise<void>;
  /**
   * For services that know one credential at a time: replaces it, just before AWSCURRENT moves.
   *
   * @returns what puts the current value back, for when AWSCURRENT cannot be moved
   */
  switchOver?(values: RotatedValues<Value>): Promise<() => Promise<void>>;
  /** After AWSCURRENT has moved: what was current stops working once clients had the time to read again. */
  retire?(values: { readonly current: Value; readonly previous: Value | undefined }): Promise<void>;
}

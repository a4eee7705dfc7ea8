/**
 * Values that were read, and values that could not be: a denied call or an unresolved reference is never taken for
 * an answer. Controls read through `valueOf`, which ends the evaluation of that one resource as "not evaluated".
 */

/** A value, or why it is not known. */
export type Reading<T> = { readonly value: T } | { readonly unknown: UnknownReason };

export interface UnknownReason {
  /** One sentence: which call was refused or failed, or which reference stays open. */
  readonly reason: string;
  /** The missing IAM action, if a permission is missing: `s3:GetBucketLogging`. */
  readonly permission?: string;
}

/** Thrown by `valueOf`, caught by the evaluation: the resource is reported as not evaluated. */
export class UnknownReading extends Error {
  constructor(readonly unknown: UnknownReason) {
    super(unknown.reason);
    this.name = 'UnknownReading';
  }
}

export function known<T>(value: T): Reading<T> {
  return { value };
}

export function unknown(reason: string, permission?: string): Reading<never> {
  return { unknown: permission === undefined ? { reason } : { reason, permission } };
}

/** @throws UnknownReading */
export function valueOf<T>(reading: Reading<T>): T {
  if ('unknown' in reading) throw new UnknownReading(reading.unknown);
  return reading.value;
}

/** A reading of something derived; what is unknown stays unknown. */
export function mapReading<T, U>(reading: Reading<T>, derive: (value: T) => U): Reading<U> {
  return 'unknown' in reading ? reading : { value: derive(reading.value) };
}

/** Known where all are known. */
export function allOf(readings: readonly Reading<unknown>[]): Reading<readonly unknown[]> {
  const values: unknown[] = [];
  for (const reading of readings) {
    if ('unknown' in reading) return reading;
    values.push(reading.value);
  }
  return known(values);
}

/** A reading of something derived from several: unknown where `derive` meets one that is. */
export function fromReadings<T>(derive: () => T): Reading<T> {
  try {
    return known(derive());
  } catch (error) {
    if (error instanceof UnknownReading) return { unknown: error.unknown };
    throw error;
  }
}

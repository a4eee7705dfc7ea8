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
  /** What a template leaves to its deployment and has only two outcomes: each can be looked at by itself. */
  readonly question?: Question;
}

/** Whether an expression of a template has a value: `Mode` is `strict`. */
export interface Question {
  /** Of one stack: two stacks can be given different values. */
  readonly stack: string;
  /** As the template has it, in JSON. */
  readonly expression: string;
  readonly value: string;
  /** For people: `Mode`. */
  readonly label: string;
}

/** A list that may be read in part: what was found is certain, and more may be missing. */
export type ListReading<T> =
  { readonly value: readonly T[] } | { readonly unknown: UnknownReason; readonly found?: readonly T[] };

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

/**
 * What is certain, one after the other: a fault in it is one, whatever else there is.
 *
 * @throws UnknownReading at the end, where more may be missing
 */
export function* itemsOf<T>(list: ListReading<T>): Iterable<T> {
  if (!('unknown' in list)) {
    yield* list.value;
    return;
  }
  yield* list.found ?? [];
  throw new UnknownReading(list.unknown);
}

/** Something of each item of a list, as far as the list is known. */
export function mapList<T, U>(list: ListReading<T>, derive: (item: T) => U): ListReading<U> {
  if ('unknown' in list) return { unknown: list.unknown, found: (list.found ?? []).map(derive) };
  return known(list.value.map(derive));
}

/** A list of readings: unknown where one of them is, with those that are known. */
export function listOf<T>(readings: readonly Reading<T>[]): ListReading<T> {
  const found = readings.flatMap((one) => ('unknown' in one ? [] : [one.value]));
  const unread = readings.find((one) => 'unknown' in one);
  return unread && 'unknown' in unread ? { unknown: unread.unknown, found } : { value: found };
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

import { HoldfastError } from '../core/errors.js';

/** First and last byte, both included, from 0. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of an object of `size` bytes that a range covers; `undefined` when it covers none.
 *
 * @throws HoldfastError INTERNAL for an invalid range
 */
export function byteRange(range: ByteRange | undefined, size: number): ByteRange | undefined {
  const { start, end } = range ?? { start: 0, end: size - 1 };
  if (range && !(Number.isSafeInteger(start) && Number.isSafeInteger(end) && start >= 0 && end >= start)) {
    throw new HoldfastError('INTERNAL', `Reading an object: the byte range ${start} to ${end} is invalid.`);
  }
  return start < size ? { start, end: Math.min(end, size - 1) } : undefined;
}

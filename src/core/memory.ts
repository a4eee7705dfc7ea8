/**
 * Refuses in advance what would not fit into memory: V8 ends the whole process when its heap is full, printing its own
 * stack trace, and nothing can catch that.
 */
import { getHeapStatistics } from 'node:v8';
import { MIB, formatMebibytes } from './amounts.js';
import { HoldfastError } from './errors.js';

/** Share of the heap's limit; the rest is for everything else. */
const SHARE = 0.6;

/** Bytes of heap that may be held at once. */
export function heapToHold(): number {
  return Math.floor(getHeapStatistics().heap_size_limit * SHARE);
}

/**
 * @param bytes the most that is going to be held
 * @param what is being held, for the message: `Reading the entries X`
 * @throws HoldfastError OUT_OF_MEMORY with a limit that would be enough
 */
export function requireHeap(bytes: number, what: string): void {
  const most = heapToHold();
  if (bytes <= most) return;
  const wanted = Math.ceil(bytes / SHARE / MIB / 256) * 256;
  throw new HoldfastError(
    'OUT_OF_MEMORY',
    `${what} takes up to ${formatMebibytes(bytes, Math.ceil)} of memory, but Node.js may use only ${formatMebibytes(most, Math.ceil)} for it.`,
    { hint: `If that much memory is free, raise the limit: NODE_OPTIONS=--max-old-space-size=${wanted} (MiB).` },
  );
}

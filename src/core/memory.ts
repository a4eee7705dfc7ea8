/**
 * Refuses what would not fit into memory before it begins: V8 ends the whole process where its heap is full, with a stack
 * of its own, and nothing can catch that.
 */
import { getHeapStatistics } from 'node:v8';
import { HoldfastError } from './errors.js';

/** Of the heap's limit: the rest is for everything else. */
const SHARE = 0.6;

/** Bytes of the heap that may be held at once. */
export function heapToHold(): number {
  return Math.floor(getHeapStatistics().heap_size_limit * SHARE);
}

/**
 * @param bytes what is going to be held, at most
 * @param what it is, for the message: `Reading the entries X`
 * @throws HoldfastError OUT_OF_MEMORY with the limit that would do
 */
export function requireHeap(bytes: number, what: string): void {
  const most = heapToHold();
  if (bytes <= most) return;
  const wanted = Math.ceil(bytes / SHARE / 2 ** 20 / 256) * 256;
  throw new HoldfastError(
    'OUT_OF_MEMORY',
    `${what} takes up to ${mebibytes(bytes)} MiB of memory, and Node.js may use ${mebibytes(most)} MiB for it.`,
    { hint: `Where so much memory is free, raise the limit: NODE_OPTIONS=--max-old-space-size=${wanted} (MiB).` },
  );
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}

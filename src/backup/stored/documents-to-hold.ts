/**
 * How many documents are held at once. A vault may hold any number of them, each as large as a document may be: if they
 * do not fit into memory together, the small ones are read, which are ours, and the others are reported as not read.
 */
import { heapToHold } from '../../core/memory.js';

/** Bytes of heap per byte of a document that was read. */
const HEAP_OF_BYTE = 3;
/** Databases that are judged at once, at most. */
const SHARERS = 8;

/**
 * @param sizes of the documents, in bytes
 * @returns the size up to which all smaller documents can be held
 */
export function largestToHold(sizes: readonly number[], most = heapToHold() / HEAP_OF_BYTE / SHARERS): number {
  let sum = 0;
  let largest = 0;
  for (const size of [...sizes].sort((a, b) => a - b)) {
    sum += size;
    if (sum > most) return largest;
    largest = size;
  }
  return Infinity;
}

/** The message for a document that is larger than that. */
export function notHeld(title: string, key: string): string {
  return `Reading the ${title} ${key} failed: it is so large that Node.js may not use enough memory to hold it beside the others; if more is free, raise the limit: NODE_OPTIONS=--max-old-space-size=8192 (MiB).`;
}

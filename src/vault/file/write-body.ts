/** Writing a stream in large pieces; one is being written while the next is collected. */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { abortable } from '../../core/abortable.js';
import { MIB } from '../../core/amounts.js';
import type { PutOptions } from '../object-store.js';

/** Bytes that are collected before they are written. */
const BATCH_BYTES = MIB;
/** The most chunks in a batch; a batch with this many consists of small ones. */
const BATCH_CHUNKS = 256;

/**
 * Hands `body` to `write` in pieces that add up to about 1 MiB; `write` is never called twice at a time.
 *
 * @returns size in bytes and SHA-256 in hex of what was written
 * @throws whatever `write` or `body` throws, unchanged; the signal's coded error when aborted
 */
export async function writeBody(
  write: (pieces: readonly Uint8Array[]) => Promise<void>,
  body: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let underWay: Promise<void> = Promise.resolve();

  const flush = async () => {
    // Small chunks are copied into one (cheaper than a write of hundreds of pieces); large ones are not touched.
    const pieces = batch.length >= BATCH_CHUNKS ? [Buffer.concat(batch)] : batch;
    batch = [];
    batchBytes = 0;
    await underWay;
    underWay = write(pieces);
    // Its failure is reported by the next flush; until then it must not count as unhandled.
    underWay.catch(() => {});
    // Meanwhile the disk works in another thread.
    for (const piece of pieces) hash.update(piece);
  };

  try {
    for await (const chunk of abortable(body, options.signal)) {
      if (chunk.byteLength === 0) continue;
      batch.push(chunk);
      batchBytes += chunk.byteLength;
      size += chunk.byteLength;
      if (batchBytes >= BATCH_BYTES || batch.length >= BATCH_CHUNKS) await flush();
      options.onProgress?.(size);
    }
    if (batch.length > 0) await flush();
  } finally {
    // The caller closes the file next: no write may be in progress then.
    await underWay.catch(() => {});
  }
  await underWay;
  return { size, sha256: hash.digest('hex') };
}

/**
 * Appends all the pieces: a single `writev` may write less than it was given, for example on a disk that is nearly
 * full.
 */
export async function writeAll(handle: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  let rest = [...pieces];
  while (rest.length > 0) {
    let { bytesWritten } = await handle.writev(rest);
    while (rest[0] && bytesWritten >= rest[0].byteLength) {
      bytesWritten -= rest[0].byteLength;
      rest = rest.slice(1);
    }
    if (rest[0] && bytesWritten > 0) rest = [rest[0].subarray(bytesWritten), ...rest.slice(1)];
  }
}

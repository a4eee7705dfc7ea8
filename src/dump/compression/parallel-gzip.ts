/**
 * gzip in this process, on all cores: blocks are deflated side by side in zlib's thread pool and written in order as
 * one gzip member (RFC 1952). Each block but the last ends with a sync flush, so that it stops at a byte's boundary.
 *
 * One member rather than one for each block: every reader knows it, and a file that is cut between two blocks is still
 * recognizably incomplete.
 */
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import { abortable } from '../../core/abortable.js';

/** Large enough that starting afresh costs hardly any size (below 0.1 %), small enough to have many in flight. */
const BLOCK_BYTES = 1024 * 1024;
/** The size of Node's thread pool unless UV_THREADPOOL_SIZE says otherwise; more blocks at once would only wait. */
const MAX_PARALLEL = 4;
/** Magic, deflate, no flags, no time, no extra flags, unknown system. */
const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
/** An empty last block with fixed codes. */
const LAST_BLOCK = [3, 0] as const;

const deflate: (data: Uint8Array, options: ZlibOptions) => Promise<Buffer> = promisify(deflateRaw);

/**
 * Compresses a stream to one gzip member.
 *
 * @param level 1 to 9
 * @throws what the source throws, the signal's coded error
 */
export async function* gzipInParallel(
  source: AsyncIterable<Uint8Array>,
  level: number,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  // One block more than there are threads, so that none waits while the oldest is being handed on.
  const maxInFlight = Math.min(availableParallelism(), MAX_PARALLEL) + 1;
  const inFlight: Promise<Buffer>[] = [];
  const options: ZlibOptions = {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    // Room for the result of a whole block, so that each is one task of the thread pool.
    chunkSize: BLOCK_BYTES,
  };
  let checksum = 0;
  let size = 0;

  let opened = false;
  for await (const block of inBlocks(abortable(source, signal))) {
    // Not before the source is open: a reader that stops at the first piece must find a source to release.
    if (!opened) yield HEADER;
    opened = true;
    checksum = crc32(block, checksum);
    size += block.length;
    const compressed = deflate(block, options);
    // If the stream ends early, nobody awaits this one any more.
    compressed.catch(() => {});
    inFlight.push(compressed);
    if (inFlight.length >= maxInFlight) yield (await inFlight.shift()) as Buffer;
  }
  if (!opened) yield HEADER;
  for (const compressed of inFlight) yield await compressed;

  const trailer = Buffer.alloc(LAST_BLOCK.length + 8);
  trailer.set(LAST_BLOCK);
  trailer.writeUInt32LE(checksum, LAST_BLOCK.length);
  // RFC 1952: the size modulo 2^32.
  trailer.writeUInt32LE(size % 2 ** 32, LAST_BLOCK.length + 4);
  yield trailer;
}

/** Gathers chunks of any size into blocks of BLOCK_BYTES; the last may be shorter. */
async function* inBlocks(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    for (let taken = 0; taken < chunk.length;) {
      const count = Math.min(chunk.length - taken, BLOCK_BYTES - filled);
      block.set(chunk.subarray(taken, taken + count), filled);
      taken += count;
      filled += count;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

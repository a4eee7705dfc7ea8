/**
 * gzip in this process, on all cores: blocks are deflated side by side in zlib's thread pool and written in order as
 * one gzip member (RFC 1952). Each block but the last ends with a sync flush, so that it stops at a byte's boundary.
 * None refers to one before it, and where a segment ends, so does a block: a segment can be inflated by itself.
 *
 * One member rather than one for each block: every reader knows it, and a file that is cut between two blocks is still
 * recognizably incomplete.
 */
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, type ZlibOptions } from 'node:zlib';
import { abortable } from '../../core/abortable.js';
import { SegmentEnd, type Piece } from '../segments/segment.js';

/** Large enough that starting afresh costs hardly any size (below 0.1 %), small enough to have many in flight. */
const BLOCK_BYTES = 1024 * 1024;
/** The size of Node's thread pool unless UV_THREADPOOL_SIZE says otherwise; more blocks at once would only wait. */
const MAX_PARALLEL = 4;
/** Magic, deflate, no flags, no time, no extra flags, unknown system. */
export const HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255);
/** An empty last block with fixed codes. */
const LAST_BLOCK = Uint8Array.of(3, 0);

const deflate: (data: Uint8Array, options: ZlibOptions) => Promise<Buffer> = promisify(deflateRaw);

/**
 * Compresses a stream to one gzip member.
 *
 * @param level 1 to 9
 * @throws what the source throws, the signal's coded error
 */
export async function* gzipInParallel(
  source: AsyncIterable<Piece>,
  level: number,
  signal?: AbortSignal,
): AsyncGenerator<Piece, void, undefined> {
  // One block more than there are threads, so that none waits while the oldest is being handed on.
  const maxInFlight = Math.min(availableParallelism(), MAX_PARALLEL) + 1;
  // The ends of segments keep their place among the blocks.
  const inFlight: (Promise<Buffer> | SegmentEnd)[] = [];
  const options: ZlibOptions = {
    level,
    finishFlush: constants.Z_SYNC_FLUSH,
    // Room for the result of a whole block, so that each is one task of the thread pool.
    chunkSize: BLOCK_BYTES,
  };
  let checksum = 0;
  let size = 0;
  let blocks = 0;

  let opened = false;
  for await (const block of inBlocks(abortable(source, signal))) {
    // Not before the source is open: a reader that stops at the first piece must find a source to release.
    if (!opened) yield HEADER;
    opened = true;
    if (block instanceof SegmentEnd) {
      inFlight.push(block);
      continue;
    }
    checksum = crc32(block, checksum);
    size += block.length;
    const compressed = deflate(block, options);
    // If the stream ends early, nobody awaits this one any more.
    compressed.catch(() => {});
    inFlight.push(compressed);
    blocks++;
    while (blocks >= maxInFlight) {
      const oldest = inFlight.shift();
      if (oldest instanceof Promise) blocks--;
      yield (await oldest) as Piece;
    }
  }
  if (!opened) yield HEADER;
  for (const compressed of inFlight) yield await compressed;

  yield endOfMember(checksum, size);
}

/** What follows the blocks of a member. @param checksum CRC-32 of its plain bytes @param size how many they are */
export function endOfMember(checksum: number, size: number): Buffer {
  const end = Buffer.alloc(LAST_BLOCK.length + 8);
  end.set(LAST_BLOCK);
  end.writeUInt32LE(checksum, LAST_BLOCK.length);
  // RFC 1952: the size modulo 2^32.
  end.writeUInt32LE(size % 2 ** 32, LAST_BLOCK.length + 4);
  return end;
}

/** Gathers chunks of any size into blocks of BLOCK_BYTES; the last one of a segment, and of all, may be shorter. */
async function* inBlocks(source: AsyncIterable<Piece>): AsyncGenerator<Buffer | SegmentEnd, void, undefined> {
  let block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of source) {
    if (chunk instanceof SegmentEnd) {
      if (filled > 0) yield block.subarray(0, filled);
      block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
      filled = 0;
      yield chunk;
      continue;
    }
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

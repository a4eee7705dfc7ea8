/** Decompresses a byte stream, strictly: a stream that is cut off, or has bytes after its end, is an error. */
import { randomBytes } from 'node:crypto';
import { constants, createGunzip, createInflateRaw, deflateRawSync, type Gunzip, type InflateRaw } from 'node:zlib';
import { abortError, throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError, messageOf, systemCodeOf } from '../../core/errors.js';
import { abortable } from '../../core/abortable.js';
import { requireProgram } from './choose-compressor.js';
import { startFeeding } from './feed.js';
import type { ForeignCompression } from '../../syntax/compression.js';
import type { Framing } from '../segments/segment.js';
import { filterThroughProgram } from './program-filter.js';

/** Larger pieces mean fewer trips to the thread pool: twice as fast as with Node's default of 16 KiB. */
const PIECE_BYTES = 256 * 1024;

export interface DecompressOptions {
  readonly signal?: AbortSignal | undefined;
  /** The environment whose PATH is searched. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * The plain stream. It ends normally only if the compressed one is complete, with nothing after its end.
 *
 * @throws HoldfastError, from the iterator: OBJECT_CORRUPT for bytes that cannot be decoded; PROGRAM_MISSING when
 *   zstd or lz4 is not installed; OUT_OF_MEMORY; COMPRESSION_FAILED when the program was ended by a signal; the signal's error
 *   when aborted; whatever the source throws, unchanged
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  method: ForeignCompression,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  switch (method) {
    case 'none':
      yield* abortable(source, options.signal);
      break;
    case 'gzip':
      yield* inflate(source, createGunzip({ chunkSize: PIECE_BYTES }), options.signal);
      break;
    case 'zstd':
    case 'lz4':
      yield* decompressByProgram(source, method, options);
      break;
  }
}

/**
 * The plain bytes of one segment of a dump, from nothing but its own stored bytes. Strict and with the errors of
 * {@link decompress}.
 */
export async function* decompressSegment(
  source: AsyncIterable<Uint8Array>,
  framing: Framing,
  options: DecompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (framing !== 'deflate') {
    yield* decompress(source, framing, options);
    return;
  }
  // Its blocks are followed by others. In their place stands a last one whose content nobody can have known: it comes out
  // only if the segment ends where a block does, and takes nothing of what follows for its own.
  const closing = Buffer.from(randomBytes(16).toString('hex'));
  const closed = async function* () {
    yield* source;
    yield deflateRawSync(closing, { strategy: constants.Z_FIXED });
  };
  let held: Uint8Array = new Uint8Array();
  for await (const piece of inflate(closed(), createInflateRaw({ chunkSize: PIECE_BYTES }), options.signal)) {
    const bytes = held.length === 0 ? piece : Buffer.concat([held, piece]);
    const end = Math.max(0, bytes.length - closing.length);
    if (end > 0) yield bytes.subarray(0, end);
    held = bytes.subarray(end);
  }
  if (!closing.equals(held)) throw corrupt('gzip', 'the segment does not end where one of its blocks does');
}

/**
 * Node's zlib rather than `igzip -d`, which is faster but accepts a file with anything after its end.
 * It reads files of several members as well.
 */
async function* inflate(
  source: AsyncIterable<Uint8Array>,
  decoder: Gunzip | InflateRaw,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  throwIfAborted(signal);
  // Errors reach the reader below; one that comes after the reader has gone must not end the process.
  decoder.on('error', () => {});
  const feeding = startFeeding(source, decoder, () => decoder.destroy());
  const onAbort = () => decoder.destroy();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const piece of decoder as AsyncIterable<Buffer>) yield piece;
    // zlib stops at a zero byte after a member's end, and shows that only by what it has not consumed.
    if (decoder.bytesWritten < feeding.bytes) throw corrupt('gzip', `there are bytes after its end`);
  } catch (error) {
    if (feeding.failure) throw feeding.failure.error;
    if (signal?.aborted) throw abortError(signal);
    if (error instanceof HoldfastError || systemCodeOf(error) === 'Z_MEM_ERROR') throw error;
    throw corrupt('gzip', messageOf(error), error);
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await feeding.stop();
  }
}

async function* decompressByProgram(
  source: AsyncIterable<Uint8Array>,
  method: 'zstd' | 'lz4',
  { signal, env }: DecompressOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* filterThroughProgram(source, {
    command: await requireProgram(method, env),
    args: ['-d', '-q', '-c'],
    signal,
    // A signal comes from the machine (no memory left, a kill), and so does what these words report; every other
    // failure is about the bytes.
    fail: (what, exit) => {
      if (OF_MEMORY.test(what)) return new HoldfastError('OUT_OF_MEMORY', `Decompressing failed: ${method} ${what}`);
      return exit.signal === null
        ? corrupt(method, `${method} ${what}`)
        : new HoldfastError('COMPRESSION_FAILED', `Decompressing failed: ${method} ${what}`);
    },
  });
}

/**
 * Messages of the programs and of the system's loader. A frame that asks for too large a window is refused with a different
 * message.
 */
const OF_MEMORY =
  /not enough memory|allocation error|cannot allocate|failed creating i\/o thread pool|failed to map segment|cannot map/i;

function corrupt(method: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('OBJECT_CORRUPT', `Cannot decompress the ${method} stream: ${reason}.`, { cause });
}

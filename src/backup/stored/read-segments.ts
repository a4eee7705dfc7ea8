/**
 * Reads a dump by its segments: each is checked against the index and decompressed by itself, so that what is wrong is
 * found in its place.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { decompressSegment } from '../../dump/compression/decompress.js';
import { endOfMember, HEADER } from '../../dump/compression/parallel-gzip.js';
import type { Framing, Segment } from '../../dump/segments/segment.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { readVerified, type ReadOptions, type StoredPart } from './read-verified.js';
import type { SegmentIndex } from './segment-index.js';

type Options = ReadOptions & { readonly env: NodeJS.ProcessEnv };

/**
 * The plain dump. It ends normally only if the object is the one in the manifest, each segment is what the index says,
 * and what is around the segments makes the whole the one file that it must be for `gunzip`.
 *
 * @param part the dump's
 * @throws HoldfastError OBJECT_CORRUPT, which names the object and the segment; errors as for {@link readVerified}
 */
export async function* readSegments(
  store: ObjectStore,
  part: StoredPart,
  { framing, segments }: SegmentIndex,
  options: Options,
): AsyncGenerator<Uint8Array, void, undefined> {
  const source = new Slices(readVerified(store, part, options));
  let checksum = 0;
  let size = 0;
  try {
    await requireBytes(source, framing === 'deflate' ? HEADER : new Uint8Array(), part, 'the header');
    for (const [position, segment] of segments.entries()) {
      const name = nameOf(position + 1, segment);
      for await (const piece of readSegment(source, { segment, name, framing, part, options })) {
        if (framing === 'deflate') checksum = crc32(piece, checksum);
        size += piece.length;
        yield piece;
      }
    }
    if (framing === 'deflate') await requireBytes(source, endOfMember(checksum, size), part, 'the end');
    else if (framing !== 'none') await requireEndMark(source, framing, part, options);
    // Reads to the end, so that the source says whether all of it was right.
    let left = 0;
    for await (const piece of source.take(Infinity, () => {})) left += piece.length;
    if (left > 0) throw corrupt(part.key, `${left} bytes follow the end of the compressed file`);
  } finally {
    await source.release();
  }
}

/**
 * The plain bytes of some segments that follow each other, read by a range. Errors as for {@link readSegments}; nothing
 * is said of the rest of the object.
 */
export async function* readSegmentRun(
  store: ObjectStore,
  part: StoredPart,
  { framing, segments }: SegmentIndex,
  { from, to, options }: { readonly from: number; readonly to: number; readonly options: Options },
): AsyncGenerator<Uint8Array, void, undefined> {
  const [first, last] = [segments[from], segments[to - 1]];
  if (from >= to || !first || !last) return;
  const range = { start: first.storedOffset, end: last.storedOffset + last.storedBytes - 1 };
  const source = new Slices(counted(store.get(part.key, { range, signal: options.signal }), options.progress));
  try {
    for (const [position, segment] of segments.slice(from, to).entries()) {
      yield* readSegment(source, { segment, name: nameOf(from + position + 1, segment), framing, part, options });
    }
  } finally {
    await source.release();
  }
}

async function* counted(source: AsyncIterable<Uint8Array>, progress: ReadOptions['progress']) {
  for await (const piece of source) {
    progress?.(piece.length);
    yield piece;
  }
}

function nameOf(number: number, { storedOffset, storedBytes, entry, share }: Segment): string {
  const content = share ? `${share.rows} rows of entry ${entry}` : `the entries from ${entry} on`;
  return `segment ${number} (${content}; bytes ${storedOffset} to ${storedOffset + storedBytes - 1})`;
}

async function* readSegment(
  source: Slices,
  context: {
    readonly segment: Segment;
    readonly name: string;
    readonly framing: Framing;
    readonly part: StoredPart;
    readonly options: Options;
  },
): AsyncGenerator<Uint8Array, void, undefined> {
  const { segment, name, framing, part, options } = context;
  const hash = createHash('sha256');
  const slice = source.take(segment.storedBytes, (bytes) => hash.update(bytes));
  let size = 0;
  try {
    for await (const piece of decompressSegment(slice, framing, options)) {
      size += piece.length;
      if (size > segment.rawBytes)
        throw corrupt(part.key, `${name} inflates to more than its ${segment.rawBytes} bytes`);
      yield piece;
    }
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.code !== 'OBJECT_CORRUPT' || error.message.includes(part.key)) {
      throw error;
    }
    throw corrupt(part.key, `${name} cannot be read: ${messageOf(error).replace(/\.$/, '')}`, error);
  }
  if (hash.digest('hex') !== segment.sha256) throw corrupt(part.key, `${name} does not have the SHA-256 of the index`);
  if (size !== segment.rawBytes)
    throw corrupt(part.key, `${name} holds ${size} bytes, and the index says ${segment.rawBytes}`);
}

/** Members and frames end with an empty one, which no file has that was cut between two of them. */
async function requireEndMark(source: Slices, framing: Framing, part: StoredPart, options: Options): Promise<void> {
  let any = false;
  const rest = source.take(Infinity, () => (any = true));
  let content = 0;
  for await (const piece of decompressSegment(rest, framing, options)) content += piece.length;
  if (!any || content > 0) throw corrupt(part.key, 'after its segments there is not the empty one that ends them');
}

async function requireBytes(source: Slices, bytes: Uint8Array, part: StoredPart, what: string): Promise<void> {
  const found: Uint8Array[] = [];
  for await (const piece of source.take(bytes.length, () => {})) found.push(piece);
  if (!Buffer.concat(found).equals(bytes))
    throw corrupt(part.key, `${what} of the gzip file is not the one that its segments make`);
}

/** One stream of bytes, taken in parts. */
class Slices {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** The next `count` bytes, fewer at the end of the stream. @param onBytes sees them as they are taken */
  async *take(count: number, onBytes: (bytes: Uint8Array) => unknown): AsyncGenerator<Uint8Array, void, undefined> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0) {
        const step = await this.#iterator.next();
        if (step.done) return;
        this.#rest = step.value;
      }
      const piece = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(piece.length);
      left -= piece.length;
      onBytes(piece);
      yield piece;
    }
  }

  async release(): Promise<void> {
    await this.#iterator.return?.(undefined);
  }
}

function corrupt(key: string, what: string, cause?: unknown): HoldfastError {
  return new HoldfastError('OBJECT_CORRUPT', `The object ${key}: ${what}.`, { cause });
}

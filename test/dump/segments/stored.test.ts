import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { compressSegments, framingOf } from '../../../src/dump/compression/compress.js';
import { chooseCompressor } from '../../../src/dump/compression/choose-compressor.js';
import { decompress, decompressSegment } from '../../../src/dump/compression/decompress.js';
import type { CompressionProgram } from '../../../src/dump/compression/method.js';
import { SegmentEnd, type Framing, type Piece, type Segment } from '../../../src/dump/segments/segment.js';
import { noteSegments } from '../../../src/dump/segments/stored-segments.js';
import type { CompressionMethod } from '../../../src/syntax/compression.js';
import { collect, dumpLike, errorOf, inChunks } from '../compression/streams.js';

const env = process.env;
const MIB = 1 << 20;
const DATA = dumpLike(5 * MIB + 99);
/** Smaller than a block of the built-in gzip, larger, and one that is tiny. */
const ENDS = [300_000, 2 * MIB + 5, 2 * MIB + 6, 4 * MIB, DATA.length];

/** The data with ends of segments in it. */
async function* withEnds(ends: readonly number[] = ENDS): AsyncGenerator<Piece> {
  let start = 0;
  for (const [index, end] of ends.entries()) {
    yield* inChunks(DATA.subarray(start, end));
    yield new SegmentEnd({ entry: index + 1, entries: 1, rawOffset: start, rawBytes: end - start });
    start = end;
  }
}

async function store(method: CompressionMethod, program?: CompressionProgram) {
  const segments: Segment[] = [];
  const choice = await chooseCompressor({ method, program, env });
  const framing = framingOf(choice);
  const pieces = compressSegments(withEnds(), { ...choice, env });
  const stored = await collect(noteSegments(pieces, framing, (segment) => segments.push(segment)));
  return { stored, segments, framing };
}

const kinds: readonly [string, CompressionMethod, CompressionProgram | undefined, Framing][] = [
  ['the built-in gzip', 'gzip', 'builtin', 'deflate'],
  ['igzip', 'gzip', 'igzip', 'gzip'],
  ['pigz', 'gzip', 'pigz', 'gzip'],
  ['zstd', 'zstd', 'zstd', 'zstd'],
  ['no compression', 'none', undefined, 'none'],
];

describe.each(kinds)('issue 13, B: segments by %s', (_, method, program, framing) => {
  test('are read each by itself, and have their SHA-256 and place in the index', async () => {
    const made = await store(method, program);
    expect(made.framing).toBe(framing);
    expect(made.segments).toHaveLength(ENDS.length);
    let end = framing === 'deflate' ? 10 : 0;
    for (const { rawOffset, rawBytes, storedOffset, storedBytes, sha256 } of made.segments) {
      expect(storedOffset).toBe(end);
      end += storedBytes;
      const slice = made.stored.subarray(storedOffset, end);
      expect(createHash('sha256').update(slice).digest('hex')).toBe(sha256);
      const plain = await collect(decompressSegment(inChunks(slice), framing, { env }));
      expect(plain.equals(DATA.subarray(rawOffset, rawOffset + rawBytes))).toBe(true);
    }
  });

  test('are one file for everybody', async () => {
    const { stored } = await store(method, program);
    expect((await collect(decompress(inChunks(stored), method, { env }))).equals(DATA)).toBe(true);
    const readers = { gzip: ['gunzip', 'igzip', 'pigz'], zstd: ['zstd'], none: [] }[method];
    for (const reader of readers) {
      const { status, stdout } = spawnSync(reader, ['-d', '-c'], { input: stored, maxBuffer: 64 * MIB });
      expect([reader, status, stdout.equals(DATA)]).toEqual([reader, 0, true]);
    }
  });

  test('are not read when their end is cut off, or lies elsewhere', async () => {
    const { stored, segments } = await store(method, program);
    const { storedOffset, storedBytes } = segments[1]!;
    const whole = stored.subarray(storedOffset, storedOffset + storedBytes);
    const read = (bytes: Buffer) => collect(decompressSegment(inChunks(bytes), framing, { env }));
    if (framing === 'none') return expect((await read(whole)).length).toBe(storedBytes);
    for (const wrong of [whole.subarray(0, -1), whole.subarray(1), Buffer.concat([whole, Buffer.from('x')])]) {
      expect(await errorOf(read(wrong))).toMatchObject({ code: 'OBJECT_CORRUPT' });
    }
  });
});

describe('issue 13, B: a segment is not read', () => {
  const plain = Buffer.from('COPY');
  const stored = (last: number, length: number) => Buffer.from([last, length, 0, 255 - length, 255]);
  /** `0 01`, and the end of a block: it takes ten bits, and the next block begins in the middle of a byte. */
  const fixed = Buffer.from([0b010, 0]);
  test.each([
    ['that takes what closes it for content', stored(1, 2)],
    ['that takes more than that', stored(1, 35)],
    ['that takes it and goes on', stored(0, 2)],
    ['that ends within a byte', Buffer.concat([stored(0, 4), plain, fixed])],
    ['that is the last block of all', Buffer.concat([stored(1, 4), plain])],
  ])('%s', async (_, segment) => {
    const reading = collect(decompressSegment(inChunks(segment), 'deflate', { env }));
    expect(await errorOf(reading)).toMatchObject({ code: 'OBJECT_CORRUPT' });
  });

  test('unless its last block ends with it', async () => {
    const segment = Buffer.concat([stored(0, 4), plain]);
    expect(await collect(decompressSegment(inChunks(segment), 'deflate', { env }))).toEqual(plain);
  });
});

describe('issue 13, B: a file that is cut at the border of a segment', () => {
  const passes = (bytes: Buffer) => spawnSync('gzip', ['-t'], { input: bytes }).status === 0;

  test('is refused by gzip -t where one member holds all segments', async () => {
    const { stored, segments } = await store('gzip', 'builtin');
    expect(passes(stored)).toBe(true);
    for (const { storedOffset } of segments) expect(passes(stored.subarray(0, storedOffset))).toBe(false);
  });

  test.each(['igzip', 'pigz'] as const)(
    'is accepted by gzip -t where %s makes a member of each, and lacks the mark',
    async (program) => {
      const { stored, segments } = await store('gzip', program);
      const { storedOffset, storedBytes } = segments.at(-1)!;
      const mark = stored.subarray(storedOffset + storedBytes);
      expect(mark.length).toBeGreaterThan(0);
      expect(await collect(decompress(inChunks(mark), 'gzip', { env }))).toHaveLength(0);
      // What the documentation says: gzip cannot tell. The mark, the SHA-256 and the dump's closing line can.
      expect(passes(stored.subarray(0, storedOffset))).toBe(true);
    },
  );

  test('by zstd ends with an empty frame', async () => {
    const { stored, segments } = await store('zstd', 'zstd');
    const { storedOffset, storedBytes } = segments.at(-1)!;
    const mark = stored.subarray(storedOffset + storedBytes);
    expect(mark.length).toBeGreaterThan(0);
    expect(await collect(decompress(inChunks(mark), 'zstd', { env }))).toHaveLength(0);
  });
});

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compress } from '../../../src/dump/compression/compress.js';
import { decompress } from '../../../src/dump/compression/decompress.js';
import type { CompressionProgram } from '../../../src/dump/compression/method.js';
import type { CompressionMethod } from '../../../src/syntax/compression.js';
import { collect, dumpLike, inChunks } from './streams.js';

const env = process.env;
const MIB = 1024 * 1024;

const kinds: { name: string; method: CompressionMethod; program?: CompressionProgram; levels: number[] }[] = [
  { name: 'the built-in gzip', method: 'gzip', program: 'builtin', levels: [1, 6, 9] },
  { name: 'igzip', method: 'gzip', program: 'igzip', levels: [1, 3] },
  { name: 'pigz', method: 'gzip', program: 'pigz', levels: [1, 9] },
  { name: 'zstd', method: 'zstd', program: 'zstd', levels: [1, 3, 9] },
  { name: 'no compression', method: 'none', levels: [] },
];

/** The sizes around the built-in gzip's blocks, and those around nothing at all. */
const sizes = [0, 1, 2, 65_536, MIB - 1, MIB, MIB + 1, 9 * MIB + 12_345];

/** Runs a reader that others use, on a file given on its standard input; a missing one fails with what to install. */
function read(command: string, args: string[], input: Buffer): { status: number | null; output: Buffer } {
  const result = spawnSync(command, args, { input, maxBuffer: 64 * MIB });
  if (result.error) throw new Error(`This test needs ${command} (Debian: apt-get install ${command}).`);
  return { status: result.status, output: result.stdout };
}

describe.each(kinds)('$name', ({ method, program }) => {
  it.each(sizes)('gives %i bytes back unchanged', async (size) => {
    const data = dumpLike(size);
    const stored = await collect(compress(inChunks(data), { method, program, env }));
    expect((await collect(decompress(inChunks(stored), method, { env }))).equals(data)).toBe(true);
  });

  it('gives back any data that come and are stored in any chunks, empty ones too', async () => {
    const chunks = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 });
    const cuts = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(chunks, cuts, async (list, cut) => {
        const source = async function* () {
          for (const chunk of list) yield await Promise.resolve(chunk);
        };
        const stored = await collect(compress(source(), { method, program, env }));
        const plain = await collect(decompress(inChunks(stored, cut), method, { env }));
        expect(plain.equals(Buffer.concat(list))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('gives back data that cannot be compressed', async () => {
    const data = randomBytes(2 * MIB + 77);
    const stored = await collect(compress(inChunks(data, [100_003]), { method, program, env }));
    expect((await collect(decompress(inChunks(stored), method, { env }))).equals(data)).toBe(true);
  });
});

describe.each(kinds.filter(({ levels }) => levels.length > 0))('$name', ({ method, program, levels }) => {
  it('makes a file of another size at each level, all readable', async () => {
    const data = dumpLike(2 * MIB);
    const stored: number[] = [];
    for (const level of levels) {
      const bytes = await collect(compress(inChunks(data), { method, program, level, env }));
      expect((await collect(decompress(inChunks(bytes), method, { env }))).equals(data)).toBe(true);
      stored.push(bytes.length);
    }
    expect(new Set(stored).size).toBe(levels.length);
    expect(stored.every((size) => size < data.length)).toBe(true);
  });
});

describe.each(kinds.filter(({ method }) => method === 'gzip'))('a file by $name', ({ method, program }) => {
  it.each([0, 3 * MIB + 5])('of %i bytes is read by gunzip, zcat, igzip, pigz and Python', async (size) => {
    const data = dumpLike(size);
    const stored = await collect(compress(inChunks(data), { method, program, env }));
    expect(read('gunzip', ['-t'], stored).status).toBe(0);
    const python = 'import gzip, sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))';
    for (const [command, args] of [
      ['zcat', []],
      ['igzip', ['-d', '-c']],
      ['pigz', ['-d', '-c']],
      ['python3', ['-c', python]],
    ] as const) {
      const { status, output } = read(command, [...args], stored);
      expect([command, status, output.equals(data)]).toEqual([command, 0, true]);
    }
  });

  it('is a single gzip member, which readers know that stop after the first', async () => {
    const data = dumpLike(2 * MIB + 9);
    const stored = await collect(compress(inChunks(data), { method, program, env }));
    expect(stored.subarray(0, 4).toString('hex')).toBe('1f8b0800');
    const { buffer, engine } = inflateRawSync(stored.subarray(10), { info: true }) as unknown as InflateResult;
    expect(buffer.equals(data)).toBe(true);
    expect(engine.bytesWritten).toBe(stored.length - 10 - 8);
  });
});

/** What zlib's functions return with `info`, which their types do not know. */
interface InflateResult {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

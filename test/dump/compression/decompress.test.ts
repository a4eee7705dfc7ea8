import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { decompress } from '../../../src/dump/compression/decompress.js';
import type { CompressionMethod } from '../../../src/syntax/compression.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';
import { collect, dumpLike, errorOf, inChunks } from './streams.js';

const env = process.env;
const data = dumpLike(300_000);
const stored = { gzip: gzipSync(data), zstd: spawnSync('zstd', ['-q', '-c'], { input: data }).stdout };
const methods = ['gzip', 'zstd'] as const;

/** The outcome of decompressing: the plain bytes, or the code of the error. */
async function outcome(bytes: Uint8Array, method: CompressionMethod, cut?: number[]): Promise<Buffer | string> {
  try {
    return await collect(decompress(inChunks(bytes, cut), method, { env }));
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    throw error;
  }
}

describe.each(methods)('a stored %s stream', (method) => {
  const whole = stored[method];

  it('is corrupt when it is cut off, wherever that is', async () => {
    const lengths = [0, 1, 2, 3, 5, 9, 10, 11, 17, 1000, whole.length >> 1, whole.length - 9];
    for (let missing = 8; missing > 0; missing--) lengths.push(whole.length - missing);
    for (const length of lengths) {
      expect([length, await outcome(whole.subarray(0, length), method)]).toEqual([length, 'OBJECT_CORRUPT']);
    }
  });

  it('is corrupt when bytes follow its end, zeros too, in the same chunk or in one of their own', async () => {
    for (const trailer of [
      '\0',
      '\0\0\0\0\0\0\0\0',
      'garbage',
      '\x1f',
      '\x1f\x8b',
      '\x1f\x8b\x08\0',
      '(\xb5/\xfd',
      '\n',
    ]) {
      const bytes = Buffer.concat([whole, Buffer.from(trailer, 'latin1')]);
      for (const cut of [[bytes.length], [whole.length, 1], [65_536]]) {
        expect([trailer, cut, await outcome(bytes, method, cut)]).toEqual([trailer, cut, 'OBJECT_CORRUPT']);
      }
    }
  });

  it('is corrupt when one of its bytes was changed', async () => {
    for (let step = 0; step < 20; step++) {
      const at = Math.floor(((whole.length - 30) * step) / 20) + 20;
      const changed = Buffer.from(whole);
      changed[at]! ^= 0x10;
      expect([at, await outcome(changed, method)]).toEqual([at, 'OBJECT_CORRUPT']);
    }
  });

  it('is read as one when it is several members or frames in a row, however it is cut', async () => {
    const bytes = Buffer.concat([whole, whole, whole]);
    for (const cut of [[bytes.length], [whole.length], [whole.length - 1, 2], [7919]]) {
      const plain = await outcome(bytes, method, cut);
      expect(Buffer.concat([data, data, data]).equals(plain as Buffer)).toBe(true);
    }
  });

  it('lets the source go, and leaves no error behind, when the reader stops early', async () => {
    let released = false;
    const source = async function* () {
      try {
        for (;;) yield await Promise.resolve(whole);
      } finally {
        released = true;
      }
    };
    for await (const piece of decompress(source(), method, { env })) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
    expect(released).toBe(true);
  });

  it("brings out the source's own error unchanged", async () => {
    const error = new HoldfastError('VAULT_UNREADABLE', 'The connection was reset.');
    const source = async function* () {
      yield await Promise.resolve(whole.subarray(0, 5000));
      throw error;
    };
    expect(await errorOf(collect(decompress(source(), method, { env })))).toBe(error);
  });

  it("ends with the signal's error when it is aborted while the source is stuck", async () => {
    const interrupt = new AbortController();
    const source = async function* () {
      yield whole.subarray(0, 5000);
      await new Promise(() => {});
    };
    const failure = errorOf(collect(decompress(source(), method, { env, signal: interrupt.signal })));
    setTimeout(() => interrupt.abort(), 50);
    expect(await failure).toMatchObject({ code: 'INTERRUPTED' });
  });
});

describe('decompressing', () => {
  it('says what does not fit when the stream is of another kind', async () => {
    const error = await errorOf(collect(decompress(inChunks(stored.zstd), 'gzip', { env })));
    expect(error).toMatchObject({
      code: 'OBJECT_CORRUPT',
      message: 'Cannot decompress the gzip stream: incorrect header check.',
    });
    expect(await outcome(stored.gzip.subarray(5), 'zstd')).toBe('OBJECT_CORRUPT');
  });

  it('names what to install when zstd is needed and missing', async () => {
    const error = await errorOf(collect(decompress(inChunks(stored.zstd), 'zstd', { env: { PATH: '/nonexistent' } })));
    expect(error).toMatchObject({ code: 'PROGRAM_MISSING' });
    expect((error as HoldfastError).hint).toContain('apt-get install zstd');
  });
});

describe('A7: a zstd that the machine gives too little memory', () => {
  /** A zstd with an address space of so many bytes. */
  const zstdWithin = (bytes: number) => {
    const directory = temporaryDirectory();
    const script = `#!/bin/sh\nexec ${findOnPath('prlimit')} --as=${bytes} ${findOnPath('zstd')} "$@"\n`;
    writeFileSync(join(directory, 'zstd'), script, { mode: 0o755 });
    return { PATH: directory };
  };
  // A window of 8 MiB, as of level 19, without its minute.
  const large = spawnSync('zstd', ['-q', '-c', '-1', '--zstd=wlog=23'], {
    input: dumpLike(30_000_000),
    maxBuffer: 64 << 20,
  }).stdout;

  it.each([
    ['the data', 24_000_000],
    ['its threads', 6_000_000],
    ['itself', 3_000_000],
  ])('to make room for %s says nothing about the bytes', async (_what, bytes) => {
    const failed = collect(decompress(inChunks(large), 'zstd', { env: zstdWithin(bytes) }));
    await expect(failed).rejects.toMatchObject({ code: 'OUT_OF_MEMORY' });
  });

  it('and has enough, gives the data', async () => {
    const plain = await collect(decompress(inChunks(large), 'zstd', { env: zstdWithin(1 << 30) }));
    expect(plain.length).toBe(30_000_000);
  });
});

function findOnPath(program: string): string {
  return execFileSync('which', [program], { encoding: 'utf8' }).trim();
}

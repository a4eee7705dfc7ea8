import { randomBytes } from 'node:crypto';
import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../src/core/errors.js';
import { compress } from '../../../src/dump/compression/compress.js';
import { collect, dumpLike, errorOf, inChunks, isRunning } from './streams.js';

const fixtures = join(import.meta.dirname, 'fixtures');
const data = dumpLike(2_000_000);

/** igzip as the fixture of this name plays it. */
function withFixture(name: string, signal?: AbortSignal) {
  return { method: 'gzip', program: 'igzip', env: { PATH: join(fixtures, name) }, signal } as const;
}

async function failureOf(stream: AsyncIterable<Uint8Array>): Promise<{ code: string; message: string }> {
  const error = await errorOf(collect(stream));
  if (!(error instanceof HoldfastError)) throw error;
  return { code: error.code, message: error.message };
}

/** A source that never ends, and tells whether it was let go. */
function endless() {
  const state = { released: false };
  const stream = async function* () {
    try {
      for (;;) yield await Promise.resolve(data.subarray(0, 65_536));
    } finally {
      state.released = true;
    }
  };
  return { state, stream: stream() };
}

/** A source that gives one chunk and then nothing more, not even an end. */
async function* stuck(): AsyncGenerator<Uint8Array> {
  yield data.subarray(0, 1000);
  await new Promise(() => {});
}

const ways = [
  { name: 'by a program', method: 'gzip', program: 'igzip' },
  { name: 'in this process', method: 'gzip', program: 'builtin' },
  { name: 'by zstd', method: 'zstd', program: 'zstd' },
  { name: 'not at all', method: 'none', program: undefined },
] as const;

describe('a compressor that misbehaves', () => {
  it.each([
    ['dies-early', 'igzip exited with status 3: igzip: cannot allocate memory'],
    ['killed-early', 'igzip was ended by SIGKILL'],
    ['fails-at-the-end', 'igzip exited with status 1: igzip: the disk is on fire'],
    ['stops-reading', 'igzip ended before it had read all of its input'],
    ['drops-the-end', 'igzip compressed a different number of bytes than it was given'],
    ['writes-nothing', 'igzip wrote no gzip file'],
  ])('fails the stream with its words, in the case %s', async (fixture, words) => {
    const failure = await failureOf(compress(inChunks(data), withFixture(fixture)));
    expect(failure.code).toBe('COMPRESSION_FAILED');
    expect(failure.message).toContain(words);
  });

  it('lets an endless source go when it dies', async () => {
    const source = endless();
    const failure = await failureOf(compress(source.stream, withFixture('dies-early')));
    expect(failure.code).toBe('COMPRESSION_FAILED');
    expect(source.state.released).toBe(true);
  });

  it('fails the stream even while the source is stuck', async () => {
    const failure = await failureOf(compress(stuck(), withFixture('stops-reading-at-once')));
    expect(failure.code).toBe('COMPRESSION_FAILED');
  });

  it('is gone after the stream was aborted, when it hangs', async () => {
    const interrupt = new AbortController();
    const stream = compress(inChunks(data), withFixture('hangs', interrupt.signal));
    const first = await stream.next();
    const pid = Number(Buffer.from(first.value as Uint8Array).toString());
    expect(isRunning(pid)).toBe(true);
    const next = failureOf(stream);
    interrupt.abort();
    expect((await next).code).toBe('INTERRUPTED');
    expect(isRunning(pid)).toBe(false);
  });

  it('is gone after the reader stopped early, when it hangs', async () => {
    const source = endless();
    let pid = 0;
    for await (const chunk of compress(source.stream, withFixture('hangs'))) {
      pid = Number(Buffer.from(chunk).toString());
      expect(isRunning(pid)).toBe(true);
      break;
    }
    expect(isRunning(pid)).toBe(false);
    expect(source.state.released).toBe(true);
  });
});

describe('a source that fails', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-compress-'));
    await copyFile(join(fixtures, 'notes-the-end', 'igzip'), join(directory, 'igzip'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  // The shell of the fixture reads byte by byte.
  const little = data.subarray(0, 20_000);
  const failing = (error: Error, until?: Promise<unknown>) =>
    (async function* () {
      yield* inChunks(little);
      await until;
      throw error;
    })();

  it.each(ways)('comes out unchanged when the stream is compressed $name', async ({ method, program }) => {
    const error = new HoldfastError('DUMP_FAILED', 'pg_dump exited with status 1.');
    expect(await errorOf(collect(compress(failing(error), { method, program, env: process.env })))).toBe(error);
  });

  it('never looks like the end of the data to the program, which is gone afterwards', async () => {
    const error = new Error('cut off');
    const options = { method: 'gzip', program: 'igzip', env: { PATH: directory } } as const;
    const pieces: Uint8Array[] = [];
    let sawPiece = () => {};
    const firstPiece = new Promise<void>((resolve) => (sawPiece = resolve));
    const drain = async () => {
      for await (const piece of compress(failing(error, firstPiece), options)) {
        pieces.push(piece);
        sawPiece();
      }
    };
    expect(await errorOf(drain())).toBe(error);
    const pid = Number(Buffer.concat(pieces).toString());
    expect(pid).toBeGreaterThan(1);
    expect(isRunning(pid)).toBe(false);
    expect(await readdir(directory)).toEqual(['igzip']);

    // The counter-check: the same program does leave its mark when the source ends as it should.
    await errorOf(collect(compress(inChunks(little), options)));
    expect(await readdir(directory)).toEqual(['end-seen', 'igzip']);
  });
});

describe.each(ways)('a stream that is compressed $name', ({ method, program }) => {
  const options = { method, program, env: process.env };

  it("ends with the signal's error when it is aborted while the source is stuck", async () => {
    const interrupt = new AbortController();
    const failure = failureOf(compress(stuck(), { ...options, signal: interrupt.signal }));
    setTimeout(() => interrupt.abort(new HoldfastError('DUMP_TIMEOUT', 'Too long.')), 50);
    expect((await failure).code).toBe('DUMP_TIMEOUT');
  });

  it('does not start when the signal was aborted before', async () => {
    const failure = failureOf(compress(inChunks(data), { ...options, signal: AbortSignal.abort() }));
    expect((await failure).code).toBe('INTERRUPTED');
  });

  it('takes no more from the source than fits into its buffers while nobody reads', async () => {
    let taken = 0;
    const source = async function* () {
      for (let count = 0; count < 1000; count++) {
        taken += 65_536;
        // Random, as what compresses to nothing never fills a buffer.
        yield await Promise.resolve(randomBytes(65_536));
      }
    };
    const stream = compress(source(), options);
    // The second piece of gzip is that of the first block: the one before is the header.
    await stream.next();
    await stream.next();
    let before = -1;
    // Until the source has stood still for as long as it takes to be sure.
    while (before !== taken) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(taken).toBeLessThan(16 * 1024 * 1024);
    await stream.return();
    expect(taken).toBeLessThan(16 * 1024 * 1024);
  });

  it('lets the source go when the reader stops early', async () => {
    const source = endless();
    for await (const chunk of compress(source.stream, options)) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    expect(source.state.released).toBe(true);
  });
});

describe('the environment of the compressor', () => {
  it('has no influence on what it makes, nor does it hold our secrets', async () => {
    const env = { ...process.env, PATH: `${join(fixtures, 'prints-environment')}:${process.env['PATH']}` };
    const secret = { ...env, PGPASSWORD: 'hunter2', GZIP: '--fast', ZSTD_CLEVEL: '19' };
    const stored = await collect(
      compress(inChunks(Buffer.alloc(0)), { method: 'gzip', program: 'igzip', env: secret }),
    );
    const names = gunzipSync(stored).toString();
    expect(names).toContain('LC_ALL=C');
    expect(names).not.toMatch(/hunter2|GZIP|ZSTD_CLEVEL/);
  });
});

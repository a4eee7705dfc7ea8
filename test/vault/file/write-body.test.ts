import { randomBytes } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwritable } from '../../../src/vault/file/system-failures.js';
import { writeAll, writeBody } from '../../../src/vault/file/write-body.js';
import { temporaryDirectories } from './temporary-directory.js';

const newDirectory = temporaryDirectories();
const MIB = 1 << 20;

async function* repeat(chunk: Uint8Array, count: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield await Promise.resolve(chunk);
}

describe('writing a body', () => {
  it.each([
    ['small', 100, 100_000],
    ['the size of a pipe', 64 << 10, 160],
    ['large', 3 * MIB, 3],
  ])('hands on chunks that are %s in few large pieces, one at a time', async (_, size, count) => {
    const writes: number[] = [];
    let under = 0;
    const write = async (pieces: readonly Uint8Array[]) => {
      expect(++under).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      writes.push(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
      under--;
    };
    await writeBody(write, repeat(Buffer.alloc(size), count), {});
    expect(writes.reduce((sum, bytes) => sum + bytes, 0)).toBe(size * count);
    // Never more than 1 MiB and a chunk in memory, and never a system call for a few bytes.
    expect(Math.max(...writes)).toBeLessThan(MIB + size);
    expect(Math.min(...writes.slice(0, -1))).toBeGreaterThanOrEqual(Math.min(size * 256, MIB));
  });

  it('does not copy large chunks', async () => {
    const chunk = Buffer.alloc(64 << 10);
    const pieces: Uint8Array[] = [];
    const write = (written: readonly Uint8Array[]) => Promise.resolve(void pieces.push(...written));
    await writeBody(write, repeat(chunk, 40), {});
    expect(pieces).toHaveLength(40);
    for (const piece of pieces) expect(piece).toBe(chunk);
  });

  it('ends with the error of a write, and closes the body', async () => {
    let closed = false;
    const endless = (async function* () {
      try {
        for (;;) yield await Promise.resolve(Buffer.alloc(MIB));
      } finally {
        closed = true;
      }
    })();
    const failure = new Error('the disk is gone');
    let writes = 0;
    const write = () => (++writes === 3 ? Promise.reject(failure) : Promise.resolve());
    await expect(writeBody(write, endless, {})).rejects.toBe(failure);
    expect(closed).toBe(true);
    expect(writes).toBe(3);
  });

  it('reports a write that fails last', async () => {
    const failure = new Error('the disk is gone');
    await expect(writeBody(() => Promise.reject(failure), repeat(Buffer.from('x'), 1), {})).rejects.toBe(failure);
  });

  it('waits for the write under way before it ends with an error of the body', async () => {
    let finished = false;
    const write = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      finished = true;
    };
    const failing = (async function* () {
      yield Buffer.alloc(2 * MIB);
      await Promise.resolve();
      throw new Error('late');
    })();
    await expect(writeBody(write, failing, {})).rejects.toThrow('late');
    expect(finished).toBe(true);
  });
});

describe('appending pieces to a file', () => {
  it('goes on where a write stopped short', async () => {
    const path = join(await newDirectory(), 'file');
    const handle = await open(path, 'wx');
    const pieces = [randomBytes(10), randomBytes(1), Buffer.alloc(0), randomBytes(500), randomBytes(3)];
    // The kernel writes less than asked only on odd occasions: here it takes at most 7 bytes a call.
    const short = {
      writev: async (all: Uint8Array[]) => {
        const first = all.find((piece) => piece.byteLength > 0) ?? Buffer.alloc(0);
        const { bytesWritten } = await handle.write(first.subarray(0, 7));
        return { bytesWritten, buffers: all };
      },
    } as unknown as typeof handle;
    await writeAll(short, pieces);
    await handle.close();
    expect(await readFile(path)).toEqual(Buffer.concat(pieces));
  });

  it('reports a full disk, which the vault translates with the remedy', async () => {
    const handle = await open('/dev/full', 'w');
    const attempt = writeAll(handle, [Buffer.alloc(100)]);
    const error: unknown = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await handle.close();
    expect(error).toMatchObject({ code: 'ENOSPC' });
    expect(unwritable('Storing k', '/vault/k', error)).toMatchObject({
      code: 'VAULT_UNWRITABLE',
      message: expect.stringMatching(/Storing k failed at \/vault\/k: ENOSPC/) as string,
      hint: expect.stringContaining('free space') as string,
    });
  });
});

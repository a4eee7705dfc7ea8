import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MAX_MEMORY_PART_BYTES } from '../../../src/vault/s3/part-sizes.js';
import { PartFactory, type Part } from '../../../src/vault/s3/part.js';
import { temporaryDirectory } from '../../helpers/temporary-directory.js';

const MIB = 1 << 20;

async function content(body: Buffer | Readable): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return Buffer.from(body);
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function fill(part: Part, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += 300_000) await part.fill(bytes.subarray(at, at + 300_000));
}

describe.each([
  ['memory', 8 * MIB],
  ['a file', MAX_MEMORY_PART_BYTES + MIB],
])('a part in %s', (_, capacity) => {
  it('gives its bytes as often as they have to be sent, also after an attempt that stopped early', async () => {
    const part = await new PartFactory(temporaryDirectory()).create(capacity);
    const bytes = randomBytes(5 * MIB + 17);
    await fill(part, bytes);
    expect(part).toMatchObject({ size: bytes.length, room: capacity - bytes.length });
    for (let round = 0; round < 3; round++) {
      const stopped = part.sendWith(async (body) => {
        if (!Buffer.isBuffer(body)) for await (const _ of body) break;
        throw new Error('cut off');
      });
      await expect(stopped).rejects.toThrow('cut off');
      expect((await part.sendWith(content)).equals(bytes)).toBe(true);
    }
    await part.release();
  });

  it('gives no bytes when it has none', async () => {
    const part = await new PartFactory(temporaryDirectory()).create(capacity);
    expect(await part.sendWith(content)).toHaveLength(0);
    await part.release();
  });

  it('does not mix its bytes with those of the part before', async () => {
    const factory = new PartFactory(temporaryDirectory());
    const first = await factory.create(capacity);
    await fill(first, randomBytes(4 * MIB));
    await first.release();
    const second = await factory.create(capacity);
    const bytes = randomBytes(2 * MIB);
    await fill(second, bytes);
    expect((await second.sendWith(content)).equals(bytes)).toBe(true);
    await second.release();
    // Harmless, as after a failure.
    await second.release();
  });
});

describe('a part in a file', () => {
  it('has no name that anyone could open, or that a killed process would leave', async () => {
    const directory = temporaryDirectory();
    const part = await new PartFactory(directory).create(MAX_MEMORY_PART_BYTES + 1);
    await fill(part, randomBytes(MIB));
    expect(await readdir(directory)).toEqual([]);
    await part.release();
  });

  it('says what to change when there is no place for it', async () => {
    const missing = join(temporaryDirectory(), 'missing');
    await expect(new PartFactory(missing).create(5 * 2 ** 30)).rejects.toMatchObject({
      code: 'VAULT_UNWRITABLE',
      message: expect.stringContaining(missing) as string,
      hint: expect.stringContaining('TMPDIR') as string,
    });
  });
});

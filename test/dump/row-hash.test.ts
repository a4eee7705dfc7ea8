import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowHash } from '../../src/dump/row-hash.js';
import { murmur3Reference, rowsHashReference } from './murmur3-reference.js';

const NEWLINE = 0x0a;

/** Bytes that COPY text can have within a row, with the ones that could confuse a newline search made frequent. */
const rowByte = fc.oneof(
  fc.constantFrom(0x09, 0x0b, 0x00, 0x01, 0x5c, 0x2e, 0x8a, 0x80, 0xff),
  fc.integer({ min: 0, max: 255 }).filter((byte) => byte !== NEWLINE),
);
const END_MARKER = Buffer.from('\\.');
const row = fc
  .array(rowByte, { maxLength: 70 })
  .map((bytes) => Buffer.from(bytes))
  .filter((bytes) => !bytes.equals(END_MARKER));
const rows = fc.array(row, { maxLength: 12 });

function join(list: readonly Uint8Array[]): Buffer {
  return Buffer.concat(list.flatMap((bytes) => [bytes, Buffer.from([NEWLINE])]));
}

function hashRaw(data: Uint8Array): string {
  const hash = new RowHash();
  hash.consumeRaw(data);
  expect(hash.midRow).toBe(false);
  return hash.hex();
}

/** Cuts `data` after the given offsets, each chunk at another alignment of its memory. */
function cut(data: Buffer, offsets: readonly number[]): Buffer[] {
  const ends = [...new Set(offsets.map((offset) => offset % (data.length + 1)))].sort((a, b) => a - b);
  return [...ends, data.length].map((end, index) => {
    const piece = data.subarray(index === 0 ? 0 : ends[index - 1], end);
    const memory = Buffer.alloc(piece.length + 7, NEWLINE);
    piece.copy(memory, index % 7);
    return memory.subarray(index % 7, (index % 7) + piece.length);
  });
}

describe('the reference of the tests', () => {
  it('gives the verification value that SMHasher publishes for MurmurHash3_x86_128', () => {
    const results = Buffer.alloc(256 * 16);
    const key = Uint8Array.from({ length: 256 }, (_, index) => index);
    for (let length = 0; length < 256; length++) {
      murmur3Reference(key.subarray(0, length), 256 - length).forEach((lane, index) =>
        results.writeUInt32LE(lane, length * 16 + index * 4),
      );
    }
    expect(murmur3Reference(results, 0)[0]).toBe(0xb3ece62a);
  });
});

describe('RowHash of a single row', () => {
  it('equals what the original C++ gives for known sentences', () => {
    expect(hashRaw(Buffer.from('The quick brown fox jumps over the lazy dog\n'))).toBe(
      '2f1583c3ecee2c675d7bf66ce5e91d2c',
    );
    expect(hashRaw(Buffer.from('I will not buy this record, it is scratched.\n'))).toBe(
      'a0a9683b25ac5e40d9af2895890dddf5',
    );
  });

  it('is 128 zero bits for an empty row, which still counts as a row', () => {
    const hash = new RowHash();
    hash.consumeRaw(Buffer.from('\n\n'));
    expect([hash.hex(), hash.rows, hash.bytes]).toEqual(['0'.repeat(32), 2, 2]);
  });

  it('equals the reference for every length from 0 to 100, followed by few or many bytes', () => {
    for (let length = 0; length <= 100; length++) {
      const key = Buffer.from(Array.from({ length }, (_, index) => (index * 37 + length) % 256)).map((byte) =>
        byte === NEWLINE ? 0x8a : byte,
      );
      expect(hashRaw(Buffer.concat([key, Buffer.from('\n')]))).toBe(rowsHashReference([key]));
      const follower = Buffer.alloc(40, 'z');
      expect(hashRaw(join([key, follower]))).toBe(rowsHashReference([key, follower]));
    }
  });

  it('stays exact for a row of 40 MB that comes in pieces, with the length that this adds up to', () => {
    const piece = Buffer.alloc(1_000_003, 'x');
    const hash = new RowHash();
    for (let count = 0; count < 40; count++) expect(hash.consume(piece, 0)).toBe(-1);
    expect(hash.midRow).toBe(true);
    expect(hash.consume(Buffer.from('\n\\.\n'), 0)).toBe(4);
    expect([hash.rows, hash.bytes]).toEqual([1, 40 * piece.length + 1]);
    expect(hash.hex()).toBe(rowsHashReference([Buffer.alloc(40 * piece.length, 'x')]));
  });
});

describe('RowHash of many rows', () => {
  it('equals the sum of the reference over the rows, wherever the chunks are cut', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.nat(), { maxLength: 20 }), (list, offsets) => {
        const hash = new RowHash();
        for (const chunk of cut(join(list), offsets)) hash.consumeRaw(chunk);
        expect(hash.hex()).toBe(rowsHashReference(list));
        expect([hash.rows, hash.bytes, hash.midRow]).toEqual([list.length, join(list).length, false]);
      }),
      { numRuns: 1500 },
    );
  });

  it('finds the end-of-data line and stops just behind it, when the stream is cut at any one position', () => {
    fc.assert(
      fc.property(rows, fc.nat({ max: 40 }), (list, padding) => {
        const before = Buffer.alloc(padding, NEWLINE);
        const body = join(list);
        const after = Buffer.from('\n\nrow-like text\n\\.\n');
        const data = Buffer.concat([before, body, Buffer.from('\\.\n'), after]);
        const end = padding + body.length + 3;
        for (let position = padding; position <= data.length; position++) {
          const hash = new RowHash();
          const first = hash.consume(data.subarray(0, position), padding);
          if (position >= end) {
            expect(first).toBe(end);
          } else {
            expect(first).toBe(-1);
            expect(hash.consume(data.subarray(position), 0)).toBe(end - position);
          }
          expect([hash.hex(), hash.rows, hash.bytes]).toEqual([rowsHashReference(list), list.length, body.length]);
          expect(hash.midRow).toBe(false);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('takes rows that only look like the end-of-data line as rows', () => {
    const list = [
      'x'.repeat(32) + '\\.',
      '\\\\.',
      '\\.x',
      ' \\.',
      '.',
      '\\',
      '\\.\t',
      'x'.repeat(16) + '\\.',
      '\\..',
    ].map((text) => Buffer.from(text));
    const data = Buffer.concat([join(list), Buffer.from('\\.\n')]);
    for (let position = 0; position <= data.length; position++) {
      const hash = new RowHash();
      const first = hash.consume(data.subarray(0, position), 0);
      if (first < 0) expect(hash.consume(data.subarray(position), 0)).toBe(data.length - position);
      expect([hash.rows, hash.hex()]).toEqual([list.length, rowsHashReference(list)]);
    }
  });

  it('takes the end-of-data line as a row in a raw COPY stream, which has none', () => {
    expect(hashRaw(Buffer.from('\\.\n'))).toBe(rowsHashReference([END_MARKER]));
    expect(hashRaw(Buffer.from('\\.\nand more than sixteen bytes\n'))).toBe(
      rowsHashReference([END_MARKER, Buffer.from('and more than sixteen bytes')]),
    );
  });

  it('starts afresh after reset(), also when a row was under way', () => {
    const hash = new RowHash();
    hash.consumeRaw(Buffer.from('one\ntwo and then some more of it, cut'));
    hash.reset();
    expect([hash.hex(), hash.rows, hash.bytes, hash.midRow]).toEqual(['0'.repeat(32), 0, 0, false]);
    hash.consumeRaw(Buffer.from('three\n'));
    expect(hash.hex()).toBe(rowsHashReference([Buffer.from('three')]));
  });

  it('says that the input stops in the middle of a row, until the newline comes', () => {
    const hash = new RowHash();
    for (const byte of Buffer.from('a row of more than sixteen bytes')) {
      hash.consumeRaw(Buffer.from([byte]));
      expect(hash.midRow).toBe(true);
    }
    hash.consumeRaw(Buffer.from('\n'));
    expect(hash.midRow).toBe(false);
  });
});

describe('what the hash tells apart', () => {
  const filled = fc.array(row, { minLength: 1, maxLength: 12 });

  it('is the same for any order of the rows', () => {
    const shuffled = filled.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(fc.property(shuffled, ([list, other]) => hashRaw(join(list)) === hashRaw(join(other))));
  });

  it('is another when a row is missing, doubled or changed in one bit', () => {
    fc.assert(
      fc.property(filled, fc.nat(), fc.nat(), (list, pick, where) => {
        const index = pick % list.length;
        const victim = list[index]!;
        fc.pre(victim.length > 0);
        const before = hashRaw(join(list));
        expect(hashRaw(join(list.toSpliced(index, 1)))).not.toBe(before);
        expect(hashRaw(join(list.toSpliced(index, 0, victim)))).not.toBe(before);
        const changed = Buffer.from(victim);
        changed[where % changed.length]! ^= 0x80;
        fc.pre(!changed.includes(NEWLINE));
        expect(hashRaw(join(list.with(index, changed)))).not.toBe(before);
      }),
    );
  });

  it('is another when two rows exchange a value, or a byte moves to the next row', () => {
    const hash = (...list: string[]) => hashRaw(join(list.map((text) => Buffer.from(text))));
    expect(hash('1\tanna', '2\tbert')).not.toBe(hash('1\tbert', '2\tanna'));
    expect(hash('12', '3')).not.toBe(hash('1', '23'));
    expect(hash('', 'ab')).not.toBe(hash('a', 'b'));
  });
});

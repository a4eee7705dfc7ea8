import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Crc64 } from '../../../src/vault/s3/crc64.js';

describe('CRC-64/NVME', () => {
  it('has the published check value', () => {
    // The catalog of parametrized CRC algorithms: check=0xae8b14860a799888.
    expect(checksum(Buffer.from('123456789'))).toBe(Buffer.from('ae8b14860a799888', 'hex').toString('base64'));
  });

  it('is zero for no bytes', () => {
    expect(new Crc64().digest()).toBe('AAAAAAAAAAA=');
  });

  it('is what bit-by-bit division gives, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 }), (pieces) => {
        expect(checksum(...pieces)).toBe(reference(Buffer.concat(pieces)));
      }),
    );
  });

  it('joins the checksums of parts to that of the whole, also with bytes added afterwards', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 5 }), (parts) => {
        const whole = new Crc64();
        for (const part of parts) whole.append(of(part));
        whole.update(Buffer.from('tail'));
        const bytes = Buffer.concat([...parts, Buffer.from('tail')]);
        expect(whole.digest()).toBe(checksum(bytes));
        expect(whole.bytes).toBe(bytes.length);
      }),
    );
  });

  it('joins parts of a size at which 32-bit arithmetic would overflow', () => {
    // 2^40 zero bytes, doubled into being; and the same number as two unequal halves.
    const zeros = (doublings: number) => {
      const crc = of(Buffer.alloc(1 << 20));
      for (let count = 0; count < doublings; count++) crc.append(crc);
      return crc;
    };
    const [whole, halves] = [of(Buffer.from('a')), of(Buffer.from('a'))];
    whole.append(zeros(20));
    for (let doublings = 19; doublings >= 0; doublings--) halves.append(zeros(doublings));
    halves.append(zeros(0));
    expect(whole.bytes).toBe(2 ** 40 + 1);
    expect(halves.bytes).toBe(2 ** 40 + 1);
    expect(whole.digest()).toBe(halves.digest());
  });

  it('tells a flipped bit, parts in the wrong order and a missing byte', () => {
    const bytes = randomBytes(1000);
    const flipped = Buffer.from(bytes);
    flipped[500]! ^= 1;
    const swapped = Buffer.concat([bytes.subarray(500), bytes.subarray(0, 500)]);
    expect(new Set([bytes, flipped, swapped, bytes.subarray(1)].map((each) => checksum(each))).size).toBe(4);
  });
});

function of(...pieces: readonly Uint8Array[]): Crc64 {
  const crc = new Crc64();
  for (const piece of pieces) crc.update(piece);
  return crc;
}

function checksum(...pieces: readonly Uint8Array[]): string {
  return of(...pieces).digest();
}

/** One bit at a time, in 64-bit integers. */
function reference(bytes: Uint8Array): string {
  let crc = 0xffffffffffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x9a6c9329ac4bc9b5n : crc >> 1n;
  }
  const result = Buffer.alloc(8);
  result.writeBigUInt64BE(crc ^ 0xffffffffffffffffn);
  return result.toString('base64');
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  MAX_MEMORY_PART_BYTES,
  MAX_PARTS,
  MAX_PART_BYTES,
  partsInFlight,
  PartSizes,
} from '../../../src/vault/s3/part-sizes.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const TIB = 2 ** 40;
const TB = 1e12;

interface Upload {
  readonly parts: number;
  /** Bytes of the largest part that was full. */
  readonly largest: number;
  /** Bytes sent in parts that were kept in memory. */
  readonly inMemory: number;
}

/** What an upload of `size` bytes does with the parts that the schedule gives it; one that needs too many fails. */
function simulate(size: number, expectedBytes?: number): Upload {
  const sizes = new PartSizes(expectedBytes);
  let sent = 0;
  let parts = 0;
  let largest = 0;
  let inMemory = 0;
  while (sent < size) {
    const bytes = sizes.next();
    if (bytes === undefined) throw new Error(`After ${parts} parts, ${size - sent} of ${size} bytes are left.`);
    // Not expect: it would take most of the time.
    if (bytes % MIB !== 0 || bytes < 8 * MIB || bytes > MAX_PART_BYTES) throw new Error(`A part of ${bytes} bytes.`);
    if (bytes < largest) throw new Error(`A part of ${bytes} bytes after one of ${largest}.`);
    if (bytes <= MAX_MEMORY_PART_BYTES) inMemory += bytes;
    largest = bytes;
    sent += bytes;
    parts++;
  }
  return { parts, largest, inMemory };
}

describe('the sizes of parts', () => {
  it.each([0, 5 * MIB, 8 * MIB, 78 * GIB, 79 * GIB, 240 * GIB, TIB, 2 * TB, 10 * TIB, 18 * TIB])(
    'hold a stream of unknown length of %d bytes in 10,000 parts',
    (size) => {
      expect(simulate(size).parts).toBeLessThanOrEqual(MAX_PARTS);
    },
  );

  it.each([MIB, 78 * GIB, 600 * GIB, TIB, 2 * TB, 10 * TIB, 30 * TIB, 48.8 * TIB])(
    'hold an object of %d bytes that was expected, and a quarter more where S3 takes that',
    (size) => {
      expect(simulate(size, size).parts).toBeLessThanOrEqual(MAX_PARTS);
      expect(simulate(Math.min(size * 1.25, 48.8 * TIB), size).parts).toBeLessThanOrEqual(MAX_PARTS);
    },
  );

  it('hold an object that is far larger than expected', () => {
    for (const expected of [1, 10 * MIB, 5 * GIB]) expect(simulate(17 * TIB, expected).parts).toBeLessThan(MAX_PARTS);
    for (const expected of [100 * GIB, 600 * GIB, 2 * TB]) simulate(3 * expected, expected);
  });

  it('hold any object of up to 48 TiB that is not larger than expected', () => {
    const size = fc.double({ min: 0, max: 48 * TIB, noNaN: true }).map(Math.floor);
    fc.assert(
      fc.property(size, fc.double({ min: 0, max: 1, noNaN: true }), (expected, share) => {
        expect(simulate(Math.floor(expected * share), expected).parts).toBeLessThanOrEqual(MAX_PARTS);
      }),
      { numRuns: 200 },
    );
  });

  it('end after 10,000 parts', () => {
    const sizes = new PartSizes();
    for (let index = 0; index < MAX_PARTS; index++) expect(sizes.next()).toBeGreaterThan(0);
    expect(sizes.next()).toBeUndefined();
    expect(() => simulate(49 * TIB, 49 * TIB)).toThrow(/bytes are left/);
  });

  it('stay small for small objects, and in memory for a database of 2 TB whose dump is a fifth of it', () => {
    expect(simulate(5 * GIB, 5 * GIB).largest).toBe(8 * MIB);
    const dump = simulate(0.2 * 2 * TB, 2 * TB);
    expect(dump.largest).toBeLessThanOrEqual(MAX_MEMORY_PART_BYTES);
    expect(dump.inMemory).toBeGreaterThanOrEqual(0.4 * TB);
    // The rest of a dump that is as large as its database goes to disk in parts that are not much larger than needed.
    expect(simulate(2 * TB, 2 * TB).largest).toBeLessThanOrEqual(2100 * MIB);
  });

  it('let no more into memory than 96 MiB: those under way and the one that is being filled', () => {
    for (let bytes = 8 * MIB; bytes <= MAX_MEMORY_PART_BYTES; bytes += MIB) {
      expect((partsInFlight(bytes) + 1) * bytes).toBeLessThanOrEqual(96 * MIB);
      expect(partsInFlight(bytes)).toBeGreaterThanOrEqual(1);
    }
    expect(partsInFlight(8 * MIB)).toBe(4);
    expect(partsInFlight(MAX_PART_BYTES)).toBe(1);
  });
});

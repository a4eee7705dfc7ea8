import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumRowHashes } from '../../../src/dump/row-hash-sum.js';
import type { SegmentContent } from '../../../src/dump/segments/segment.js';
import { cutAt } from '../read-dump.js';
import { cut, dumpOf, follow, type Part } from './segments.js';

const SIZE = 400;
const small = fc.integer({ min: 0, max: 60 });
const part: fc.Arbitrary<Part> = fc.oneof(
  fc.record({
    kind: fc.constant('table' as const),
    rows: fc.array(fc.oneof(small, fc.integer({ min: 0, max: 900 })), { maxLength: 40 }),
  }),
  fc.record({ kind: fc.constant('view' as const), length: fc.oneof(small, fc.integer({ min: 0, max: 900 })) }),
  fc.record({
    kind: fc.constant('blobs' as const),
    sizes: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 6 }),
  }),
);
const anyDump = fc.array(part, { maxLength: 8 }).map(dumpOf);
const cuts = fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 30 });

const FIXED = dumpOf([
  { kind: 'view', length: 10 },
  { kind: 'table', rows: [20, 20] },
  { kind: 'table', rows: Array.from({ length: 60 }, (_, n) => 10 + (n % 7)) },
  { kind: 'blobs', sizes: [20, 200, 20] },
  { kind: 'table', rows: [5, 5] },
]);

describe('issue 13, B: the segments of a dump', () => {
  test('lie one behind the other, wherever the bytes are cut, and fit the entries', () => {
    fc.assert(
      fc.property(anyDump, cuts, (dump, positions) => {
        const { segments, entries } = cut([dump], SIZE);
        expect(
          cut(
            cutAt(
              dump,
              positions.map((at) => at % dump.length),
            ),
            SIZE,
          ).segments,
        ).toEqual(segments);

        let end = 0;
        for (const segment of segments) {
          expect(segment.rawOffset).toBe(end);
          end += segment.rawBytes;
        }
        expect(end).toBe(dump.length);
        expect(segments.reduce((sum, segment) => sum + segment.entries, 0)).toBe(entries.length);
        expect(follow([dump], segments)).toEqual([]);
        expect(
          follow(
            cutAt(
              dump,
              positions.map((at) => at % dump.length),
            ),
            segments,
          ),
        ).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test('hold whole entries or rows of one table, whose shares add up to its fingerprint', () => {
    const { segments, entries } = cut([FIXED], SIZE);
    const table = entries.findIndex(({ name }) => name === 'p2') + 1;
    const shares = segments.filter(({ entry, share }) => entry === table && share);
    expect(shares.length).toBeGreaterThan(1);
    expect(shares.map(({ entries: begun }) => begun)).toEqual([1, ...shares.slice(1).map(() => 0)]);
    const rows = shares.reduce((sum, { share }) => sum + share!.rows, 0);
    const hash = shares.map(({ share }) => share!.hash).reduce(sumRowHashes);
    expect(entries[table - 1]).toMatchObject({ kind: 'table-data', rows, hash });
    for (const { rawOffset } of shares) {
      const before = FIXED.toString('latin1', rawOffset - 1, rawOffset);
      expect(before).toBe('\n');
    }
    for (const { share, entry } of segments) if (share) expect(entry).toBe(table);
  });

  test('are about as large as they should be, and only a row or an entry makes one larger', () => {
    const { segments } = cut([dumpOf([{ kind: 'table', rows: Array.from({ length: 2000 }, () => 19) }])], 1000);
    const [first, ...rest] = segments;
    expect(first!.rawBytes).toBeLessThan(1000);
    expect(rest.slice(0, -1).filter(({ rawBytes }) => rawBytes < 1000 || rawBytes > 1020)).toEqual([]);
  });

  test('of a dump in which nothing is large is one', () => {
    const { segments, entries } = cut([FIXED], 1 << 20);
    expect(segments).toEqual([{ entry: 1, entries: entries.length, rawOffset: 0, rawBytes: FIXED.length }]);
  });
});

describe('issue 13, B: an index that does not fit its dump', () => {
  const { segments } = cut([FIXED], SIZE);
  const at = segments.findIndex(({ share, entries }) => share && entries === 0);
  const changed = (change: (segment: SegmentContent) => Partial<SegmentContent>) =>
    segments.map((segment, index) => (index === at ? { ...segment, ...change(segment) } : segment));
  /** The border at the end of a segment, moved. */
  const moved = (index: number, by: number) =>
    segments.map((segment, position) => ({
      ...segment,
      rawOffset: segment.rawOffset + (position === index + 1 ? by : 0),
      rawBytes: segment.rawBytes + (position === index ? by : position === index + 1 ? -by : 0),
    }));
  const share = segments[at]!.share!;

  test.each<[string, readonly SegmentContent[], RegExp]>([
    ['names another entry', changed(({ entry }) => ({ entry: entry + 1 })), /entries begin in it, from/],
    ['lets an entry begin where none does', changed(() => ({ entries: 1 })), /1 entries begin in it/],
    ['counts other rows', changed(() => ({ share: { ...share, rows: share.rows + 1 } })), /rows with the hash/],
    ['has another hash', changed(() => ({ share: { ...share, hash: 'f'.repeat(32) } })), /rows with the hash/],
    ['says nothing of its rows', changed(() => ({ share: undefined })), /does not say which share/],
    ['has a border within a row', moved(at, 3), /middle of a row/],
    ['has a border at another row', moved(at, segments[at]!.rawBytes > 0 ? 15 : 0), /./],
    ['has a border within an entry', moved(0, -2), /no segment can end|from/],
    [
      'goes on after the end',
      [...segments, { entry: 9, entries: 0, rawOffset: FIXED.length, rawBytes: 5 }],
      /has ended before it/,
    ],
  ])('%s', (_, wrong, reason) => {
    const found = follow([FIXED], wrong);
    expect(found.join('\n')).toMatch(reason);
    expect(found[0]).toMatch(/^\d+: /);
  });
});

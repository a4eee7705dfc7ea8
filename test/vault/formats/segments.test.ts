import { describe, expect, expectTypeOf, test } from 'vitest';
import type { Framing, Segment } from '../../../src/dump/segments/segment.js';
import { segmentsSchema, type SegmentsRecord } from '../../../src/vault/formats/segments.js';

type Named = Extract<SegmentsRecord, { kind: 'segment' }>;
type Head = Extract<SegmentsRecord, { kind: 'index' }>;

describe('issue 13, B: the lines of the index', () => {
  test('are what the segments of a dump are', () => {
    expectTypeOf<Segment>().toExtend<Omit<Named, 'kind'>>();
    expectTypeOf<Omit<Named, 'kind'>>().toExtend<Segment>();
    expectTypeOf<keyof Omit<Named, 'kind'>>().toEqualTypeOf<keyof Segment>();
    expectTypeOf<Head['framing']>().toEqualTypeOf<Framing>();
  });

  const segment = { kind: 'segment', entry: 1, entries: 0, rawOffset: 0, rawBytes: 1, storedOffset: 0, storedBytes: 1 };
  test.each([
    ['without bytes', { ...segment, sha256: '0'.repeat(64), rawBytes: 0 }],
    ['of no entry', { ...segment, sha256: '0'.repeat(64), entry: 0 }],
    ['without a hash', segment],
    ['of another kind', { ...segment, sha256: '0'.repeat(64), kind: 'part' }],
  ])('are none %s', (_, line) => {
    expect(segmentsSchema.safeParse(line).success).toBe(false);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OccurrenceCounter } from '../../src/dump/occurrence-counter.js';

describe('the occurrence counter', () => {
  it('counts as a Map does, whatever it is given', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3 }), { maxLength: 300 }), (identities) => {
        const counter = new OccurrenceCounter();
        const map = new Map<string, number>();
        for (const identity of identities) {
          map.set(identity, (map.get(identity) ?? 0) + 1);
          expect(counter.count(identity)).toBe(map.get(identity));
        }
      }),
    );
  });

  it('tells 300,000 similar names apart, and knows them again', () => {
    const counter = new OccurrenceCounter();
    const wrong: string[] = [];
    for (let round = 1; round <= 2; round++) {
      for (let n = 0; n < 300_000; n++) {
        if (counter.count(`TABLE\0public\0orders_${n}`) !== round) wrong.push(`${n} in round ${round}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it.each([
    ['ab', 'ba'],
    ['a', 'a\0'],
    ['\0a', 'a'],
    ['TABLE\0a\0b', 'TABLE\0a.b\0'],
    ['ü', 'u'],
  ])('tells %j from %j', (a, b) => {
    const counter = new OccurrenceCounter();
    expect([counter.count(a), counter.count(b), counter.count(a)]).toEqual([1, 1, 2]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inCodeUnitOrder } from '../../../src/vault/s3/key-order.js';

/** Around both borders: before the surrogates, after them, and beyond the 16 bits that they stand for. */
const name = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '\ud7ff', '\ue000', '\uffee', '\u{10000}', '\u{1f600}', '\u{10ffff}'),
  maxLength: 6,
});

describe('listed keys', () => {
  it('come in the order of UTF-16 when the store lists them in that of UTF-8', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 40 }), async (keys) => {
        const stored = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
        expect(await collect(stored)).toEqual([...keys].sort());
      }),
      { numRuns: 500 },
    );
  });

  it('are held back only as long as a smaller one may follow', async () => {
    const taken: string[] = [];
    const source = (async function* () {
      for (const key of ['a', 'b\ue000', 'b\ue001', 'b\u{1f600}', 'c', 'd']) {
        taken.push(key);
        yield await Promise.resolve({ key });
      }
    })();
    const iterator = inCodeUnitOrder(source);
    expect((await iterator.next()).value).toEqual({ key: 'a' });
    expect(taken).toEqual(['a']);
    expect((await iterator.next()).value).toEqual({ key: 'b\u{1f600}' });
    expect(taken.at(-1)).toBe('c');
  });
});

async function collect(stored: readonly string[]): Promise<string[]> {
  const source = (async function* () {
    for (const key of stored) yield await Promise.resolve({ key });
  })();
  const found: string[] = [];
  for await (const { key } of inCodeUnitOrder(source)) found.push(key);
  return found;
}

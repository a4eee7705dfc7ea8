import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shopSize } from '../../../../src/cli/commands/demo/shop.js';

it('splits any number of rows among the tables without a remainder, and leaves none empty', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1000, max: 100_000_000 }), (rows) => {
      const sizes = Object.values(shopSize(rows)) as number[];
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(rows);
      expect(sizes.every((size) => Number.isInteger(size) && size > 0)).toBe(true);
    }),
  );
});

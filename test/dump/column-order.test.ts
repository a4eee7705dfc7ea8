import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ColumnOrder, isReordered } from '../../src/dump/column-order.js';

const rows = fc.array(
  fc.tuple(fc.stringMatching(/^[a-z\\,. ]{0,9}$/), fc.stringMatching(/^[a-z]*$/), fc.constant('\\N')),
);

describe('rows whose columns are brought into another order', () => {
  test('have them so, in whatever pieces they come', () => {
    fc.assert(
      fc.property(rows, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (table, cuts) => {
        const order = new ColumnOrder(['a', 'b', 'c'], ['c', 'a', 'b']);
        const bytes = Buffer.from(`${table.map((row) => `${row.join('\t')}\n`).join('')}\\.\n`);
        let result = '';
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const length = cuts[turn % cuts.length] as number;
          result += order.reorder(bytes.subarray(at, at + length)).toString();
          at += length;
        }
        expect(result).toBe(table.map(([a, b, c]) => `${c}\t${a}\t${b}\n`).join(''));
      }),
    );
  });
});

describe('two lists of columns', () => {
  test.each([
    [['a', 'b'], ['b', 'a'], true],
    [['a', 'b'], ['a', 'b'], false],
    [['a', 'b'], ['a', 'c'], false],
    [['a', 'b'], ['a'], false],
  ])('%j and %j differ in their order alone: %s', (a, b, expected) => {
    expect(isReordered(a, b)).toBe(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { nearest, nearestFirst } from '../../src/core/nearest.js';

describe('nearest', () => {
  const known = ['dbName', 'secretArn', 'compressionLevel', 'user', 'host'];
  it.each([
    ['db_name', 'dbName'],
    ['secret-arn', 'secretArn'],
    ['compresionlevl', 'compressionLevel'],
    ['usr', 'user'],
    ['hots', 'host'],
  ])('finds what %s was meant to be', (word, meant) => expect(nearest(word, known)).toBe(meant));

  it.each(['tags', 'ab', 'subnet_ids', ''])('suggests nothing for %j', (word) =>
    expect(nearest(word, known)).toBeUndefined(),
  );
});

describe('nearestFirst', () => {
  it('names each candidate once, the most similar first, then by name', () =>
    expect(nearestFirst('orders', ['stock', 'border', 'orders2', 'stock', 'zorders'])).toEqual([
      'orders2',
      'zorders',
      'border',
      'stock',
    ]));
});

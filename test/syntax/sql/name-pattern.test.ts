import { describe, expect, it } from 'vitest';
import { parseNamePattern } from '../../../src/syntax/sql/name-pattern.js';

describe('parseNamePattern', () => {
  it.each([
    ['orders', undefined, '^(orders)$'],
    ['Orders', undefined, '^(orders)$'],
    ['"Orders"', undefined, '^(Orders)$'],
    ['sales.ord*', '^(sales)$', '^(ord.*)$'],
    ['s?les.*', '^(s.les)$', '^(.*)$'],
    ['"a.b*".c', '^(a\\.b\\*)$', '^(c)$'],
    ['"a""b"', undefined, '^(a"b)$'],
    ['db.s.t', '^(s)$', '^(t)$'],
    ['cash$', undefined, '^(cash\\$)$'],
    ['t[0-9]', undefined, '^(t[0-9])$'],
    ['É', undefined, '^(é)$'],
  ])('reads %s as pg_dump does', (pattern, schema, name) => {
    expect(parseNamePattern(pattern)).toEqual({ schema, name });
  });
});

import { describe, expect, it } from 'vitest';
import { matchesGlob } from '../../src/syntax/glob.js';

describe('matchesGlob', () => {
  it.each([
    ['*', ''],
    ['*', 'any\ntext'],
    ['tenant_*', 'tenant_1'],
    ['a?c', 'abc'],
    ['a.c', 'a.c'],
    ['(a|b)[$^]\\', '(a|b)[$^]\\'],
  ])('%j matches %j', (pattern, text) => expect(matchesGlob(pattern, text)).toBe(true));

  it.each([
    ['', 'a'],
    ['a', 'ab'],
    ['a', 'ba'],
    ['a?c', 'ac'],
    ['a.c', 'abc'],
    ['A', 'a'],
  ])('%j does not match %j', (pattern, text) => expect(matchesGlob(pattern, text)).toBe(false));

  it('takes a question mark as it stands where only * is a wildcard', () => {
    expect(matchesGlob('secret:db-??????', 'secret:db-??????', '*')).toBe(true);
    expect(matchesGlob('secret:db-??????', 'secret:db-AbCdEf', '*')).toBe(false);
    expect(matchesGlob('secret:*', 'secret:db-AbCdEf', '*')).toBe(true);
  });
});

import { expect, it } from 'vitest';
import { alternateUser } from '../../../src/rotation/postgres/alternate-user.js';
import { splitNames } from '../../../src/syntax/sql/identifiers.js';

it('goes back and forth between two names', () => {
  expect(alternateUser('app')).toBe('app_clone');
  expect(alternateUser('app_clone')).toBe('app');
  expect(alternateUser('_clone')).toBe('_clone_clone');
});

it('refuses a name whose alternate PostgreSQL would cut off', () => {
  expect(alternateUser('x'.repeat(57))).toHaveLength(63);
  expect(() => alternateUser('x'.repeat(58))).toThrow('is too long for a second one');
  expect(() => alternateUser('ä'.repeat(30))).toThrow('63 bytes');
});

it.each([
  ['"$user", public', ['$user', 'public']],
  ['"a, ""b""", c', ['a, "b"', 'c']],
  ['""', ['']],
  ['', []],
])('reads the list of names %s', (list, names) => {
  expect(splitNames(list)).toEqual(names);
});

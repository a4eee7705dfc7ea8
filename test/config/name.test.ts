import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nameProblem, toValidName } from '../../src/config/name.js';

describe('nameProblem', () => {
  it.each(['a', 'App-db_1.x', '9lives', 'a'.repeat(100)])('takes %s', (name) =>
    expect(nameProblem(name)).toBeUndefined(),
  );

  it.each(['', '.hidden', '-x', '_x', '..', 'a/b', 'a b', 'a@latest', 'é', 'a\n', 'a'.repeat(101)])(
    'refuses %j',
    (name) => expect(nameProblem(name)).toMatch(/^Use /),
  );
});

describe('toValidName', () => {
  it('leaves a valid name as it is', () => expect(toValidName('App-db_1.x')).toBe('App-db_1.x'));

  it('makes a valid name of anything', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        (text) => nameProblem(toValidName(text)) === undefined,
      ),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { coversAction, coversEvery, matchesPattern, reaches } from '../../../src/audit/policies/match.js';
import { globIncludes } from '../../../src/syntax/glob.js';
import { parsePolicy } from '../../../src/audit/policies/parse-policy.js';
import { patternsMeet } from '../../../src/syntax/patterns-meet.js';

const only = (statement: object) => {
  const [first] = parsePolicy({ Statement: { Effect: 'Allow', ...statement } }).statements;
  if (!first) throw new Error('There is no statement.');
  return first;
};

describe('a pattern', () => {
  it.each([
    ['*', 'anything', true],
    ['s3:Get*', 's3:GetObject', true],
    ['s3:Get?bject', 's3:GetObject', true],
    ['a.c', 'abc', false],
    ['a[bc', 'a[bc', true],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::b/x\ny', true],
    ['arn:aws:s3:::b/*', 'arn:aws:s3:::bb/x', false],
  ])('%s and %j: %s', (pattern, text, matches) => {
    expect(matchesPattern(pattern, text)).toBe(matches);
  });
});

// A regular expression would try every division of the text among the stars, for hours.
it('12.1: patterns of an audited account are compared in few steps, however many stars they have', () => {
  const stars = `arn:aws:iam::111122223333:role/${'*a'.repeat(20)}b`;
  const name = `arn:aws:iam::111122223333:role/${'a'.repeat(60)}`;
  expect(matchesPattern(stars, name)).toBe(false);
  expect(matchesPattern(stars, name.toUpperCase(), false)).toBe(false);
  expect(globIncludes(stars, name)).toBe(false);
  expect(matchesPattern(stars, `${name}b`)).toBe(true);
});

describe('two patterns', () => {
  it.each([
    ['a*', '*b', true],
    ['a*', 'b*', false],
    ['a?c', 'a*', true],
    ['a?', 'a', false],
    ['*a*b', 'b*a', false],
    ['*', '', true],
    ['vault/layer2/app/*', 'vault/*', true],
    ['vault/*/x', 'vault/layer2/app/*', true],
    ['s3:*Object', 's3:Get*', true],
    ['s3:Put*', 's3:Get*', false],
    ['**', '?', true],
  ])('%s and %s have something in common: %s', (one, other, meet) => {
    expect([patternsMeet(one, other), patternsMeet(other, one)]).toEqual([meet, meet]);
  });

  it.each([
    ['vault/*', 'vault/layer2/*', true],
    ['vault/layer2/*', 'vault/*', false],
    ['a?', 'a*', false],
    ['a?', 'a?', true],
    ['*', 'a?b*', true],
  ])('%s has all of %s: %s', (pattern, narrower, includes) => {
    expect(globIncludes(pattern, narrower)).toBe(includes);
  });
});

it('a statement reaches what it covers in part', () => {
  const some = only({ Action: '*', Resource: 'arn:aws:s3:::b/x*' });
  expect([coversEvery(some, 'arn:aws:s3:::b/*'), reaches(some, 'arn:aws:s3:::b/*')]).toEqual([false, true]);
  const others = only({ Action: '*', NotResource: 'arn:aws:s3:::b/x*' });
  expect([coversEvery(others, 'arn:aws:s3:::b/*'), reaches(others, 'arn:aws:s3:::b/*')]).toEqual([false, true]);
  expect(reaches(others, 'arn:aws:s3:::b/x/y*')).toBe(false);
});

it('a statement with neither action covers none, and one without a resource covers all', () => {
  expect(coversAction(only({}), 'sts:AssumeRole')).toBe(false);
  expect(coversEvery(only({ Action: '*' }), 'arn:aws:s3:::b')).toBe(true);
});

it('NotAction and NotResource cover what they do not name', () => {
  const statement = only({ NotAction: 'iam:*', NotResource: 'arn:aws:s3:::b/*' });
  expect([coversAction(statement, 'iam:PassRole'), coversAction(statement, 's3:GetObject')]).toEqual([false, true]);
  expect([coversEvery(statement, 'arn:aws:s3:::b/x'), coversEvery(statement, 'arn:aws:s3:::c')]).toEqual([false, true]);
});

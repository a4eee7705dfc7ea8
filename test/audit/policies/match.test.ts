import { describe, expect, it } from 'vitest';
import { accountOfArn, coversAction, coversResource, matchesPattern } from '../../../src/audit/policies/match.js';
import { parsePolicy } from '../../../src/audit/policies/parse-policy.js';

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

it('a statement with neither action covers none, and one without a resource covers all', () => {
  expect(coversAction(only({}), 'sts:AssumeRole')).toBe(false);
  expect(coversResource(only({ Action: '*' }), 'arn:aws:s3:::b')).toBe(true);
});

it('NotAction and NotResource cover what they do not name', () => {
  const statement = only({ NotAction: 'iam:*', NotResource: 'arn:aws:s3:::b/*' });
  expect([coversAction(statement, 'iam:PassRole'), coversAction(statement, 's3:GetObject')]).toEqual([false, true]);
  expect([coversResource(statement, 'arn:aws:s3:::b/x'), coversResource(statement, 'arn:aws:s3:::c')]).toEqual([
    false,
    true,
  ]);
});

it.each([
  ['arn:aws:iam::111122223333:root', '111122223333'],
  ['arn:aws-cn:logs:cn-north-1:111122223333:log-group:*', '111122223333'],
  ['arn:aws:s3:::bucket', ''],
  ['arn:aws:iam::${AWS::AccountId}:role/x', '${AWS::AccountId}'],
  ['arn:aws:kms:${AWS::Region}:${AWS::AccountId}:key/x', '${AWS::AccountId}'],
  ['AROAEXAMPLE', undefined],
])('the account of %s', (arn, account) => {
  expect(accountOfArn(arn)).toBe(account);
});

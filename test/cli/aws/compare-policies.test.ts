import { describe, expect, it } from 'vitest';
import { comparePolicies, statementsOf } from '../../../src/cli/aws/compare-policies.js';

const statement = {
  Sid: 'A',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: ['s3:PutObject', 's3:AbortMultipartUpload'],
  Resource: 'arn:aws:s3:::b/*',
  Condition: { Bool: { 'aws:SecureTransport': 'true' }, StringEquals: { 'aws:PrincipalArn': ['x', 'y'] } },
};

const EQUAL: readonly (readonly [string, object])[] = [
  ['another id', { Sid: 'B' }],
  ['no id', { Sid: undefined }],
  ['another order of actions', { Action: ['s3:AbortMultipartUpload', 's3:PutObject'] }],
  ['other capitals in actions', { Action: ['S3:putobject', 's3:AbortMultipartUpload'] }],
  ['a list of one resource', { Resource: ['arn:aws:s3:::b/*'] }],
  ['the account without its root', { Principal: { AWS: ['111122223333'] } }],
  [
    'another order of conditions',
    { Condition: { StringEquals: { 'aws:PrincipalArn': ['y', 'x'] }, Bool: { 'aws:securetransport': true } } },
  ],
];

const DIFFERENT: readonly (readonly [string, object])[] = [
  ['the other effect', { Effect: 'Deny' }],
  ['an action more', { Action: [...statement.Action, 's3:GetObject'] }],
  ['an action less', { Action: 's3:PutObject' }],
  ['another resource', { Resource: 'arn:aws:s3:::B/*' }],
  ['everybody', { Principal: '*' }],
  ['another account', { Principal: { AWS: 'arn:aws:iam::111122223334:root' } }],
  ['another kind of principal', { Principal: { Service: '111122223333' } }],
  ['no condition', { Condition: undefined }],
  [
    'another operator',
    { Condition: { ...statement.Condition, Bool: undefined, BoolIfExists: statement.Condition.Bool } },
  ],
  [
    'a value more in a condition',
    { Condition: { ...statement.Condition, StringEquals: { 'aws:PrincipalArn': ['x', 'y', 'z'] } } },
  ],
];

/** As JSON hands it out: without what is undefined. */
const changed = (change: object) => JSON.parse(JSON.stringify({ ...statement, ...change })) as typeof statement;

describe('two policies are equal with', () => {
  it.each(EQUAL)('%s', (_, change) => {
    expect(comparePolicies([statement], [changed(change)])).toEqual({ matched: 1, missing: [], extra: [] });
  });
});

describe('two policies differ with', () => {
  it.each(DIFFERENT)('%s', (_, change) => {
    const other = changed(change);
    expect(comparePolicies([statement], [other])).toEqual({ matched: 0, missing: [statement], extra: [other] });
  });

  it('a statement that is there twice and wanted once', () => {
    expect(comparePolicies([statement], [statement, statement])).toEqual({
      matched: 1,
      missing: [],
      extra: [statement],
    });
  });

  it('none at all', () => {
    expect(comparePolicies([statement], []).missing).toEqual([statement]);
  });
});

it('reads a policy whose only statement is not in a list', () => {
  expect(statementsOf(JSON.stringify({ Statement: statement }))).toEqual([statement]);
  expect(statementsOf('{}')).toEqual([]);
});

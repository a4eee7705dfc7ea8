import { describe, expect, it } from 'vitest';
import { foreignAccess } from '../../../src/audit/policies/foreign-access.js';
import { parsePolicy } from '../../../src/audit/policies/parse-policy.js';

const OWN = '111122223333';
const TRUSTED = '444455556666';
const STRANGER = '999999999999';

const statement = (more: Readonly<Record<string, unknown>>) => ({
  Sid: 'S',
  Effect: 'Allow',
  Action: 's3:GetObject',
  Resource: '*',
  ...more,
});

/** What a statement is, and the sentences about it. */
const CASES: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
  ['the own account', { Principal: { AWS: `arn:aws:iam::${OWN}:root` } }, []],
  ['the own account by its number', { Principal: { AWS: OWN } }, []],
  ['a declared account', { Principal: { AWS: `arn:aws:iam::${TRUSTED}:role/w` } }, []],
  ['a Deny for everyone', { Effect: 'Deny', Principal: '*' }, []],
  [
    'a service for an account',
    { Principal: { Service: 'logging.s3.amazonaws.com' }, Condition: { StringEquals: { 'aws:SourceAccount': OWN } } },
    [],
  ],
  [
    'a service for any account',
    { Principal: { Service: 'logging.s3.amazonaws.com' } },
    ['The statement S lets the service logging.s3.amazonaws.com act on behalf of any account.'],
  ],
  ['everyone in a VPC', { Principal: '*', Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-1' } } }, []],
  ['everyone at an endpoint', { Principal: '*', Condition: { StringEquals: { 'aws:SourceVpce': 'vpce-1' } } }, []],
  ['everyone at private addresses', { Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }, []],
  [
    'everyone at addresses of the internet',
    { Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '203.0.113.0/24'] } } },
    ['The statement S allows everyone s3:GetObject.'],
  ],
  ['a principal that is gone', { Principal: { AWS: 'AROAEXAMPLEEXAMPLEEXA' } }, []],
  ['everyone of the own account', { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': OWN } } }, []],
  ['everyone for a bucket', { Principal: '*', Condition: { ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::data' } } }, []],
  [
    'a stranger',
    { Principal: { AWS: [`arn:aws:iam::${OWN}:root`, `arn:aws:sts::${STRANGER}:assumed-role/r/s`] } },
    [`The statement S allows account ${STRANGER}, which the config does not name.`],
  ],
  [
    'everyone of a strange account',
    { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': STRANGER } } },
    [`The statement S allows account ${STRANGER}, which the config does not name.`],
  ],
  ['everyone', { Principal: '*' }, ['The statement S allows everyone s3:GetObject.']],
  [
    'everyone, for all actions but one',
    { Principal: { AWS: '*' }, Action: undefined, NotAction: 's3:PutObject' },
    ['The statement S allows everyone everything except s3:PutObject.'],
  ],
  [
    'everyone, by a condition with a wildcard',
    { Principal: '*', Condition: { StringLike: { 'aws:PrincipalAccount': '*' } } },
    ['The statement S allows everyone s3:GetObject.'],
  ],
  [
    'everyone, by a pattern of accounts',
    { Principal: '*', Condition: { StringLike: { 'aws:PrincipalAccount': '1111*' } } },
    ['The statement S allows everyone s3:GetObject.'],
  ],
  [
    'everyone, by an ARN with a wildcard for the account',
    { Principal: '*', Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/reader' } } },
    ['The statement S allows everyone s3:GetObject.'],
  ],
  [
    'everyone for whatever bucket',
    { Principal: '*', Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' } } },
    ['The statement S allows everyone s3:GetObject.'],
  ],
  [
    'everyone who says a context',
    { Principal: '*', Condition: { StringEquals: { 'kms:EncryptionContext:aws:s3:arn': `arn:aws:iam::${OWN}:x` } } },
    ['The statement S allows everyone s3:GetObject.'],
  ],
  [
    'everyone, where the key may be missing',
    { Principal: '*', Condition: { StringEqualsIfExists: { 'aws:PrincipalAccount': OWN } } },
    ['The statement S allows everyone s3:GetObject.'],
  ],
  [
    'an organization',
    { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } },
    ['The statement S allows every account of the organization o-1.'],
  ],
  ['all but one', { NotPrincipal: { AWS: OWN } }, ['The statement S allows everyone else by NotPrincipal.']],
  [
    'a canonical user',
    { Principal: { CanonicalUser: '79a5' } },
    ['The statement S allows 79a5, whose account cannot be determined.'],
  ],
];

describe('foreign access by', () => {
  it.each(CASES)('%s', (_what, more, sentences) => {
    const policy = parsePolicy({ Statement: JSON.parse(JSON.stringify(statement(more))) as unknown });
    expect([...foreignAccess(policy, { account: OWN, others: [TRUSTED] })]).toEqual(sentences);
  });
});

it('an account that a template leaves open is the same account in a principal', () => {
  const account = '${AWS::AccountId}';
  const policy = parsePolicy({ Statement: statement({ Principal: { AWS: `arn:aws:iam::${account}:root` } }) });
  expect([...foreignAccess(policy, { account, others: [] })]).toEqual([]);
});

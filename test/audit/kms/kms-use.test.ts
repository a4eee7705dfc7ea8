import { describe, expect, it } from 'vitest';
import { openToEveryone, servicesOfUse, unboundUses, usesByAdministrators } from '../../../src/audit/kms/kms-use.js';
import { parsePolicy } from '../../../src/audit/policies/parse-policy.js';
import { operationsKeyPolicy, vaultKeyPolicy } from '../../../src/policies/index.js';
import { operationsKeyPolicyOptions, vaultKeyPolicyOptions } from '../policies/published-policies.js';

const ROOT = { AWS: 'arn:aws:iam::111122223333:root' };
const LOGS = { Service: 'logs.us-east-1.amazonaws.com' };
const statement = (more: Readonly<Record<string, unknown>>) => ({
  Sid: 'S',
  Effect: 'Allow',
  Principal: ROOT,
  Action: 'kms:Decrypt',
  Resource: '*',
  ...more,
});
const policy = (more: Readonly<Record<string, unknown>>) => parsePolicy({ Statement: statement(more) });
const via = (service: string) => ({ StringLike: { 'kms:ViaService': service } });

type Cases = readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[];

const UNBOUND: Cases = [
  ['through S3', { Condition: via('s3.us-east-1.amazonaws.com') }, []],
  ['through S3 in any Region', { Condition: via('s3.*.amazonaws.com') }, []],
  ['administration', { Action: 'kms:PutKeyPolicy' }, []],
  ['a Deny', { Effect: 'Deny' }, []],
  [
    "grants to AWS's resources",
    { Action: 'kms:CreateGrant', Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } },
    [],
  ],
  [
    'logs of one account',
    {
      Principal: LOGS,
      Condition: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:us-east-1:111122223333:log-group:*' },
      },
    },
    [],
  ],
  ['without a condition', {}, ['The statement S allows kms:Decrypt without kms:ViaService.']],
  [
    'by another condition',
    { Condition: { StringEquals: { 'kms:CallerAccount': '111122223333' } } },
    ['The statement S allows kms:Decrypt without kms:ViaService.'],
  ],
  ['signing', { Action: ['kms:Sign', 'kms:DescribeKey'] }, ['The statement S allows kms:Sign without kms:ViaService.']],
  ['by a lone wildcard', { Condition: via('*') }, ['The statement S allows kms:Decrypt without kms:ViaService.']],
  [
    'by any service',
    { Condition: via('*.us-east-1.amazonaws.com') },
    ['The statement S allows kms:Decrypt through every service: *.us-east-1.amazonaws.com.'],
  ],
  [
    'where the key may be missing',
    { Condition: { StringEqualsIfExists: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } } },
    ['The statement S allows kms:Decrypt without kms:ViaService.'],
  ],
  [
    'for everyone else',
    { Principal: undefined, NotPrincipal: ROOT },
    ['The statement S allows kms:Decrypt without kms:ViaService.'],
  ],
  [
    'logs of all accounts',
    {
      Principal: LOGS,
      Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': 'arn:aws:logs:us-east-1:*:log-group:*' } },
    },
    ['The statement S lets the service logs.us-east-1.amazonaws.com use the key on behalf of any account.'],
  ],
];

describe('use of a key', () => {
  it.each(UNBOUND)('%s', (_what, more, sentences) => {
    expect([...unboundUses(policy(JSON.parse(JSON.stringify(more)) as typeof more))]).toEqual(sentences);
  });

  it("names every action of kms:* for the account, as in KMS's default policy", () => {
    const [sentence] = unboundUses(policy({ Action: 'kms:*' }));
    expect(sentence).toContain('kms:Encrypt, kms:Decrypt');
  });

  it('names the services of all statements once', () => {
    const services = via('s3.us-east-1.amazonaws.com');
    const both = { StringEquals: { 'kms:ViaService': ['rds.us-east-1.amazonaws.com', 's3.us-east-1.amazonaws.com'] } };
    const statements = [statement({ Condition: services }), statement({ Condition: both })];
    expect(servicesOfUse(parsePolicy({ Statement: statements }))).toEqual(['s3', 'rds']);
  });
});

const ADMINISTRATORS: Cases = [
  ['who only administer', { Action: ['kms:PutKeyPolicy', 'kms:DescribeKey'] }, []],
  ['who are denied', { Effect: 'Deny', Action: 'kms:*' }, []],
  [
    'who encrypt',
    { Action: ['kms:ScheduleKeyDeletion', 'kms:Encrypt'] },
    ['The statement S allows administration and kms:Encrypt together.'],
  ],
  [
    'who give grants',
    { Action: ['kms:Put*', 'kms:Create*'] },
    ['The statement S lets administrators create grants, with which they can allow themselves to decrypt.'],
  ],
];

describe('administrators', () => {
  it.each(ADMINISTRATORS)('%s', (_what, more, sentences) => {
    expect([...usesByAdministrators(policy(more))]).toEqual(sentences);
  });
});

describe('administrators who are named', () => {
  const as = (...arns: readonly string[]) => ({ ArnLike: { 'aws:PrincipalArn': arns } });
  const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
  const session = { AWS: 'arn:aws:sts::111122223333:assumed-role/admin/x' };
  const everyone = { Principal: '*', Condition: as(role('admin')) };

  it.each([
    ['by the same condition', { Condition: as(role('admin')) }, true],
    ['by a pattern of their name', { Condition: as(role('oper'), role('ad*')) }, true],
    ['as principal', { Principal: { AWS: role('admin') } }, true],
    ['by a session', { Principal: session }, true],
    ['by a condition for everyone', everyone, true],
    ['by another name', { Condition: as(role('app')) }, false],
    ['in no way', {}, false],
    [
      'by a pattern that leaves them out again',
      {
        Condition: {
          StringLike: { 'aws:PrincipalArn': role('*') },
          ArnNotLike: { 'aws:PrincipalArn': role('admin*') },
        },
      },
      false,
    ],
  ])('use the key where a statement for use names them %s: %s', (_how, use, uses) => {
    const administration = { Sid: 'Admin', Action: 'kms:PutKeyPolicy', Condition: as(role('admin')) };
    const both = parsePolicy({ Statement: [statement(administration), statement(use)] });
    const sentence = `${role('admin')} administers the key by the statement Admin, and the statement S also allows it kms:Decrypt.`;
    expect([...usesByAdministrators(both)]).toEqual(uses ? [sentence] : []);
  });

  it('use it as one of many', () => {
    const administration = { Sid: 'Admin', Action: 'kms:PutKeyPolicy', Condition: as(role('ops-*')) };
    const use = { Condition: as(role('*-writer')) };
    const both = parsePolicy({ Statement: [statement(administration), statement(use)] });
    expect([...usesByAdministrators(both)]).toHaveLength(1);
  });
});

const OPEN: Cases = [
  ['the account', {}, []],
  [
    'everyone of an account',
    { Principal: '*', Condition: { StringEquals: { 'kms:CallerAccount': '111122223333' } } },
    [],
  ],
  ['everyone of an organization', { Principal: '*', Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-1' } } }, []],
  ['everyone', { Principal: { AWS: '*' } }, ['The statement S allows everyone kms:Decrypt.']],
  ...['arn:aws:s3:::vault/*', 'arn:aws:logs:us-east-1:111122223333:log-group:x', 'arn:a:b:c:d:e'].map(
    (context): Cases[number] => [
      `everyone who says ${context}`,
      { Principal: '*', Condition: { StringLike: { 'kms:EncryptionContext:aws:s3:arn': context } } },
      ['The statement S allows everyone kms:Decrypt.'],
    ],
  ),
  [
    'everyone of what is no account',
    { Principal: '*', Condition: { StringLike: { 'aws:PrincipalArn': 'arn:a:b:c:d:e' } } },
    ['The statement S allows everyone kms:Decrypt.'],
  ],
  [
    'everyone through S3',
    { Principal: '*', Condition: via('s3.us-east-1.amazonaws.com') },
    ['The statement S allows everyone kms:Decrypt.'],
  ],
];

describe('a key that is open to', () => {
  it.each(OPEN)('%s', (_what, more, sentences) => {
    expect([...openToEveryone(policy(more))]).toEqual(sentences);
  });
});

describe.each([
  ["the vault's key", vaultKeyPolicy(vaultKeyPolicyOptions)],
  ["the operations' key", operationsKeyPolicy(operationsKeyPolicyOptions)],
])('the policy that Holdfast publishes for %s', (_name, published) => {
  it('has nothing to complain of', () => {
    const parsed = parsePolicy(published);
    expect([...unboundUses(parsed), ...usesByAdministrators(parsed), ...openToEveryone(parsed)]).toEqual([]);
  });
});

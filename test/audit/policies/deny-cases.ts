/** Denies of a bucket's policy, and whether they refuse a put. A new case needs no code. */

export interface DenyCase {
  /** Ends the sentence "A Deny …". */
  readonly of: string;
  readonly statement: Readonly<Record<string, unknown>>;
  /** The request's context in place of the usual one; `undefined`: the request does not carry the key. */
  readonly context?: Readonly<Record<string, string | undefined>>;
  /** What the request may carry besides, which the audit is not told: with it, it gets past. */
  readonly past?: Readonly<Record<string, string>>;
  readonly action?: string;
  readonly resource?: string;
  /** `undecided`: the audit does not claim to know. @default true */
  readonly refused?: boolean | 'undecided';
}

export const BUCKET = 'arn:aws:s3:::vault';
/** Every object under a prefix. */
const EVERY = `${BUCKET}/layer2/*`;
export const USUAL: Readonly<Record<string, string | undefined>> = {
  'aws:SecureTransport': 'true',
  's3:TlsVersion': '1.3',
  's3:x-amz-server-side-encryption': 'aws:kms',
};

/** Who puts. */
export const WRITER = 'arn:aws:iam::111122223333:role/writer';
const METHOD = 's3:x-amz-server-side-encryption';
const on = (Condition: unknown) => ({ Condition });

export const DENY_CASES: readonly DenyCase[] = [
  { of: 'all requests', statement: {} },
  { of: 'AWS: *', statement: { Principal: { AWS: '*' } } },
  { of: 'one principal only', statement: { Principal: { AWS: 'arn:aws:iam::999999999999:root' } }, refused: false },
  { of: 'an action in other letters', statement: { Action: 's3:putobject' } },
  { of: 'a family of actions', statement: { Action: 's3:Put*' } },
  { of: 'an action with a placeholder', statement: { Action: 's3:PutObjec?' } },
  { of: 'another action', statement: { Action: 's3:GetObject' }, refused: false },
  { of: 'all actions but this', statement: { Action: undefined, NotAction: 's3:PutObject' }, refused: false },
  { of: 'all actions but another', statement: { Action: undefined, NotAction: ['s3:GetObject'] } },
  { of: 'objects of the bucket', statement: { Resource: `${BUCKET}/*` } },
  { of: 'the bucket itself', statement: { Resource: BUCKET }, refused: false },
  { of: 'another prefix', statement: { Resource: `${BUCKET}/logs/*` }, refused: false },
  { of: 'a part of the prefix', statement: { Resource: `${BUCKET}/layer2/b*` }, resource: EVERY, refused: false },
  { of: 'the prefix, asked of it all', statement: { Resource: `${BUCKET}/lay*` }, resource: EVERY },
  {
    of: 'all objects but some of the prefix',
    statement: { Resource: undefined, NotResource: `${BUCKET}/layer2/app/2*` },
    resource: EVERY,
    refused: false,
  },
  {
    of: 'all objects but those of the prefix',
    statement: { Resource: undefined, NotResource: `${BUCKET}/layer2/*` },
    refused: false,
  },
  { of: 'all objects but others', statement: { Resource: undefined, NotResource: `${BUCKET}/logs/*` } },
  { of: 'plain HTTP', statement: on({ Bool: { 'aws:SecureTransport': 'false' } }), refused: false },
  {
    of: 'plain HTTP, met by such a request',
    statement: on({ Bool: { 'aws:SecureTransport': 'false' } }),
    context: { 'aws:SecureTransport': 'false' },
  },
  { of: "a value in JSON's own type", statement: on({ Bool: { 'aws:SecureTransport': true } }) },
  { of: 'a key in other letters', statement: on({ Bool: { 'AWS:securetransport': 'true' } }) },
  { of: 'old TLS', statement: on({ NumericLessThan: { 's3:TlsVersion': '1.2' } }), refused: false },
  {
    of: 'old TLS, met by such a request',
    statement: on({ NumericLessThan: { 's3:TlsVersion': '1.2' } }),
    context: { 's3:TlsVersion': '1.1' },
  },
  {
    of: 'old TLS, where the version is not said',
    statement: on({ NumericLessThan: { 's3:TlsVersion': '1.2' } }),
    context: { 's3:TlsVersion': undefined },
    refused: false,
  },
  { of: 'another encryption', statement: on({ StringNotEquals: { [METHOD]: 'aws:kms' } }), refused: false },
  {
    of: 'another encryption, met by it',
    statement: on({ StringNotEquals: { [METHOD]: 'aws:kms' } }),
    context: { [METHOD]: 'AES256' },
  },
  {
    of: 'another encryption, without a header',
    statement: on({ StringNotEquals: { [METHOD]: 'aws:kms' } }),
    context: { [METHOD]: undefined },
  },
  {
    of: 'another encryption where there is a header, without one',
    statement: on({ StringNotEquals: { [METHOD]: 'aws:kms' }, Null: { [METHOD]: 'false' } }),
    context: { [METHOD]: undefined },
    refused: false,
  },
  { of: 'one of two encryptions', statement: on({ StringEquals: { [METHOD]: ['AES256', 'aws:kms'] } }) },
  {
    of: 'none of two encryptions',
    statement: on({ StringNotEquals: { [METHOD]: ['AES256', 'aws:kms'] } }),
    refused: false,
  },
  { of: 'a pattern of encryptions', statement: on({ StringLike: { [METHOD]: 'aws:*' } }) },
  {
    of: 'a pattern in StringEquals, which is none',
    statement: on({ StringEquals: { [METHOD]: 'aws:*' } }),
    refused: false,
  },
  { of: 'anything but a pattern', statement: on({ StringNotLike: { [METHOD]: 'aws:*' } }), refused: false },
  { of: 'letters of any size', statement: on({ StringEqualsIgnoreCase: { [METHOD]: 'AWS:KMS' } }) },
  {
    of: 'a header if there is one',
    statement: on({ StringEqualsIfExists: { [METHOD]: 'AES256' } }),
    context: { [METHOD]: undefined },
  },
  {
    of: 'a header if there is one, of another value',
    statement: on({ StringEqualsIfExists: { [METHOD]: 'AES256' } }),
    refused: false,
  },
  { of: 'a header that is missing', statement: on({ Null: { [METHOD]: 'true' } }), context: { [METHOD]: undefined } },
  { of: 'a header that is missing, with one', statement: on({ Null: { [METHOD]: 'true' } }), refused: false },
  {
    of: 'two conditions of which one does not hold',
    statement: on({ StringEquals: { [METHOD]: 'aws:kms' }, Bool: { 'aws:SecureTransport': 'false' } }),
    refused: false,
  },
  {
    of: 'an undecided condition beside one that does not hold',
    statement: on({
      StringEquals: { [METHOD]: '${aws:PrincipalTag/method}' },
      Bool: { 'aws:SecureTransport': 'false' },
    }),
    refused: false,
  },
  {
    of: 'a policy variable',
    statement: on({ StringEquals: { [METHOD]: '${aws:PrincipalTag/method}' } }),
    refused: 'undecided',
  },
  {
    of: 'a set of values',
    statement: on({ 'ForAllValues:StringEquals': { [METHOD]: 'aws:kms' } }),
    refused: 'undecided',
  },
  {
    of: 'a set of values, without a header, where it holds',
    statement: on({ 'ForAllValues:StringEquals': { [METHOD]: 'aws:kms' } }),
    context: { [METHOD]: undefined },
    refused: 'undecided',
  },
  ...(
    [
      ['one role', 'ArnNotEquals', 'aws:PrincipalArn', WRITER, { 'aws:PrincipalArn': WRITER }],
      ['a pattern of roles', 'ArnNotLike', 'aws:PrincipalArn', '*:role/w*', { 'aws:PrincipalArn': WRITER }],
      [
        'a role if the request says it',
        'StringNotLikeIfExists',
        'aws:PrincipalArn',
        WRITER,
        { 'aws:PrincipalArn': WRITER },
      ],
      ['one user', 'StringNotLike', 'aws:userid', 'AROA*', { 'aws:userid': 'AROAEXAMPLE:session' }],
      ['one endpoint', 'StringNotEquals', 'aws:SourceVpce', 'vpce-1', { 'aws:SourceVpce': 'vpce-1' }],
      ['those with any endpoint', 'Null', 'aws:SourceVpce', 'true', { 'aws:SourceVpce': 'vpce-1' }],
      ['those who write an ACL', 'StringNotEquals', 's3:x-amz-acl', 'private', { 's3:x-amz-acl': 'private' }],
      ['one address', 'NotIpAddress', 'aws:SourceIp', '192.0.2.0/24', { 'aws:SourceIp': '192.0.2.1' }],
    ] as const
  ).map(([who, operator, key, value, past]) => ({
    of: `everyone but ${who}`,
    statement: on({ [operator]: { [key]: value } }),
    past,
    refused: false,
  })),
];

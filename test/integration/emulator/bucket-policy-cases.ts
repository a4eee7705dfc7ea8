/** What a bucket policy does to a request, as data. A case needs no code. */

export interface PolicyCase {
  /** The condition, as the end of "… when". */
  readonly title: string;
  readonly statement: Readonly<Record<string, unknown>>;
  readonly request?: {
    /** @default 'put' */
    readonly operation?: 'put' | 'get' | 'list' | 'multipart' | 'delete' | 'tag' | 'delete-many';
    /** @default 'layer2/appdb/a' */
    readonly key?: string;
    /** Headers in the SDK's words. */
    readonly options?: Readonly<Record<string, unknown>>;
    /** Sent with the request as it is. */
    readonly headers?: Readonly<Record<string, string>>;
    /** @default 'root': keys that nobody knows are the account's root user */
    readonly as?: 'root' | 'writer' | 'foreign';
  };
  readonly denied: boolean;
}

const KEY = 'arn:aws:kms:us-east-1:123456789012:key/11111111-1111-1111-1111-111111111111';
const ALL = ['arn:aws:s3:::policy-cases', 'arn:aws:s3:::policy-cases/*'];

const deny = (more: Readonly<Record<string, unknown>>) => ({
  Sid: 'Case',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:PutObject',
  Resource: ALL,
  ...more,
});
const tls = deny({ Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } });
const algorithm = deny({
  Condition: {
    Null: { 's3:x-amz-server-side-encryption': 'false' },
    StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' },
  },
});
const otherKey = deny({
  Condition: {
    Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'false' },
    ArnNotEquals: { 's3:x-amz-server-side-encryption-aws-kms-key-id': KEY },
  },
});
const noKey = deny({
  Condition: {
    StringEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' },
    Null: { 's3:x-amz-server-side-encryption-aws-kms-key-id': 'true' },
  },
});
const overwrite = deny({
  Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
});
const kms = (id: string) => ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: id });

export const POLICY_CASES: readonly PolicyCase[] = [
  { title: 'TLS is asked for and there', statement: tls, denied: false },
  {
    title: 'TLS is asked for and not there',
    statement: tls,
    request: { headers: { 'x-emulator-secure-transport': 'false' } },
    denied: true,
  },
  {
    title: 'TLS is asked for and not there, and the bucket is listed',
    statement: tls,
    request: { operation: 'list', headers: { 'x-emulator-secure-transport': 'false' } },
    denied: true,
  },
  { title: 'no encryption is named', statement: algorithm, denied: false },
  {
    title: 'the right encryption is named',
    statement: algorithm,
    request: { options: { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY } },
    denied: false,
  },
  {
    title: 'another encryption is named',
    statement: algorithm,
    request: { options: { ServerSideEncryption: 'AES256' } },
    denied: true,
  },
  { title: 'the right key is named', statement: otherKey, request: { options: kms(KEY) }, denied: false },
  {
    title: 'another key is named',
    statement: otherKey,
    request: { options: kms('arn:aws:kms:us-east-1:123456789012:key/22222222-2222-2222-2222-222222222222') },
    denied: true,
  },
  {
    title: 'the bare id of the right key is named',
    statement: otherKey,
    request: { options: kms('11111111-1111-1111-1111-111111111111') },
    denied: true,
  },
  {
    title: 'KMS is named without a key',
    statement: noKey,
    request: { options: { ServerSideEncryption: 'aws:kms' } },
    denied: true,
  },
  { title: 'If-None-Match is missing', statement: overwrite, denied: true },
  { title: 'If-None-Match is sent', statement: overwrite, request: { options: { IfNoneMatch: '*' } }, denied: false },
  {
    title: 'If-None-Match is missing where an upload only begins',
    statement: overwrite,
    request: { operation: 'multipart' },
    denied: false,
  },
  {
    title: 'an absent header is compared with StringNotEquals',
    statement: deny({ Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } } }),
    denied: true,
  },
  {
    title: 'an absent header is compared with StringNotEqualsIfExists',
    statement: deny({ Condition: { StringNotEqualsIfExists: { 's3:x-amz-server-side-encryption': 'aws:kms' } } }),
    denied: true,
  },
  {
    title: 'an absent header is compared with StringEquals',
    statement: deny({ Condition: { StringEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } } }),
    denied: false,
  },
  {
    title: 'an absent header is compared with StringEqualsIfExists',
    statement: deny({ Condition: { StringEqualsIfExists: { 's3:x-amz-server-side-encryption': 'AES256' } } }),
    denied: true,
  },
  {
    title: 'the name of a key is in another case',
    statement: deny({ Condition: { StringEquals: { 'S3:X-AMZ-SERVER-SIDE-ENCRYPTION': 'AES256' } } }),
    request: { options: { ServerSideEncryption: 'AES256' } },
    denied: true,
  },
  {
    title: 'one of several values matches',
    statement: deny({ Condition: { StringEquals: { 's3:x-amz-storage-class': ['GLACIER', 'STANDARD_IA'] } } }),
    request: { options: { StorageClass: 'STANDARD_IA' } },
    denied: true,
  },
  {
    title: 'a negated list holds the value',
    statement: deny({ Condition: { StringNotEquals: { 's3:x-amz-storage-class': ['GLACIER', 'STANDARD_IA'] } } }),
    request: { options: { StorageClass: 'STANDARD_IA' } },
    denied: false,
  },
  {
    title: 'StringLike matches',
    statement: deny({ Action: 's3:ListBucket', Condition: { StringLike: { 's3:prefix': 'layer2/*' } } }),
    request: { operation: 'list', options: { Prefix: 'layer2/appdb/' } },
    denied: true,
  },
  {
    title: 'StringNotLike matches',
    statement: deny({ Action: 's3:ListBucket', Condition: { StringNotLike: { 's3:prefix': 'layer2/*' } } }),
    request: { operation: 'list', options: { Prefix: 'layer2/appdb/' } },
    denied: false,
  },
  {
    title: 'the resource lies elsewhere',
    statement: deny({ Resource: 'arn:aws:s3:::policy-cases/layer2/other/*' }),
    denied: false,
  },
  { title: 'the action is another', statement: deny({ Action: 's3:PutObjectAcl' }), denied: false },
  {
    title: 'the action is written with a wildcard and in capitals',
    statement: deny({ Action: 'S3:PUT*' }),
    denied: true,
  },
  {
    title: 'NotAction lists the action',
    statement: { ...deny({}), Action: undefined, NotAction: ['s3:PutObject'] },
    denied: false,
  },
  {
    title: 'NotAction lists other actions',
    statement: { ...deny({}), Action: undefined, NotAction: ['s3:GetObject'] },
    denied: true,
  },
  {
    title: 'NotResource lists other objects',
    statement: { ...deny({}), Resource: undefined, NotResource: 'arn:aws:s3:::policy-cases/layer2/other/*' },
    denied: true,
  },
  {
    title: 'the principal is the caller',
    statement: deny({ Principal: { AWS: 'arn:aws:iam::123456789012:user/writer' } }),
    request: { as: 'writer' },
    denied: true,
  },
  {
    title: 'the principal is somebody else',
    statement: deny({ Principal: { AWS: 'arn:aws:iam::123456789012:user/writer' } }),
    denied: false,
  },
  {
    title: "the principal is the caller's account",
    statement: deny({ Principal: { AWS: '222222222222' } }),
    request: { as: 'foreign' },
    denied: true,
  },
  {
    title: "the principal is the role of the caller's session",
    statement: deny({ Principal: { AWS: ['arn:aws:iam::222222222222:role/writer'] } }),
    request: { as: 'foreign' },
    denied: true,
  },
  {
    title: 'NotPrincipal lists the caller',
    statement: { ...deny({}), Principal: undefined, NotPrincipal: { AWS: 'arn:aws:iam::222222222222:role/writer' } },
    request: { as: 'foreign' },
    denied: false,
  },
  {
    title: 'NotPrincipal lists somebody else',
    statement: { ...deny({}), Principal: undefined, NotPrincipal: { AWS: 'arn:aws:iam::222222222222:role/writer' } },
    denied: true,
  },
  {
    title: 'aws:PrincipalArn is like that of the role',
    statement: deny({ Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/wri*' } } }),
    request: { as: 'foreign' },
    denied: true,
  },
  {
    title: 'a wildcard would have to reach over a colon of aws:PrincipalArn',
    statement: deny({ Condition: { ArnLike: { 'aws:PrincipalArn': 'arn:aws:*:role/writer' } } }),
    request: { as: 'foreign' },
    denied: false,
  },
  {
    title: 'ArnNotEquals names the role',
    statement: deny({ Condition: { ArnNotEquals: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/writer' } } }),
    request: { as: 'foreign' },
    denied: false,
  },
  {
    title: 'ArnNotLike names another role',
    statement: deny({ Condition: { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::222222222222:role/other*' } } }),
    request: { as: 'foreign' },
    denied: true,
  },
  {
    title: 'a policy variable makes the resource',
    statement: deny({ Resource: 'arn:aws:s3:::policy-cases/home/${aws:username}/*' }),
    request: { as: 'writer', key: 'home/writer/a' },
    denied: true,
  },
  {
    title: 'an object is read',
    statement: deny({ Action: 's3:GetObject' }),
    request: { operation: 'get' },
    denied: true,
  },
  {
    title: 'only tags are written',
    statement: deny({ Action: 's3:PutObjectTagging' }),
    request: { operation: 'tag' },
    denied: true,
  },
  {
    title: 'tags come with the object',
    statement: deny({ Action: 's3:PutObjectTagging' }),
    request: { options: { Tagging: 'a=b' } },
    denied: true,
  },
  {
    title: 'an object is deleted',
    statement: deny({ Action: 's3:DeleteObject' }),
    request: { operation: 'delete' },
    denied: true,
  },
  {
    title: 'an object is deleted among others',
    statement: deny({ Action: 's3:DeleteObject' }),
    request: { operation: 'delete-many' },
    denied: true,
  },
  {
    title: 'a condition of an allow does not hold',
    statement: { ...deny({ Condition: { Bool: { 'aws:SecureTransport': 'false' } } }), Effect: 'Allow' },
    denied: false,
  },
];

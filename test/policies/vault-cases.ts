/**
 * Who can do what to the vault: each case is simulated on the synthesized policies of role, bucket and key together, and
 * is a line of the table in docs/explanation/aws-backups.md. A new case needs no code.
 */

export type Principal =
  'writer' | 'other account' | 'stranger' | 'administrator' | 'key administrator' | 'restore' | 'drill';

export interface VaultCase {
  /** Ends the sentence that begins with the principal. */
  readonly does: string;
  readonly who: Principal;
  readonly allowed: boolean;
  readonly action: string;
  /** Key of the object; absent: the bucket, or for actions of KMS the key. */
  readonly object?: string;
  /** What the request carries. */
  readonly request?: Request;
}

/** Headers and circumstances of a request to S3, or a call to KMS. */
export interface Request {
  /** `x-amz-server-side-encryption`. */
  readonly encryption?: string;
  /** `x-amz-server-side-encryption-aws-kms-key-id`: ours, another, or its id only. @default none */
  readonly key?: 'ours' | 'another' | 'id only';
  /** `x-amz-server-side-encryption-customer-algorithm`. */
  readonly customerKey?: boolean;
  /** `If-None-Match: *` @default true for actions that make an object */
  readonly ifNoneMatch?: boolean;
  /** Whether the request makes an object: a put or a completion, not a part. @default true for s3:PutObject */
  readonly makesObject?: boolean;
  /** @default true */
  readonly tls?: boolean;
  /** Service through which KMS is called. @default S3; `directly` for none */
  readonly via?: 's3' | 'directly' | 'secretsmanager';
  /** Object of the encryption context. @default `object` */
  readonly context?: string;
}

const OWN = 'layer2/appdb/2026/11/22/appdb_20261122T030000Z.sql.gz';
const OTHERS = 'layer2/dw/2026/11/22/dw_20261122T030000Z.sql.gz';
const OTHER_ACCOUNTS = 'team-b/layer2/crm/2026/11/22/crm_20261122T030000Z.sql.gz';
const PROOF = 'layer2/appdb/2026/11/22/appdb_20261122T030000Z.proof-20261123T030000Z.json';

const put = { action: 's3:PutObject', object: OWN } as const;
const right = { encryption: 'aws:kms', key: 'ours' } as const;
const part = { makesObject: false, ifNoneMatch: false } as const;

const writer = (allowed: boolean, does: string, rest: Omit<VaultCase, 'who' | 'allowed' | 'does'>): VaultCase => ({
  who: 'writer',
  allowed,
  does,
  ...rest,
});

export const VAULT_CASES: readonly VaultCase[] = [
  writer(true, 'puts a new object under its prefix with the key of the vault', { ...put, request: right }),
  writer(true, 'puts a new object without a header, which lands under the key of the vault', put),
  writer(true, 'begins an upload in parts', { ...put, request: { ...right, ...part } }),
  writer(true, 'sends a part of an upload', { ...put, request: part }),
  writer(true, 'completes an upload in parts', put),
  writer(true, 'gives an upload up', { action: 's3:AbortMultipartUpload', object: OWN }),
  writer(true, 'has S3 make a data key for its object', { action: 'kms:GenerateDataKey', request: { context: OWN } }),
  writer(true, 'has S3 decrypt the data key for the next part', { action: 'kms:Decrypt', request: { context: OWN } }),

  writer(false, 'puts an object over an existing one, or without If-None-Match', {
    ...put,
    request: { ...right, ifNoneMatch: false },
  }),
  writer(false, 'puts an object with AES256', { ...put, request: { encryption: 'AES256' } }),
  writer(false, 'puts an object with aws:kms:dsse', { ...put, request: { encryption: 'aws:kms:dsse', key: 'ours' } }),
  writer(false, 'puts an object with a key of its own (SSE-C)', { ...put, request: { customerKey: true } }),
  writer(false, 'puts an object with another key', { ...put, request: { encryption: 'aws:kms', key: 'another' } }),
  writer(false, 'puts an object with a bare key id', { ...put, request: { encryption: 'aws:kms', key: 'id only' } }),
  writer(false, 'puts an object with aws:kms and no key', { ...put, request: { encryption: 'aws:kms' } }),
  writer(false, 'puts an object without TLS', { ...put, request: { ...right, tls: false } }),
  writer(false, 'puts an object under the prefix of another database', { ...put, object: OTHERS, request: right }),
  writer(false, 'puts an object under the prefix of another account', {
    ...put,
    object: OTHER_ACCOUNTS,
    request: right,
  }),
  writer(false, 'puts an object outside of every prefix', { ...put, object: 'appdb.sql.gz', request: right }),
  writer(false, 'puts a proof of its own backup', { ...put, object: PROOF, request: right }),
  writer(false, 'puts the marker of a vault', {
    action: 's3:PutObject',
    object: 'holdfast/vault.json',
    request: right,
  }),
  writer(false, 'puts the acceptance of a source', {
    action: 's3:PutObject',
    object: 'holdfast/accepted/orders/20261122T030000Z.json',
    request: right,
  }),
  writer(false, 'gets an object', { action: 's3:GetObject', object: OWN }),
  writer(false, 'gets a version of an object', { action: 's3:GetObjectVersion', object: OWN }),
  writer(false, 'lists objects', { action: 's3:ListBucket' }),
  writer(false, 'lists versions', { action: 's3:ListBucketVersions' }),
  writer(false, 'lists uploads', { action: 's3:ListBucketMultipartUploads' }),
  writer(false, 'deletes an object', { action: 's3:DeleteObject', object: OWN }),
  writer(false, 'deletes a version of an object', { action: 's3:DeleteObjectVersion', object: OWN }),
  writer(false, 'changes the tags of an object', { action: 's3:PutObjectTagging', object: OWN }),
  writer(false, 'changes the ACL of an object', { action: 's3:PutObjectAcl', object: OWN }),
  writer(false, 'changes the retention of an object', { action: 's3:PutObjectRetention', object: OWN }),
  writer(false, 'ends a retention early', { action: 's3:BypassGovernanceRetention', object: OWN }),
  writer(false, 'changes the legal hold of an object', { action: 's3:PutObjectLegalHold', object: OWN }),
  writer(false, 'changes the versioning of the bucket', { action: 's3:PutBucketVersioning' }),
  writer(false, 'changes the default retention of the bucket', { action: 's3:PutBucketObjectLockConfiguration' }),
  writer(false, 'changes the policy of the bucket', { action: 's3:PutBucketPolicy' }),
  writer(false, 'deletes the policy of the bucket', { action: 's3:DeleteBucketPolicy' }),
  writer(false, 'changes the lifecycle of the bucket', { action: 's3:PutLifecycleConfiguration' }),
  writer(false, 'decrypts by itself, outside of S3', {
    action: 'kms:Decrypt',
    request: { via: 'directly', context: OWN },
  }),
  writer(false, 'decrypts through another service', {
    action: 'kms:Decrypt',
    request: { via: 'secretsmanager', context: OWN },
  }),
  writer(false, 'has an object of another database decrypted', { action: 'kms:Decrypt', request: { context: OTHERS } }),
  writer(false, 'has a data key made for another database', {
    action: 'kms:GenerateDataKey',
    request: { context: OTHERS },
  }),
  writer(false, 'gives a grant on the key', { action: 'kms:CreateGrant', request: { via: 'directly' } }),
  writer(false, 'changes the policy of the key', { action: 'kms:PutKeyPolicy', request: { via: 'directly' } }),

  {
    who: 'other account',
    does: 'puts a new object under its own prefix',
    allowed: true,
    action: 's3:PutObject',
    object: OTHER_ACCOUNTS,
    request: right,
  },
  {
    who: 'other account',
    does: 'puts an object under the prefix of the first',
    allowed: false,
    ...put,
    request: right,
  },
  {
    who: 'other account',
    does: 'has an object of the first decrypted',
    allowed: false,
    action: 'kms:Decrypt',
    request: { context: OWN },
  },
  {
    who: 'stranger',
    does: 'puts an object, as another role of the source account with all permissions',
    allowed: false,
    ...put,
    request: right,
  },
  {
    who: 'stranger',
    does: 'gets an object, as another role of the source account with all permissions',
    allowed: false,
    action: 's3:GetObject',
    object: OWN,
  },
  {
    who: 'stranger',
    does: 'has an object decrypted, as another role of the source account with all permissions',
    allowed: false,
    action: 'kms:Decrypt',
    request: { context: OWN },
  },

  ...(['administrator', 'key administrator'] as const).flatMap((who): VaultCase[] => [
    { who, does: 'has an object decrypted', allowed: false, action: 'kms:Decrypt', request: { context: OWN } },
    { who, does: 'decrypts directly', allowed: false, action: 'kms:Decrypt', request: { via: 'directly' } },
    {
      who,
      does: 'has an object encrypted anew',
      allowed: false,
      action: 'kms:ReEncryptFrom',
      request: { via: 'directly' },
    },
    { who, does: 'gives a grant', allowed: false, action: 'kms:CreateGrant', request: { via: 'directly' } },
    { who, does: 'ends a retention early', allowed: false, action: 's3:BypassGovernanceRetention', object: OWN },
    {
      who,
      does: 'changes the policy of the key',
      allowed: true,
      action: 'kms:PutKeyPolicy',
      request: { via: 'directly' },
    },
  ]),
  {
    who: 'administrator',
    does: 'has the key deleted, where key administrators are named',
    allowed: false,
    action: 'kms:ScheduleKeyDeletion',
    request: { via: 'directly' },
  },
  {
    who: 'key administrator',
    does: 'has the key deleted',
    allowed: true,
    action: 'kms:ScheduleKeyDeletion',
    request: { via: 'directly' },
  },

  ...(['restore', 'drill'] as const).flatMap((who): VaultCase[] => [
    { who, does: 'gets an object', allowed: true, action: 's3:GetObject', object: OWN },
    { who, does: 'lists objects', allowed: true, action: 's3:ListBucket' },
    { who, does: 'has an object decrypted', allowed: true, action: 'kms:Decrypt', request: { context: OWN } },
    {
      who,
      does: 'decrypts outside of S3',
      allowed: false,
      action: 'kms:Decrypt',
      request: { via: 'directly', context: OWN },
    },
    { who, does: 'deletes an object', allowed: false, action: 's3:DeleteObject', object: OWN },
    { who, does: 'puts a dump', allowed: false, ...put, request: right },
  ]),
  { who: 'drill', does: 'puts a proof', allowed: true, action: 's3:PutObject', object: PROOF, request: right },
  { who: 'restore', does: 'puts a proof', allowed: false, action: 's3:PutObject', object: PROOF, request: right },
];

/** A case as a sentence. */
export function describeCase({ who, allowed, does }: VaultCase): string {
  const name = { restore: 'restore role', drill: 'drill role', 'other account': 'writer of another account' };
  const subject = (name as Partial<Record<Principal, string>>)[who] ?? who;
  return `the ${subject} ${allowed ? 'can' : 'cannot'}: ${does}`;
}

/**
 * The policy of the vault's bucket: which roles of other accounts may put objects where, and what nobody may do.
 *
 * The Denies on encryption let a request without a header pass: it lands under the CMK by the bucket's default. A bare
 * key id never matches the condition, which S3 evaluates against the full ARN.
 */
import { oneOrMore, policyDocument, type PolicyDocument, type Statement } from './policy-document.js';
import { asWriter, PROOF_KEYS, WRITE_ACTIONS, type Writer } from './writer.js';

export interface VaultBucketPolicyOptions {
  readonly partition: string;
  /** The backup account. */
  readonly account: string;
  readonly bucket: string;
  /** The CMK's full ARN. */
  readonly keyArn: string;
  readonly writers: readonly Writer[];
  /** Roles of the backup account that may end a GOVERNANCE retention early. @default none */
  readonly bypassRoleArns?: readonly string[];
}

export function vaultBucketPolicy(options: VaultBucketPolicyOptions): PolicyDocument {
  const bucketArn = `arn:${options.partition}:s3:::${options.bucket}`;
  const statements = [
    ...options.writers.map((writer) => allowWriter(writer, bucketArn, options.partition)),
    ...transport(bucketArn),
    ...encryption(`${bucketArn}/*`, options.keyArn),
    denyOverwriting(`${bucketArn}/*`),
    denyOtherAccounts(bucketArn, options.account),
    denyForeignProofs(bucketArn, options.account),
    denyBypass(`${bucketArn}/*`, options.bypassRoleArns ?? []),
  ];
  return policyDocument('bucket', statements);
}

function allowWriter(writer: Writer, bucketArn: string, partition: string): Statement {
  return {
    Sid: `AllowNewObjects${writer.id}`,
    Effect: 'Allow',
    Principal: { AWS: `arn:${partition}:iam::${writer.account}:root` },
    Action: WRITE_ACTIONS,
    Resource: oneOrMore(writer.keyPrefixes.map((prefix) => `${bucketArn}/${prefix}*`)),
    Condition: asWriter(writer),
  };
}

function transport(bucketArn: string): Statement[] {
  const everything = {
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:*',
    Resource: [bucketArn, `${bucketArn}/*`],
  } as const;
  return [
    { Sid: 'DenyWithoutTls', ...everything, Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    { Sid: 'DenyOldTls', ...everything, Condition: { NumericLessThan: { 's3:TlsVersion': '1.2' } } },
  ];
}

function encryption(objects: string, keyArn: string): Statement[] {
  const put = { Effect: 'Deny', Principal: '*', Action: 's3:PutObject', Resource: objects } as const;
  const method = 's3:x-amz-server-side-encryption';
  const key = 's3:x-amz-server-side-encryption-aws-kms-key-id';
  const customerKey = 's3:x-amz-server-side-encryption-customer-algorithm';
  return [
    {
      Sid: 'DenyOtherEncryption',
      ...put,
      Condition: { Null: { [method]: 'false' }, StringNotEquals: { [method]: 'aws:kms' } },
    },
    { Sid: 'DenyOtherKey', ...put, Condition: { Null: { [key]: 'false' }, ArnNotEquals: { [key]: keyArn } } },
    // Without a key id, S3 would take the AWS managed key of the caller's account, whatever the bucket's default is.
    {
      Sid: 'DenyKmsWithoutKey',
      ...put,
      Condition: { StringEquals: { [method]: 'aws:kms' }, Null: { [key]: 'true' } },
    },
    { Sid: 'DenyCustomerKeys', ...put, Condition: { Null: { [customerKey]: 'false' } } },
  ];
}

/** Beginning an upload and its parts create no object and cannot carry the header: completing it does and must. */
function denyOverwriting(objects: string): Statement {
  return {
    Sid: 'DenyOverwriting',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: objects,
    Condition: { Null: { 's3:if-none-match': 'true' }, Bool: { 's3:ObjectCreationOperation': 'true' } },
  };
}

/** Whatever somebody allows later by mistake: other accounts may put new objects, and do nothing else. */
function denyOtherAccounts(bucketArn: string, account: string): Statement {
  return {
    Sid: 'DenyOtherAccountsAllElse',
    Effect: 'Deny',
    Principal: '*',
    NotAction: WRITE_ACTIONS,
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { StringNotEquals: { 'aws:PrincipalAccount': account }, Bool: { 'aws:PrincipalIsAWSService': 'false' } },
  };
}

/** A writer may use any name under its prefix, but only the account that proved a backup may say that it is proven. */
function denyForeignProofs(bucketArn: string, account: string): Statement {
  return {
    Sid: 'DenyProofsOfOtherAccounts',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:PutObject',
    Resource: `${bucketArn}/${PROOF_KEYS}`,
    Condition: { StringNotEquals: { 'aws:PrincipalAccount': account } },
  };
}

/** A GOVERNANCE lock holds back only those without this permission, and administrators have all. */
function denyBypass(objects: string, bypassRoleArns: readonly string[]): Statement {
  return {
    Sid: 'DenyEndingRetentionEarly',
    Effect: 'Deny',
    Principal: '*',
    Action: 's3:BypassGovernanceRetention',
    Resource: objects,
    ...(bypassRoleArns.length > 0 && {
      Condition: { ArnNotEquals: { 'aws:PrincipalArn': oneOrMore(bypassRoleArns) } },
    }),
  };
}

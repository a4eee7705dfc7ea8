/** What the buckets of the data lake have in common, and what their policies deny. */
import type { RemovalPolicy } from 'aws-cdk-lib';
import { Duration } from 'aws-cdk-lib';
import { AnyPrincipal, Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  ObjectOwnership,
  type BucketProps,
  type LifecycleRule,
} from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { blockCustomerKeys } from '../../shared/cdk-versions.js';
import { keepPolicy } from '../../shared/kept.js';

/** An upload that was never completed is billed until it is aborted. */
export const ABORT_INCOMPLETE: LifecycleRule = {
  id: 'AbortIncompleteUploads',
  abortIncompleteMultipartUploadAfter: Duration.days(7),
};

const COMMON = {
  blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
  objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
  enforceSSL: true,
  versioned: true,
} as const satisfies Partial<BucketProps>;

interface LakeBucketOptions {
  /** @default CloudFormation's */
  readonly bucketName: string | undefined;
  readonly lifecycleRules: LifecycleRule[];
  readonly removalPolicy: RemovalPolicy;
}

/** A bucket under the data key, with a bucket key, that takes no object under another. */
export function encryptedBucket(scope: Construct, id: string, options: LakeBucketOptions & { key: IKey }): Bucket {
  const { key, ...props } = options;
  const bucket = new Bucket(scope, id, {
    ...COMMON,
    ...props,
    minimumTLSVersion: 1.2,
    encryption: BucketEncryption.KMS,
    encryptionKey: key,
    bucketKeyEnabled: true,
  });
  blockCustomerKeys(bucket);
  for (const statement of otherEncryptionDenied(bucket.arnForObjects('*'), key.keyArn)) {
    bucket.addToResourcePolicy(statement);
  }
  keepPolicy(bucket, options.removalPolicy, options.bucketName);
  return bucket;
}

/** A bucket for access logs: S3 delivers them to one with SSE-S3 only, and to none with Object Lock. */
export function accessLogBucket(scope: Construct, id: string, options: LakeBucketOptions): Bucket {
  const bucket = new Bucket(scope, id, { ...COMMON, ...options, encryption: BucketEncryption.S3_MANAGED });
  keepPolicy(bucket, options.removalPolicy, options.bucketName);
  return bucket;
}

/**
 * A put without a header is encrypted by the bucket's default. Each of the others names its condition by `Null` as
 * well: a negated comparison holds for an absent header.
 */
function otherEncryptionDenied(objects: string, keyArn: string): PolicyStatement[] {
  const encryption = 's3:x-amz-server-side-encryption';
  const keyId = 's3:x-amz-server-side-encryption-aws-kms-key-id';
  const deny = (sid: string, conditions: Record<string, Record<string, string>>) =>
    new PolicyStatement({
      sid,
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['s3:PutObject'],
      resources: [objects],
      conditions,
    });
  return [
    deny('DenyOtherEncryption', { Null: { [encryption]: 'false' }, StringNotEquals: { [encryption]: 'aws:kms' } }),
    deny('DenyOtherKey', { Null: { [keyId]: 'false' }, ArnNotEquals: { [keyId]: keyArn } }),
    deny('DenyKeyOfTheService', { Null: { [keyId]: 'true' }, StringEquals: { [encryption]: 'aws:kms' } }),
  ];
}

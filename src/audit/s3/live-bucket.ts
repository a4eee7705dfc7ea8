/** One bucket's settings, from the API's form into the form of the facts. */
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  type LifecycleRule as ApiLifecycleRule,
  type ObjectLockConfiguration,
  type ReplicationRule as ApiReplicationRule,
  type ServerSideEncryptionConfiguration,
} from '@aws-sdk/client-s3';
import { parsedPolicy } from '../live/policies.js';
import type { AwsReader, Request } from '../live/reader.js';
import { tagsOf } from '../live/tags.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import { bucketOfArn } from '../../syntax/arn.js';
import type { BucketEncryption, BucketFact, LifecycleRule, ReplicationRule } from './facts.js';

/** Where a bucket's access logs go. */
export interface LogTarget {
  readonly bucket: string;
  readonly prefix: string;
  /** Whether the prefix is followed by account, Region, bucket and day as folders. */
  readonly partitioned: boolean;
}

export interface ReadBucket {
  readonly fact: BucketFact;
  readonly logTarget: Reading<LogTarget | undefined>;
}

/** `newestLogs` is left open: which buckets log here is known only when all have been read. */
export async function readBucket(aws: AwsReader, name: string): Promise<ReadBucket> {
  const id = `arn:${aws.options.partition}:s3:::${name}`;
  const { s3 } = aws.clients;
  const Bucket = name;
  const about = (attribute: keyof BucketFact) => ({ kind: 'buckets', resource: id, attributes: [attribute] }) as const;
  /** A setting that a bucket may not have. */
  const optional = <C extends { readonly input: object }, O extends { readonly $metadata: object }, T>(
    request: Request<C, O>,
    derive: (output: O) => T | undefined,
  ) => aws.read<C, O, T | undefined>(request, derive, { value: undefined });
  const [block, encryption, versioning, logTarget, replication, lifecycle, objectLock, ownership, policy, tags] =
    await Promise.all([
      optional(
        {
          action: 's3:GetBucketPublicAccessBlock',
          subject: about('publicAccessBlock'),
          command: new GetPublicAccessBlockCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['NoSuchPublicAccessBlockConfiguration'],
        },
        ({ PublicAccessBlockConfiguration }) => PublicAccessBlockConfiguration,
      ),
      optional(
        {
          action: 's3:GetEncryptionConfiguration',
          subject: about('encryption'),
          command: new GetBucketEncryptionCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['ServerSideEncryptionConfigurationNotFoundError'],
        },
        ({ ServerSideEncryptionConfiguration }) => encryptionOf(ServerSideEncryptionConfiguration),
      ),
      aws.read(
        {
          action: 's3:GetBucketVersioning',
          subject: about('versioning'),
          command: new GetBucketVersioningCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
        },
        ({ Status }) => Status ?? 'Off',
      ),
      aws.read(
        {
          action: 's3:GetBucketLogging',
          subject: about('logging'),
          command: new GetBucketLoggingCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
        },
        ({ LoggingEnabled: logging }): LogTarget | undefined =>
          logging && {
            bucket: logging.TargetBucket ?? '',
            prefix: logging.TargetPrefix ?? '',
            partitioned: logging.TargetObjectKeyFormat?.PartitionedPrefix !== undefined,
          },
      ),
      optional(
        {
          action: 's3:GetReplicationConfiguration',
          subject: about('replication'),
          command: new GetBucketReplicationCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['ReplicationConfigurationNotFoundError'],
        },
        ({ ReplicationConfiguration }) => ReplicationConfiguration?.Rules,
      ),
      optional(
        {
          action: 's3:GetLifecycleConfiguration',
          subject: about('lifecycle'),
          command: new GetBucketLifecycleConfigurationCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['NoSuchLifecycleConfiguration'],
        },
        ({ Rules }) => Rules,
      ),
      optional(
        {
          action: 's3:GetBucketObjectLockConfiguration',
          subject: about('objectLock'),
          command: new GetObjectLockConfigurationCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['ObjectLockConfigurationNotFoundError'],
        },
        ({ ObjectLockConfiguration }) => objectLockOf(ObjectLockConfiguration),
      ),
      optional(
        {
          action: 's3:GetBucketOwnershipControls',
          subject: about('ownership'),
          command: new GetBucketOwnershipControlsCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['OwnershipControlsNotFoundError'],
        },
        ({ OwnershipControls }) => OwnershipControls?.Rules?.[0]?.ObjectOwnership as string | undefined,
      ),
      optional(
        {
          action: 's3:GetBucketPolicy',
          subject: about('policy'),
          command: new GetBucketPolicyCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['NoSuchBucketPolicy'],
        },
        ({ Policy }) => Policy,
      ),
      optional(
        {
          action: 's3:GetBucketTagging',
          subject: about('tags'),
          command: new GetBucketTaggingCommand({ Bucket }),
          send: (command, options) => s3.send(command, options),
          absent: ['NoSuchTagSet'],
        },
        ({ TagSet }) => TagSet,
      ),
    ]);
  const fact: BucketFact = {
    id,
    name,
    tags: mapReading(tags, tagsOf),
    optOuts: [],
    publicAccessBlock: mapReading(block, (all) => ({
      blockPublicAcls: all?.BlockPublicAcls === true,
      ignorePublicAcls: all?.IgnorePublicAcls === true,
      blockPublicPolicy: all?.BlockPublicPolicy === true,
      restrictPublicBuckets: all?.RestrictPublicBuckets === true,
    })),
    encryption,
    versioning,
    logging: mapReading(logTarget, (target) => target && { bucket: target.bucket, prefix: target.prefix }),
    replication: mapReading(replication, (rules = []) => rules.map(replicationRule)),
    lifecycle: mapReading(lifecycle, (rules = []) => rules.map(lifecycleRule)),
    objectLock,
    ownership,
    policy: parsedPolicy(policy, name),
    newestLogs: unknown('It was not read.'),
  };
  return { fact, logTarget };
}

/** No log arrives here by access logging, as far as the buckets of the audit say. */
export const NO_LOGS: BucketFact['newestLogs'] = known({});

export function encryptionOf(
  configuration: ServerSideEncryptionConfiguration | undefined,
): BucketEncryption | undefined {
  const [rule] = configuration?.Rules ?? [];
  const byDefault = rule?.ApplyServerSideEncryptionByDefault;
  if (byDefault?.SSEAlgorithm === undefined) return undefined;
  return {
    algorithm: byDefault.SSEAlgorithm as BucketEncryption['algorithm'],
    ...(byDefault.KMSMasterKeyID !== undefined && { kmsKeyId: byDefault.KMSMasterKeyID }),
    bucketKey: rule?.BucketKeyEnabled === true,
    blockedTypes: rule?.BlockedEncryptionTypes?.EncryptionType ?? [],
  };
}

type ObjectLock = BucketFact['objectLock'] extends Reading<infer Lock> ? Lock : never;

export function objectLockOf(configuration: ObjectLockConfiguration | undefined): ObjectLock {
  if (configuration?.ObjectLockEnabled !== 'Enabled') return undefined;
  const retention = configuration.Rule?.DefaultRetention;
  if (!retention) return { enabled: true };
  const days = retention.Days ?? (retention.Years ?? 0) * 365;
  return { enabled: true, ...(retention.Mode !== undefined && { mode: retention.Mode }), days };
}

export function replicationRule(rule: ApiReplicationRule): ReplicationRule {
  const { Destination: destination, SourceSelectionCriteria: selection, Filter: filter } = rule;
  const key = destination?.EncryptionConfiguration?.ReplicaKmsKeyID;
  return {
    enabled: rule.Status === 'Enabled',
    // An empty prefix is every object.
    filtered: Boolean(rule.Prefix || filter?.Prefix || filter?.Tag || filter?.And),
    destination: bucketOfArn(destination?.Bucket ?? ''),
    selectsKmsObjects: selection?.SseKmsEncryptedObjects?.Status === 'Enabled',
    ...(key !== undefined && { replicaKmsKeyId: key }),
    deleteMarkers: rule.DeleteMarkerReplication?.Status === 'Enabled',
  };
}

export function lifecycleRule(rule: ApiLifecycleRule): LifecycleRule {
  const prefix = rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix;
  return {
    id: rule.ID,
    enabled: rule.Status === 'Enabled',
    // An empty prefix is every object, and so is none.
    prefix: prefix === '' ? undefined : prefix,
    transitions: (rule.Transitions ?? []).map(({ Days, StorageClass = '' }) => ({
      days: Days,
      storageClass: StorageClass,
    })),
    expirationDays: rule.Expiration?.Days,
    noncurrentExpirationDays: rule.NoncurrentVersionExpiration?.NoncurrentDays,
    abortIncompleteUploadDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
  };
}

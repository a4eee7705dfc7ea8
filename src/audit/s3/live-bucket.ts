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
  type $Command,
  type GetBucketEncryptionCommandOutput,
  type GetBucketLifecycleConfigurationCommandOutput,
  type GetBucketLoggingCommandOutput,
  type GetBucketOwnershipControlsCommandOutput,
  type GetBucketPolicyCommandOutput,
  type GetBucketReplicationCommandOutput,
  type GetBucketTaggingCommandOutput,
  type GetBucketVersioningCommandOutput,
  type GetObjectLockConfigurationCommandOutput,
  type GetPublicAccessBlockCommandOutput,
  type LifecycleRule as ApiLifecycleRule,
  type ObjectLockConfiguration,
  type ReplicationRule as ApiReplicationRule,
  type S3ClientResolvedConfig,
  type ServerSideEncryptionConfiguration,
  type ServiceInputTypes,
  type ServiceOutputTypes,
} from '@aws-sdk/client-s3';
import { parsedPolicy } from '../live/policies.js';
import type { AuditAction } from '../live/read-policy.js';
import type { AwsReader, SendOptions } from '../live/reader.js';
import type { ReadSubject } from '../live/recorder.js';
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

/**
 * What is asked about a bucket, by the fact that the answer fills. A code of an error says that the bucket has no such
 * setting: then the answer is read as an empty one. Without a code every error leaves the fact unknown.
 */
const SETTINGS = {
  publicAccessBlock: setting(
    's3:GetBucketPublicAccessBlock',
    GetPublicAccessBlockCommand,
    'NoSuchPublicAccessBlockConfiguration',
    ({ PublicAccessBlockConfiguration: all }: GetPublicAccessBlockCommandOutput) => ({
      blockPublicAcls: all?.BlockPublicAcls === true,
      ignorePublicAcls: all?.IgnorePublicAcls === true,
      blockPublicPolicy: all?.BlockPublicPolicy === true,
      restrictPublicBuckets: all?.RestrictPublicBuckets === true,
    }),
  ),
  encryption: setting(
    's3:GetEncryptionConfiguration',
    GetBucketEncryptionCommand,
    'ServerSideEncryptionConfigurationNotFoundError',
    (answer: GetBucketEncryptionCommandOutput) => encryptionOf(answer.ServerSideEncryptionConfiguration),
  ),
  versioning: setting(
    's3:GetBucketVersioning',
    GetBucketVersioningCommand,
    undefined,
    ({ Status }: GetBucketVersioningCommandOutput) => Status ?? 'Off',
  ),
  logging: setting(
    's3:GetBucketLogging',
    GetBucketLoggingCommand,
    undefined,
    ({ LoggingEnabled: logging }: GetBucketLoggingCommandOutput): LogTarget | undefined =>
      logging && {
        bucket: logging.TargetBucket ?? '',
        prefix: logging.TargetPrefix ?? '',
        partitioned: logging.TargetObjectKeyFormat?.PartitionedPrefix !== undefined,
      },
  ),
  replication: setting(
    's3:GetReplicationConfiguration',
    GetBucketReplicationCommand,
    'ReplicationConfigurationNotFoundError',
    ({ ReplicationConfiguration: replication }: GetBucketReplicationCommandOutput) =>
      (replication?.Rules ?? []).map(replicationRule),
  ),
  lifecycle: setting(
    's3:GetLifecycleConfiguration',
    GetBucketLifecycleConfigurationCommand,
    'NoSuchLifecycleConfiguration',
    ({ Rules = [] }: GetBucketLifecycleConfigurationCommandOutput) => Rules.map(lifecycleRule),
  ),
  objectLock: setting(
    's3:GetBucketObjectLockConfiguration',
    GetObjectLockConfigurationCommand,
    'ObjectLockConfigurationNotFoundError',
    (answer: GetObjectLockConfigurationCommandOutput) => objectLockOf(answer.ObjectLockConfiguration),
  ),
  ownership: setting(
    's3:GetBucketOwnershipControls',
    GetBucketOwnershipControlsCommand,
    'OwnershipControlsNotFoundError',
    ({ OwnershipControls: controls }: GetBucketOwnershipControlsCommandOutput): string | undefined =>
      controls?.Rules?.[0]?.ObjectOwnership,
  ),
  policy: setting(
    's3:GetBucketPolicy',
    GetBucketPolicyCommand,
    'NoSuchBucketPolicy',
    ({ Policy }: GetBucketPolicyCommandOutput) => Policy,
  ),
  tags: setting(
    's3:GetBucketTagging',
    GetBucketTaggingCommand,
    'NoSuchTagSet',
    ({ TagSet }: GetBucketTaggingCommandOutput) => tagsOf(TagSet),
  ),
};

type Settings = { [Fact in keyof typeof SETTINGS]: Awaited<ReturnType<(typeof SETTINGS)[Fact]>> };

type BucketCommand<Input extends ServiceInputTypes, Output extends ServiceOutputTypes> = $Command<
  Input,
  Output,
  S3ClientResolvedConfig,
  ServiceInputTypes,
  ServiceOutputTypes
>;

function setting<Input extends ServiceInputTypes, Output extends ServiceOutputTypes, T>(
  action: AuditAction,
  Command: new (input: { readonly Bucket: string }) => BucketCommand<Input, Output>,
  absent: string | undefined,
  derive: (answer: Output) => T,
) {
  return (aws: AwsReader, Bucket: string, subject: ReadSubject): Promise<Reading<T>> => {
    const { s3 } = aws.clients;
    const send = (command: BucketCommand<Input, Output>, options: SendOptions) => s3.send(command, options);
    const request = { action, subject, command: new Command({ Bucket }), send };
    if (absent === undefined) return aws.read(request, derive);
    const empty = { $metadata: {} } as Output;
    return aws.read({ ...request, absent: [absent] }, derive, { value: derive(empty) });
  };
}

/** `newestLogs` is left open: which buckets log here is known only when all have been read. */
export async function readBucket(aws: AwsReader, name: string): Promise<ReadBucket> {
  const id = `arn:${aws.options.partition}:s3:::${name}`;
  const names = Object.keys(SETTINGS) as (keyof Settings)[];
  const readings = await Promise.all(
    names.map(async (fact) => {
      const subject = { kind: 'buckets', resource: id, attributes: [fact] } as const;
      return [fact, await SETTINGS[fact](aws, name, subject)] as const;
    }),
  );
  // Each reading is that of its setting: a list of pairs cannot say so.
  const { logging: logTarget, policy, ...settings } = Object.fromEntries(readings) as unknown as Settings;
  const fact: BucketFact = {
    id,
    name,
    optOuts: [],
    ...settings,
    logging: mapReading(logTarget, (target) => target && { bucket: target.bucket, prefix: target.prefix }),
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
    ...(destination?.Account !== undefined && { account: destination.Account }),
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
    filtered: isFiltered(rule.Filter),
    transitions: (rule.Transitions ?? []).map(({ Days, StorageClass = '' }) => ({
      days: Days,
      storageClass: StorageClass,
    })),
    expirationDays: rule.Expiration?.Days,
    noncurrentExpirationDays: rule.NoncurrentVersionExpiration?.NoncurrentDays,
    abortIncompleteUploadDays: rule.AbortIncompleteMultipartUpload?.DaysAfterInitiation,
  };
}

/** By more than a prefix: by a tag or by size. */
function isFiltered(filter: ApiLifecycleRule['Filter']): boolean {
  const { Prefix: _prefix, And: and, ...own } = filter ?? {};
  const { Prefix: _too, ...both } = and ?? {};
  return Object.values({ ...own, ...both }).some((value) => value !== undefined);
}

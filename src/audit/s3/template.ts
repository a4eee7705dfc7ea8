/** Buckets as templates declare them. */
import { factOfElsewhere, type ReadingsOf } from '../model/facts.js';
import { allOf, mapReading, type Reading, unknown } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import { isOn, isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { bucketOfArn } from '../../syntax/arn.js';
import type { BucketEncryption, BucketFact, LifecycleRule, ReplicationRule } from './facts.js';

/** Buckets, and policies of buckets that are elsewhere. */
export function bucketsOf(resources: TemplateResources): BucketFact[] {
  const elsewhere = resources
    .ofType('AWS::S3::BucketPolicy')
    .filter((policy) => resources.meantBy(policy, 'AWS::S3::Bucket', { at: ['Bucket'] }).certain.size === 0);
  return [...bucketsHere(resources), ...elsewhere.map(policyOfElsewhere)];
}

function policyOfElsewhere(policy: ResourceReader): BucketFact {
  const { Bucket } = policy.properties;
  const common = typeof Bucket === 'string' ? { ...policy.common, name: Bucket } : policy.common;
  return factOfElsewhere<BucketFact>(common, ATTRIBUTES, { policy: policy.policy('PolicyDocument') }, OF_ITS_POLICY);
}

const OF_ITS_POLICY = ['s3-foreign-grants-limited', 's3-tls-only'];

const ATTRIBUTES: ReadingsOf<BucketFact> = {
  publicAccessBlock: true,
  encryption: true,
  versioning: true,
  logging: true,
  replication: true,
  lifecycle: true,
  objectLock: true,
  ownership: true,
  policy: true,
  newestLogs: true,
};

function bucketsHere(resources: TemplateResources): BucketFact[] {
  return resources.ofType('AWS::S3::Bucket').map((bucket) => {
    const { name } = bucket;
    const block = (setting: string) => bucket.at('PublicAccessBlockConfiguration', setting);
    return {
      ...bucket.common,
      publicAccessBlock: mapReading(
        allOf([
          block('BlockPublicAcls'),
          block('IgnorePublicAcls'),
          block('BlockPublicPolicy'),
          block('RestrictPublicBuckets'),
        ]),
        ([acls, ignore, policy, restrict]) => ({
          blockPublicAcls: isOn(acls),
          ignorePublicAcls: isOn(ignore),
          blockPublicPolicy: isOn(policy),
          restrictPublicBuckets: isOn(restrict),
        }),
      ),
      encryption: encryptionOf(bucket),
      versioning: mapReading(bucket.text('VersioningConfiguration', 'Status'), (status) =>
        status === 'Enabled' || status === 'Suspended' ? status : 'Off',
      ),
      logging: mapReading(bucket.at('LoggingConfiguration'), (logging) =>
        isRecord(logging)
          ? { bucket: textOf(logging.DestinationBucketName) ?? name, prefix: textOf(logging.LogFilePrefix) ?? '' }
          : undefined,
      ),
      replication: mapReading(bucket.list('ReplicationConfiguration', 'Rules'), (rules) =>
        rules.filter(isRecord).map(replicationRule),
      ),
      lifecycle: mapReading(bucket.list('LifecycleConfiguration', 'Rules'), (rules) =>
        rules.filter(isRecord).map(lifecycleRule),
      ),
      objectLock: objectLockOf(bucket),
      ownership: mapReading(bucket.list('OwnershipControls', 'Rules'), (rules) =>
        textOf(rules.filter(isRecord)[0]?.ObjectOwnership),
      ),
      policy: policyOf(resources, bucket),
      newestLogs: unknown(ONLY_LIVE),
    };
  });
}

function policyOf(resources: TemplateResources, bucket: ResourceReader): BucketFact['policy'] {
  const found = resources.oneNaming(bucket, ['AWS::S3::BucketPolicy'], { at: ['Bucket'] });
  if ('unknown' in found || found.value === undefined) return found as Reading<undefined>;
  return found.value.policy('PolicyDocument');
}

function encryptionOf(bucket: ResourceReader): Reading<BucketEncryption | undefined> {
  return mapReading(bucket.list('BucketEncryption', 'ServerSideEncryptionConfiguration'), (rules) => {
    const rule = rules.find(isRecord);
    const byDefault = rule?.ServerSideEncryptionByDefault;
    if (!isRecord(byDefault)) return undefined;
    const blocked = isRecord(rule?.BlockedEncryptionTypes) ? rule.BlockedEncryptionTypes.EncryptionType : undefined;
    return {
      algorithm: byDefault.SSEAlgorithm as BucketEncryption['algorithm'],
      ...(byDefault.KMSMasterKeyID !== undefined && { kmsKeyId: toText(byDefault.KMSMasterKeyID) }),
      bucketKey: isOn(rule?.BucketKeyEnabled),
      blockedTypes: Array.isArray(blocked) ? blocked.map(String) : [],
    };
  });
}

function objectLockOf(bucket: ResourceReader): BucketFact['objectLock'] {
  return mapReading(
    allOf([bucket.at('ObjectLockEnabled'), bucket.at('ObjectLockConfiguration')]),
    ([enabled, lock]) => {
      if (!isOn(enabled) && !isRecord(lock)) return undefined;
      const rule = isRecord(lock) && isRecord(lock.Rule) ? lock.Rule.DefaultRetention : undefined;
      if (!isRecord(rule)) return { enabled: true };
      const days = rule.Days === undefined ? Number(rule.Years) * 365 : Number(rule.Days);
      return { enabled: true, mode: rule.Mode as 'GOVERNANCE' | 'COMPLIANCE', days };
    },
  );
}

function replicationRule(rule: Readonly<Record<string, unknown>>): ReplicationRule {
  const destination = isRecord(rule.Destination) ? rule.Destination : {};
  const selection = isRecord(rule.SourceSelectionCriteria)
    ? rule.SourceSelectionCriteria.SseKmsEncryptedObjects
    : undefined;
  const encryption = isRecord(destination.EncryptionConfiguration) ? destination.EncryptionConfiguration : {};
  const markers = isRecord(rule.DeleteMarkerReplication) ? rule.DeleteMarkerReplication.Status : undefined;
  const filter = isRecord(rule.Filter) ? rule.Filter : {};
  return {
    enabled: rule.Status === 'Enabled',
    // An empty prefix is every object.
    filtered: Boolean(rule.Prefix || filter.Prefix || filter.TagFilter || filter.And),
    destination: bucketOfArn(String(destination.Bucket)),
    ...(destination.Account !== undefined && { account: toText(destination.Account) }),
    selectsKmsObjects: isRecord(selection) && selection.Status === 'Enabled',
    ...(encryption.ReplicaKmsKeyID !== undefined && { replicaKmsKeyId: toText(encryption.ReplicaKmsKeyID) }),
    deleteMarkers: markers === 'Enabled',
  };
}

function lifecycleRule(rule: Readonly<Record<string, unknown>>): LifecycleRule {
  const transitions: unknown[] = Array.isArray(rule.Transitions)
    ? rule.Transitions
    : rule.Transition === undefined
      ? []
      : [rule.Transition];
  const noncurrent = isRecord(rule.NoncurrentVersionExpiration)
    ? rule.NoncurrentVersionExpiration.NoncurrentDays
    : undefined;
  const abort = isRecord(rule.AbortIncompleteMultipartUpload)
    ? rule.AbortIncompleteMultipartUpload.DaysAfterInitiation
    : undefined;
  const days = (value: unknown) => (value === undefined ? undefined : Number(value));
  return {
    id: textOf(rule.Id),
    enabled: rule.Status === 'Enabled',
    prefix: textOf(rule.Prefix),
    filtered: ['TagFilters', 'ObjectSizeGreaterThan', 'ObjectSizeLessThan'].some((name) => rule[name] !== undefined),
    transitions: transitions.filter(isRecord).map((transition) => ({
      days: days(transition.TransitionInDays),
      storageClass: toText(transition.StorageClass),
    })),
    expirationDays: days(rule.ExpirationInDays),
    noncurrentExpirationDays: days(noncurrent ?? rule.NoncurrentVersionExpirationInDays),
    abortIncompleteUploadDays: days(abort),
  };
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : toText(value);
}

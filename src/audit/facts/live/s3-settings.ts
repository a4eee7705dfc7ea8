/** Settings of buckets from the API's form into that of the facts. */
import type {
  LifecycleRule as ApiLifecycleRule,
  ObjectLockConfiguration,
  ReplicationRule as ApiReplicationRule,
  ServerSideEncryptionConfiguration,
} from '@aws-sdk/client-s3';
import type { BucketEncryption, BucketFact, LifecycleRule, ReplicationRule } from '../model.js';
import type { Reading } from '../../reading.js';

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
    destination: (destination?.Bucket ?? '').replace(/^arn:[^:]*:s3:::/, ''),
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
    // An empty prefix is every object, as none is.
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

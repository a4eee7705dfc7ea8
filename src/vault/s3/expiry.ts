/** What a bucket keeps and removes by itself: versions, Object Lock, lifecycle rules. */
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3';
import { throwIfAborted } from '../../core/cancellation.js';
import { formatDay } from '../../core/times.js';
import type { StoreExpiry } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { isFailure } from './failures.js';

/**
 * As `ObjectStore.expiry`: needs `s3:GetBucketVersioning`, `s3:GetBucketObjectLockConfiguration` and
 * `s3:GetLifecycleConfiguration`, each for its own part.
 */
export async function readExpiry(bucket: Bucket, signal?: AbortSignal): Promise<StoreExpiry> {
  const Bucket = bucket.name;
  const { client } = bucket;
  const options = { abortSignal: signal };
  const ask = async <T>(send: () => Promise<T>, ...absent: string[]): Promise<T | 'absent' | undefined> => {
    try {
      return await bucket.attempt(send, { signal });
    } catch (error) {
      throwIfAborted(signal);
      return absent.some((code) => isFailure(error, code)) ? 'absent' : undefined;
    }
  };
  const versioning = await ask(() => client.send(new GetBucketVersioningCommand({ Bucket }), options));
  const lock = await ask(
    () => client.send(new GetObjectLockConfigurationCommand({ Bucket }), options),
    'ObjectLockConfigurationNotFoundError',
  );
  const lifecycle = await ask(
    () => client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }), options),
    'NoSuchLifecycleConfiguration',
  );
  const retention = typeof lock === 'object' ? lock.ObjectLockConfiguration?.Rule?.DefaultRetention : undefined;
  const period = retention?.Years ? `${retention.Years} years` : `${retention?.Days ?? 0} days`;
  return {
    // Suspended: existing versions stay, and a deletion leaves a marker.
    keepsVersions: typeof versioning === 'object' ? versioning.Status !== undefined : undefined,
    lock: retention ? `${retention.Mode}, ${period}` : undefined,
    rules:
      lifecycle === 'absent'
        ? []
        : lifecycle?.Rules?.filter(({ Status }) => Status === 'Enabled').flatMap(describeRule),
  };
}

function describeRule(rule: LifecycleRule): string[] {
  const prefix = rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? rule.Prefix ?? '';
  const name = `The lifecycle rule ${rule.ID ?? '(unnamed)'}${prefix === '' ? '' : ` for ${prefix}`}`;
  const { Expiration: current, NoncurrentVersionExpiration: noncurrent } = rule;
  const sentences: string[] = [];
  if (current?.Days) sentences.push(`${name} expires objects after ${current.Days} days.`);
  if (current?.Date) sentences.push(`${name} expires objects on ${formatDay(current.Date)}.`);
  if (noncurrent?.NoncurrentDays) {
    sentences.push(
      `${name} removes old versions ${noncurrent.NoncurrentDays} days after they were replaced or deleted.`,
    );
  }
  return sentences;
}

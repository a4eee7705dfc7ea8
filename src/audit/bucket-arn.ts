/** The ARN of a bucket: its own where the account was read, else of the partition that its template is for. */
import type { BucketFact } from './facts/model.js';

export function bucketArn({ id, name, partition = 'aws' }: BucketFact): string {
  return id.startsWith('arn:') ? id : `arn:${partition}:s3:::${name}`;
}

/** Buckets of the account, and whether the logs of each arrive in the other. */
import { ListBucketsCommand } from '@aws-sdk/client-s3';
import { known, type Reading } from '../../reading.js';
import type { BucketFact } from '../model.js';
import { mapBounded } from './pool.js';
import type { AwsReader } from './reader.js';
import { NO_LOGS, readBucket, type LogTarget, type ReadBucket } from './s3-bucket.js';
import { readNewestLog } from './s3-newest-log.js';

/** Each bucket is ten requests. */
const BUCKETS_AT_ONCE = 4;

export async function readBuckets(aws: AwsReader): Promise<Reading<readonly BucketFact[]>> {
  const buckets = await aws.list({
    action: 's3:ListAllMyBuckets',
    subject: { kind: 'buckets', attributes: [] },
    page: (ContinuationToken) => new ListBucketsCommand({ ContinuationToken, MaxBuckets: 1000 }),
    send: (command, options) => aws.clients.s3.send(command, options),
    next: ({ ContinuationToken }) => ContinuationToken,
    items: ({ Buckets }) => Buckets,
  });
  if ('unknown' in buckets) return buckets;
  const declared = aws.options.declared.buckets.map(({ name }) => name);
  const names = buckets.value.map(({ Name = '' }) => Name).filter((name) => aws.concerns(name, declared));
  const read = await mapBounded(names, BUCKETS_AT_ONCE, (name) => readBucket(aws, name));
  return known(
    await mapBounded(read, BUCKETS_AT_ONCE, async ({ fact }) => ({
      ...fact,
      newestLogs: await readNewestLogs(aws, fact, read),
    })),
  );
}

async function readNewestLogs(
  aws: AwsReader,
  { id, name }: BucketFact,
  all: readonly ReadBucket[],
): Promise<BucketFact['newestLogs']> {
  const sources: { readonly source: string; readonly target: LogTarget }[] = [];
  let open: BucketFact['newestLogs'] | undefined;
  for (const { fact, logTarget } of all) {
    if ('unknown' in logTarget) open ??= logTarget;
    else if (logTarget.value?.bucket === name) sources.push({ source: fact.name, target: logTarget.value });
  }
  // A bucket whose target is not known may log here.
  if (open) return open;
  if (sources.length === 0) return NO_LOGS;
  const newest: Record<string, Date | undefined> = {};
  for (const { source, target } of sources) {
    const found = await readNewestLog(aws, source, id, target);
    if ('unknown' in found) return found;
    newest[target.prefix] = found.value;
  }
  return known(newest);
}

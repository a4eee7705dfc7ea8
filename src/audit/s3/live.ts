/**
 * Buckets of the account, whether the logs of each arrive in the other, and the account's own block of public access.
 */
import { ListBucketsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { GetPublicAccessBlockCommand } from '@aws-sdk/client-s3-control';
import { mapBounded } from '../../core/bounded-concurrency.js';
import { DAY_MS, formatDay } from '../../core/times.js';
import type { AwsReader } from '../live/reader.js';
import { known, type Reading } from '../model/reading.js';
import type { AccountFact, BucketFact } from './facts.js';
import { type LogTarget, NO_LOGS, readBucket, type ReadBucket } from './live-bucket.js';

export async function readAccounts(aws: AwsReader): Promise<Reading<readonly AccountFact[]>> {
  const { account, partition } = aws.options;
  const id = `arn:${partition}:iam::${account}:root`;
  const publicAccessBlock = await aws.read(
    {
      action: 's3:GetAccountPublicAccessBlock',
      subject: { kind: 'accounts', resource: id, attributes: ['publicAccessBlock'] },
      command: new GetPublicAccessBlockCommand({ AccountId: account }),
      send: (command, options) => aws.clients.s3Control.send(command, options),
      absent: ['NoSuchPublicAccessBlockConfiguration'],
    },
    ({ PublicAccessBlockConfiguration: block }) =>
      block?.BlockPublicAcls === true &&
      block.IgnorePublicAcls === true &&
      block.BlockPublicPolicy === true &&
      block.RestrictPublicBuckets === true,
    { value: false },
  );
  return known([{ id, name: account, tags: known({}), optOuts: [], publicAccessBlock }]);
}

/** Each bucket takes ten requests. */
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

/** How far back to look, the nearest first, and finally for anything at all. Milliseconds. */
const WINDOWS_MS = [DAY_MS, 35 * DAY_MS, 400 * DAY_MS, undefined];

/**
 * The time of a log of the last day, or of the newest of the first thousand in the nearest window with any: a log
 * bucket may hold millions, and nothing more needs to be known about those that are too old.
 *
 * @param source the bucket whose access is logged
 * @param logs id of the log bucket
 */
export async function readNewestLog(
  aws: AwsReader,
  source: string,
  logs: string,
  target: LogTarget,
): Promise<Reading<Date | undefined>> {
  const { account, region, now } = aws.options;
  const Prefix = target.partitioned ? `${target.prefix}${account}/${region}/${source}/` : target.prefix;
  let newest: Reading<Date | undefined> = { value: undefined };
  for (const window of WINDOWS_MS) {
    const since = window === undefined ? undefined : formatDay(new Date(now().getTime() - window));
    const day = target.partitioned ? since?.replaceAll('-', '/') : since;
    newest = await aws.read(
      {
        action: 's3:ListBucket',
        subject: { kind: 'buckets', resource: logs, attributes: ['newestLogs'] },
        command: new ListObjectsV2Command({
          Bucket: target.bucket,
          Prefix,
          ...(day !== undefined && { StartAfter: `${Prefix}${day}` }),
        }),
        send: (command, options) => aws.clients.s3.send(command, options),
      },
      ({ Contents = [] }) =>
        Contents.map(({ LastModified }) => LastModified)
          .filter((date) => date !== undefined)
          .reduce<Date | undefined>(
            (latest, date) => (latest === undefined || date > latest ? date : latest),
            undefined,
          ),
    );
    if ('unknown' in newest || newest.value !== undefined) return newest;
  }
  return newest;
}

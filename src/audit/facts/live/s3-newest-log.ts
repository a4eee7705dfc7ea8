/** When access logs last arrived: their keys begin with the time, so what is recent can be asked for alone. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { Reading } from '../../reading.js';
import type { AwsReader } from './reader.js';
import type { LogTarget } from './s3-bucket.js';

const HOUR_MS = 3_600_000;

/** How far back is looked, the nearest first; at last for anything at all. Milliseconds. */
const WINDOWS_MS = [24 * HOUR_MS, 35 * 24 * HOUR_MS, 400 * 24 * HOUR_MS, undefined];

/**
 * The time of a log of the last day, or of the newest of the first thousand in the nearest window with any: a log bucket
 * may hold millions, and no more needs to be known of those that are too old.
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
    const since = window === undefined ? undefined : new Date(now().getTime() - window).toISOString().slice(0, 10);
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

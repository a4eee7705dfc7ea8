/** Groups of logs of the account: read as a whole, since no config names them. */
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { AwsReader } from '../live/reader.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import type { LogGroupFact } from './facts.js';

export async function readLogGroups(aws: AwsReader): Promise<Reading<readonly LogGroupFact[]>> {
  if (aws.options.scope === 'declared') return known([]);
  const groups = await aws.list({
    action: 'logs:DescribeLogGroups',
    subject: { kind: 'logGroups', attributes: ['kmsKeyId', 'retentionDays'] },
    page: (nextToken) => new DescribeLogGroupsCommand({ nextToken }),
    send: (command, options) => aws.clients.logs.send(command, options),
    next: ({ nextToken }) => nextToken,
    items: ({ logGroups }) => logGroups,
  });
  return mapReading(groups, (all) =>
    all.map(({ arn = '', logGroupName = '', kmsKeyId, retentionInDays }) => ({
      id: arn,
      name: logGroupName,
      tags: unknown('Tags of groups of logs are not read.'),
      optOuts: [],
      kmsKeyId: known(kmsKeyId),
      retentionDays: known(retentionInDays),
    })),
  );
}

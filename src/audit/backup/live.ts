/** Schedules of the account. */
import { GetScheduleCommand, ListSchedulesCommand, type ScheduleSummary } from '@aws-sdk/client-scheduler';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { known, mapReading, type Reading } from '../model/reading.js';
import { scheduledTarget, type ScheduleFact } from './facts.js';

export async function readSchedules(aws: AwsReader): Promise<Reading<readonly ScheduleFact[]>> {
  const schedules = await aws.list({
    action: 'scheduler:ListSchedules',
    subject: { kind: 'schedules', attributes: ['enabled'] },
    page: (NextToken) => new ListSchedulesCommand({ NextToken }),
    send: (command, options) => aws.clients.scheduler.send(command, options),
    next: ({ NextToken }) => NextToken,
    items: ({ Schedules }) => Schedules,
  });
  if ('unknown' in schedules) return schedules;
  // All of them, whatever is declared: which project one starts is known only when it is read.
  return known(await mapBounded(schedules.value, aws.resourcesAtOnce, (schedule) => readSchedule(aws, schedule)));
}

async function readSchedule(aws: AwsReader, summary: ScheduleSummary): Promise<ScheduleFact> {
  const { Name = '', GroupName, Arn = '', State } = summary;
  const schedule = await aws.read(
    {
      action: 'scheduler:GetSchedule',
      subject: { kind: 'schedules', resource: Arn, attributes: ['expression', 'targetArn'] },
      command: new GetScheduleCommand({ Name, GroupName }),
      send: (command, options) => aws.clients.scheduler.send(command, options),
    },
    (output) => output,
  );
  return {
    id: Arn,
    name: Name,
    // Groups have tags; schedules have none.
    tags: known({}),
    optOuts: [],
    enabled: known(State !== 'DISABLED'),
    expression: mapReading(schedule, ({ ScheduleExpression = '' }) => ScheduleExpression),
    targetArn: mapReading(schedule, ({ Target }) => scheduledTarget(Target?.Arn ?? '', Target?.Input)),
  };
}

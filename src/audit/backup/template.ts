/** What starts things at set times: EventBridge schedules, and rules with a schedule. */
import { mapReading, type Reading, unknown } from '../model/reading.js';
import type { ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { scheduledTarget, type ScheduleFact } from './facts.js';

export function schedulesOf(resources: TemplateResources): ScheduleFact[] {
  return [
    ...resources
      .ofType('AWS::Scheduler::Schedule')
      .map((schedule) => scheduleFact(schedule, schedule.text('Target', 'Input'), targetOfSchedule(schedule))),
    ...resources
      .ofType('AWS::Events::Rule')
      .filter((rule) => rule.properties.ScheduleExpression !== undefined)
      .map((rule) => scheduleFact(rule, undefined, targetOfRule(rule))),
  ];
}

function scheduleFact(
  schedule: ResourceReader,
  input: Reading<string | undefined> | undefined,
  target: Reading<string>,
): ScheduleFact {
  return {
    ...schedule.common,
    enabled: mapReading(schedule.text('State'), (state) => state !== 'DISABLED'),
    expression: mapReading(schedule.text('ScheduleExpression'), (expression) => expression ?? ''),
    targetArn: input ? universalTarget(target, input) : target,
  };
}

function universalTarget(target: Reading<string>, input: Reading<string | undefined>): Reading<string> {
  if ('unknown' in target || scheduledTarget(target.value, undefined) === target.value) return target;
  return mapReading(input, (text) => scheduledTarget(target.value, text));
}

function targetOfSchedule(schedule: ResourceReader): Reading<string> {
  return mapReading(schedule.text('Target', 'Arn'), (arn) => arn ?? '');
}

function targetOfRule(rule: ResourceReader): Reading<string> {
  const targets = rule.items('Targets');
  if ('unknown' in targets) return targets;
  const [target] = targets.value;
  if (!target) return unknown('The rule has no target.');
  return mapReading(target.text('Arn'), (arn) => arn ?? '');
}

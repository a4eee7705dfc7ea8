/** Groups of logs as templates declare them. */
import type { TemplateResources } from '../template/resources.js';
import type { LogGroupFact } from './facts.js';

export function logGroupsOf(resources: TemplateResources): LogGroupFact[] {
  return resources.ofType('AWS::Logs::LogGroup').map((group) => ({
    ...group.common,
    kmsKeyId: group.text('KmsKeyId'),
    retentionDays: group.number('RetentionInDays'),
  }));
}

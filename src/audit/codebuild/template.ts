/** CodeBuild projects as templates declare them. */
import { allOf, known, mapReading, type Reading, unknown } from '../model/reading.js';
import { physicalName } from '../template/physical-id.js';
import { isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import type { CodeBuildProjectFact } from './facts.js';

export function codeBuildProjectsOf(resources: TemplateResources): CodeBuildProjectFact[] {
  return resources.ofType('AWS::CodeBuild::Project').map((project) => ({
    id: project.id,
    name: physicalName(project),
    tags: project.tags(),
    optOuts: project.optOuts,
    accepted: project.accepted,
    environment: mapReading(project.list('Environment', 'EnvironmentVariables'), (variables) =>
      variables.filter(isRecord).map((variable) => ({
        name: toText(variable.Name),
        type: variable.Type === undefined ? 'PLAINTEXT' : toText(variable.Type),
        value: toText(variable.Value),
      })),
    ),
    privileged: project.flag('Environment', 'PrivilegedMode'),
    kmsKeyId: project.text('EncryptionKey'),
    logs: mapReading(
      allOf([
        project.at('LogsConfig', 'CloudWatchLogs', 'Status'),
        project.at('LogsConfig', 'CloudWatchLogs', 'GroupName'),
      ]),
      ([status, group]) => ({
        // On unless it is turned off.
        enabled: status === undefined || status === 'ENABLED',
        ...(group !== undefined && { group: toText(group) }),
      }),
    ),
    logGroup: logGroupOf(project, resources),
    roleArn: mapReading(project.text('ServiceRole'), (arn) => arn ?? ''),
  }));
}

function logGroupOf(project: ResourceReader, resources: TemplateResources): CodeBuildProjectFact['logGroup'] {
  const name = project.text('LogsConfig', 'CloudWatchLogs', 'GroupName');
  if ('unknown' in name) return name;
  if (name.value === undefined) return known(undefined);
  const group = resources.ofType('AWS::Logs::LogGroup').find((one) => physicalName(one) === name.value);
  if (!group) return unknown(`The log group ${name.value} is not in the template.`);
  const settings: Reading<readonly unknown[]> = allOf([group.at('KmsKeyId'), group.at('RetentionInDays')]);
  return mapReading(settings, ([key, days]) => ({
    ...(key !== undefined && { kmsKeyId: toText(key) }),
    ...(days !== undefined && { retentionDays: Number(days) }),
  }));
}

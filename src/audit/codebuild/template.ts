/** CodeBuild projects as templates declare them. */
import { allOf, mapReading, type Reading } from '../model/reading.js';
import { isOn, isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import type { CodeBuildProjectFact } from './facts.js';

export function codeBuildProjectsOf(resources: TemplateResources): CodeBuildProjectFact[] {
  return resources.ofType('AWS::CodeBuild::Project').map((project) => ({
    ...project.common,
    environment: mapReading(project.list('Environment', 'EnvironmentVariables'), (variables) =>
      variables.filter(isRecord).map((variable) => ({
        name: toText(variable.Name),
        type: variable.Type === undefined ? 'PLAINTEXT' : toText(variable.Type),
        value: toText(variable.Value),
      })),
    ),
    privileged: project.flag('Environment', 'PrivilegedMode'),
    kmsKeyId: project.text('EncryptionKey'),
    publicBuilds: mapReading(project.text('Visibility'), (visibility) => visibility === 'PUBLIC_READ'),
    sources: mapReading(allOf([project.at('Source'), project.list('SecondarySources')]), ([main, others]) =>
      [main, ...(others as readonly unknown[])].filter(isRecord).map((one) => ({
        type: toText(one.Type),
        ...(one.Location !== undefined && { location: toText(one.Location) }),
        insecureTls: isOn(one.InsecureSsl),
      })),
    ),
    buildSpec: project.text('Source', 'BuildSpec'),
    logs: mapReading(
      allOf([
        project.at('LogsConfig', 'CloudWatchLogs', 'Status'),
        project.at('LogsConfig', 'CloudWatchLogs', 'GroupName'),
        project.at('LogsConfig', 'S3Logs'),
      ]),
      ([status, group, s3]) => ({
        // On unless it is turned off.
        enabled: status === undefined || status === 'ENABLED',
        ...(group !== undefined && { group: toText(group) }),
        ...(isRecord(s3) &&
          s3.Status === 'ENABLED' && { toS3: isOn(s3.EncryptionDisabled) ? 'not encrypted' : 'encrypted' }),
      }),
    ),
    logGroup: logGroupOf(project, resources),
    roleArn: mapReading(project.text('ServiceRole'), (arn) => arn ?? ''),
  }));
}

const LOG_GROUP = ['LogsConfig', 'CloudWatchLogs', 'GroupName'];

function logGroupOf(project: ResourceReader, resources: TemplateResources): CodeBuildProjectFact['logGroup'] {
  const found = resources.namedBy(project, 'AWS::Logs::LogGroup', { at: LOG_GROUP }, 'The log group');
  if ('unknown' in found || found.value === undefined) return found as Reading<undefined>;
  const group = found.value;
  const settings: Reading<readonly unknown[]> = allOf([group.at('KmsKeyId'), group.at('RetentionInDays')]);
  return mapReading(settings, ([key, days]) => ({
    ...(key !== undefined && { kmsKeyId: toText(key) }),
    ...(days !== undefined && { retentionDays: Number(days) }),
  }));
}

/** CodeBuild projects of the account, with the log groups that they write to. */
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetProjectsCommand, ListProjectsCommand, type Project } from '@aws-sdk/client-codebuild';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { tagsOf } from '../live/tags.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import type { CodeBuildProjectFact } from './facts.js';

/** As many as BatchGetProjects takes. */
const BATCH = 100;

const ATTRIBUTES: readonly (keyof CodeBuildProjectFact)[] = [
  'tags',
  'environment',
  'buildSpec',
  'privileged',
  'publicBuilds',
  'sources',
  'kmsKeyId',
  'logs',
  'logGroup',
  'roleArn',
];

export async function readCodeBuildProjects(aws: AwsReader): Promise<Reading<readonly CodeBuildProjectFact[]>> {
  const names = await aws.list({
    action: 'codebuild:ListProjects',
    subject: { kind: 'codeBuildProjects', attributes: [] },
    page: (nextToken) => new ListProjectsCommand({ nextToken }),
    send: (command, options) => aws.clients.codeBuild.send(command, options),
    next: ({ nextToken }) => nextToken,
    items: ({ projects }) => projects,
  });
  if ('unknown' in names) return names;
  const concerned = names.value.filter((name) => aws.concerns(name, aws.options.declared.backupProjects));
  const batches = Array.from({ length: Math.ceil(concerned.length / BATCH) }, (_, index) =>
    concerned.slice(index * BATCH, (index + 1) * BATCH),
  );
  const projects = await mapBounded(batches, aws.resourcesAtOnce, (batch) => readBatch(aws, batch));
  return known(
    await mapBounded(projects.flat(), aws.resourcesAtOnce, async ({ name, project }) =>
      projectFact(aws, name, project),
    ),
  );
}

async function readBatch(
  aws: AwsReader,
  names: readonly string[],
): Promise<{ readonly name: string; readonly project: Reading<Project> }[]> {
  const found = await aws.read(
    {
      action: 'codebuild:BatchGetProjects',
      subject: { kind: 'codeBuildProjects', attributes: ATTRIBUTES },
      command: new BatchGetProjectsCommand({ names: [...names] }),
      send: (command, options) => aws.clients.codeBuild.send(command, options),
    },
    ({ projects = [] }) => new Map(projects.map((project) => [project.name, project])),
  );
  return names.flatMap((name): { name: string; project: Reading<Project> }[] => {
    if ('unknown' in found) return [{ name, project: found }];
    const project = found.value.get(name);
    // Deleted since it was listed.
    return project ? [{ name, project: known(project) }] : [];
  });
}

async function projectFact(aws: AwsReader, name: string, project: Reading<Project>): Promise<CodeBuildProjectFact> {
  const { partition, region, account } = aws.options;
  const id = `arn:${partition}:codebuild:${region}:${account}:project/${name}`;
  return {
    id,
    name,
    tags: mapReading(project, ({ tags }) => tagsOf(tags)),
    optOuts: [],
    environment: mapReading(project, ({ environment }) =>
      (environment?.environmentVariables ?? []).map((variable) => ({
        name: variable.name ?? '',
        type: variable.type ?? 'PLAINTEXT',
        value: variable.value ?? '',
      })),
    ),
    privileged: mapReading(project, ({ environment }) => environment?.privilegedMode === true),
    kmsKeyId: mapReading(project, ({ encryptionKey }) => encryptionKey),
    publicBuilds: mapReading(project, ({ projectVisibility }) => projectVisibility === 'PUBLIC_READ'),
    sources: mapReading(project, ({ source, secondarySources = [] }) =>
      [source, ...secondarySources].map((one) => ({
        type: one?.type ?? 'NO_SOURCE',
        ...(one?.location !== undefined && { location: one.location }),
        insecureTls: one?.insecureSsl === true,
      })),
    ),
    buildSpec: mapReading(project, ({ source }) => source?.buildspec),
    logs: mapReading(project, ({ logsConfig }) => {
      const { status, groupName } = logsConfig?.cloudWatchLogs ?? {};
      const s3 = logsConfig?.s3Logs;
      // On unless it is turned off.
      return {
        enabled: status !== 'DISABLED',
        ...(groupName !== undefined && { group: groupName }),
        ...(s3?.status === 'ENABLED' && { toS3: s3.encryptionDisabled === true ? 'not encrypted' : 'encrypted' }),
      } as const;
    }),
    logGroup: await readLogGroup(aws, id, name, project),
    roleArn: mapReading(project, ({ serviceRole = '' }) => serviceRole),
  };
}

async function readLogGroup(
  aws: AwsReader,
  id: string,
  name: string,
  project: Reading<Project>,
): Promise<CodeBuildProjectFact['logGroup']> {
  if ('unknown' in project) return project;
  // The group that CodeBuild creates where the project names none; someone may have given it a key since.
  const group = project.value.logsConfig?.cloudWatchLogs?.groupName ?? `/aws/codebuild/${name}`;
  const groups = await aws.list({
    action: 'logs:DescribeLogGroups',
    subject: { kind: 'codeBuildProjects', resource: id, attributes: ['logGroup'] },
    page: (nextToken) => new DescribeLogGroupsCommand({ logGroupNamePrefix: group, nextToken }),
    send: (command, options) => aws.clients.logs.send(command, options),
    next: ({ nextToken }) => nextToken,
    items: ({ logGroups }) => logGroups,
  });
  if ('unknown' in groups) return groups;
  const found = groups.value.find(({ logGroupName }) => logGroupName === group);
  if (!found) {
    return project.value.logsConfig?.cloudWatchLogs?.groupName === undefined
      ? known(undefined)
      : unknown(`The log group ${group} does not exist yet.`);
  }
  return known({
    ...(found.kmsKeyId !== undefined && { kmsKeyId: found.kmsKeyId }),
    ...(found.retentionInDays !== undefined && { retentionDays: found.retentionInDays }),
  });
}

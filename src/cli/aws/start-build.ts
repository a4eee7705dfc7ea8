/** Starts a build of CodeBuild; what refuses it is named. */
import {
  BatchGetBuildsCommand,
  ListBuildsForProjectCommand,
  StartBuildCommand,
  type Build,
  type CodeBuildClient,
} from '@aws-sdk/client-codebuild';
import { HoldfastError } from '../../core/errors.js';
import { formatInstant } from '../../core/times.js';
import { awsFailure } from './aws-failures.js';

/** As many of the newest builds are looked at for the one that runs. */
const LOOKED_AT = 10;

/**
 * @returns the build's id
 * @throws HoldfastError AWS_MISSING without the project, BUILD_RUNNING while another build of it runs, AWS_DENIED,
 *   AWS_FAILED also where the account admits no more builds
 */
export async function startBuild(client: CodeBuildClient, projectName: string): Promise<string> {
  const what = `Starting the project ${projectName}`;
  try {
    const { build } = await client.send(new StartBuildCommand({ projectName }));
    return build?.id ?? '';
  } catch (error) {
    if (error instanceof Error && error.name === 'AccountLimitExceededException') {
      throw await limitReached(client, projectName, what, error);
    }
    throw awsFailure(error, {
      what,
      action: 'codebuild:StartBuild',
      whenMissing: 'Deploy it first: `holdfast deploy`; and check that the region is right.',
    });
  }
}

/** One refusal stands for the limit of the project, which is one build, and for the quota of the account. */
async function limitReached(client: CodeBuildClient, project: string, what: string, cause: Error) {
  const running = await runningBuild(client, project);
  if (running?.id === undefined) {
    return new HoldfastError('AWS_FAILED', `${what}: ${cause.message.replace(/\.?$/, '.')}`, {
      cause,
      hint: 'If no backup of this database is running, the account admits no more builds: see the quotas of AWS CodeBuild.',
    });
  }
  const since = running.startTime === undefined ? '' : ` since ${formatInstant(running.startTime)}`;
  return new HoldfastError('BUILD_RUNNING', `${what}: its build ${running.id} has been running${since}.`, {
    cause,
    hint: `A project admits one backup at a time. Wait for its end, or end it: aws codebuild stop-build --id ${running.id}`,
  });
}

/** Builds are listed newest first. Whoever may not look has to do without. */
async function runningBuild(client: CodeBuildClient, projectName: string): Promise<Build | undefined> {
  try {
    const { ids = [] } = await client.send(new ListBuildsForProjectCommand({ projectName }));
    if (ids.length === 0) return undefined;
    const { builds = [] } = await client.send(new BatchGetBuildsCommand({ ids: ids.slice(0, LOOKED_AT) }));
    return builds.find(({ buildStatus }) => buildStatus === 'IN_PROGRESS');
  } catch {
    return undefined;
  }
}

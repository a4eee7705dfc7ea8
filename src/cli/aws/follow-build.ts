/** Builds of CodeBuild: started, followed by their log in CloudWatch Logs, and their end told. */
import { CloudWatchLogsClient, GetLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand, CodeBuildClient, StartBuildCommand, type Build } from '@aws-sdk/client-codebuild';
import { sleep } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { printable } from '../text/printable.js';
import { awsFailure, isMissing } from './aws-failures.js';
import type { ClientOptions } from './sign-in.js';

/** How a build ended. */
export interface BuildOutcome {
  readonly id: string;
  /** CodeBuild's: `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `STOPPED`, `FAULT`. */
  readonly status: string;
  readonly durationMs: number;
  /** That of the backup where it got so far, else 0 or 1. */
  readonly exitCode: number;
  /** The phase that failed, and CodeBuild's words on it. */
  readonly problem?: string | undefined;
}

export interface Builds {
  /**
   * @returns the build's id
   * @throws HoldfastError AWS_MISSING without the project, AWS_DENIED, AWS_FAILED also while another build of it runs
   */
  start(project: string): Promise<string>;
  /** Waits for the end. @param onLine told of each line of the log */
  follow(id: string, onLine: (line: string) => void): Promise<BuildOutcome>;
  close(): void;
}

/** Often enough to read along; AWS admits more. */
const POLL_MS = 2_000;
/** The last lines come after the build's end. */
const LAST_LINES_MS = 1_000;

export function openBuilds(options: ClientOptions, signal: AbortSignal, pollMs = POLL_MS): Builds {
  const builds = new CodeBuildClient(options);
  const logs = new CloudWatchLogsClient(options);
  return {
    start: (project) => start(builds, project),
    follow: (id, onLine) => follow(id, { builds, logs, signal, pollMs, onLine }),
    close: () => {
      builds.destroy();
      logs.destroy();
    },
  };
}

async function start(client: CodeBuildClient, projectName: string): Promise<string> {
  try {
    const { build } = await client.send(new StartBuildCommand({ projectName }));
    return build?.id ?? '';
  } catch (error) {
    const what = `Starting the project ${projectName}`;
    if (error instanceof Error && error.name === 'AccountLimitExceededException') {
      throw new HoldfastError('AWS_FAILED', `${what}: ${error.message}`, {
        cause: error,
        hint: 'A backup of this database is running: its project admits one at a time. Wait for its end.',
      });
    }
    throw awsFailure(error, {
      what,
      action: 'codebuild:StartBuild',
      whenMissing: 'Deploy it first: `holdfast deploy`; and check that the region is right.',
    });
  }
}

interface Following {
  readonly builds: CodeBuildClient;
  readonly logs: CloudWatchLogsClient;
  readonly signal: AbortSignal;
  readonly pollMs: number;
  readonly onLine: (line: string) => void;
}

async function follow(id: string, following: Following): Promise<BuildOutcome> {
  const { signal, pollMs } = following;
  let token: string | undefined;
  for (;;) {
    const build = await describe(id, following);
    const ended = build.buildComplete === true;
    if (ended) await sleep(Math.min(LAST_LINES_MS, pollMs), signal);
    token = await readOn(build, token, following);
    if (ended) return outcomeOf(id, build);
    await sleep(pollMs, signal);
  }
}

async function describe(id: string, { builds, signal }: Following): Promise<Build> {
  try {
    const { builds: found = [] } = await builds.send(new BatchGetBuildsCommand({ ids: [id] }), { abortSignal: signal });
    if (found[0]) return found[0];
  } catch (error) {
    throw awsFailure(error, { what: `Following build ${id}`, action: 'codebuild:BatchGetBuilds' });
  }
  throw new HoldfastError('AWS_MISSING', `Following build ${id}: CodeBuild does not know it.`);
}

/** @returns where to read on; the log is made only when the build begins to write */
async function readOn(build: Build, token: string | undefined, following: Following): Promise<string | undefined> {
  const { groupName, streamName } = build.logs ?? {};
  if (!groupName || !streamName) return token;
  let from = token;
  try {
    for (;;) {
      const { events = [], nextForwardToken } = await following.logs.send(
        new GetLogEventsCommand({
          logGroupName: groupName,
          logStreamName: streamName,
          startFromHead: true,
          nextToken: from,
        }),
        { abortSignal: following.signal },
      );
      for (const { message = '' } of events) following.onLine(printable(message.replace(/\r?\n$/, '')));
      // The end of a stream is where the token stays the same.
      if (nextForwardToken === undefined || nextForwardToken === from) return from;
      from = nextForwardToken;
    }
  } catch (error) {
    if (isMissing(error)) return from;
    throw awsFailure(error, { what: `Reading the log ${groupName}/${streamName}`, action: 'logs:GetLogEvents' });
  }
}

function outcomeOf(id: string, build: Build): BuildOutcome {
  const { buildStatus: status = 'FAULT', startTime, endTime, phases = [] } = build;
  const durationMs = Math.max(0, (endTime?.getTime() ?? 0) - (startTime?.getTime() ?? 0));
  if (status === 'SUCCEEDED') return { id, status, durationMs, exitCode: 0 };
  const failed = phases.find(({ phaseStatus }) => phaseStatus !== undefined && phaseStatus !== 'SUCCEEDED');
  const message = failed?.contexts?.map((context) => context.message).find((text) => text);
  // Of the statuses that a backup ends with, these say more than that it failed.
  const said = Number(/exit status (\d+)/.exec(message ?? '')?.[1]);
  return {
    id,
    status,
    durationMs,
    exitCode: [2, 3, 4].includes(said) ? said : 1,
    problem:
      failed &&
      printable(`${failed.phaseType ?? 'A phase'} failed${message ? `: ${message}` : ''}.`.replace(/\.\.$/, '.')),
  };
}

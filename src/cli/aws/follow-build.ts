/** Builds of CodeBuild: started, followed by their log in CloudWatch Logs, and their end told. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetBuildsCommand, CodeBuildClient, type Build, type StatusType } from '@aws-sdk/client-codebuild';
import { sleep, throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { printable } from '../../core/printable.js';
import { awsFailure } from './aws-failures.js';
import { BuildLogReader, logOf, type BuildLog } from './build-log.js';
import type { ClientOptions } from './sign-in.js';
import { startBuild } from './start-build.js';

/** How a build ended. */
export interface BuildOutcome {
  readonly id: string;
  /** CodeBuild's: `SUCCEEDED`, `FAILED`, `TIMED_OUT`, `STOPPED`, `FAULT`. */
  readonly status: StatusType;
  readonly durationMs: number;
  /** That of the backup where it got so far, else 0 or 1. */
  readonly exitCode: number;
  /** The phase that failed, and CodeBuild's words on it. */
  readonly problem?: string | undefined;
  /** Where its log is kept, if it wrote anything. */
  readonly log?: BuildLog | undefined;
  /** The end of its log. */
  readonly lastLines: readonly string[];
  /** Why the log could not be read, or not to its end. How the build ended is known all the same. */
  readonly logUnread?: HoldfastError | undefined;
}

export interface Builds {
  /** As `startBuild`. */
  start(project: string): Promise<string>;
  /**
   * Waits for the end; a request that fails is tried again for a while. The build goes on whatever becomes of the call.
   *
   * @param onLine told of each line of the log
   * @param onUnread told once, where the log cannot be read: the build is followed without it
   * @throws HoldfastError AWS_DENIED, AWS_FAILED; what the signal was aborted with
   */
  follow(id: string, onLine: (line: string) => void, onUnread?: (error: HoldfastError) => void): Promise<BuildOutcome>;
  close(): void;
}

/** Often enough to read along; AWS admits more. */
const POLL_MS = 2_000;
/** In a row, each of them repeated by the SDK: half a minute without a network. */
const TOLERATED_FAILURES = 10;
/** The last lines come after the build's end: it is read on until nothing new comes, and not for ever. */
const LAST_LINES_MS = 1_000;
const LAST_READS = 5;

export function openBuilds(options: ClientOptions, signal: AbortSignal, pollMs = POLL_MS): Builds {
  const builds = new CodeBuildClient(options);
  const logs = new CloudWatchLogsClient(options);
  return {
    start: (project) => startBuild(builds, project),
    follow: (id, onLine, onUnread) => {
      const log = new FollowedLog(new BuildLogReader(logs, onLine), onUnread);
      return follow(id, { builds, log, signal, pollMs });
    },
    close: () => {
      builds.destroy();
      logs.destroy();
    },
  };
}

interface Following {
  readonly builds: CodeBuildClient;
  readonly log: FollowedLog;
  readonly signal: AbortSignal;
  readonly pollMs: number;
}

/** A log that is given up where it cannot be read, once and for all: the build is what is followed. */
class FollowedLog {
  unread: HoldfastError | undefined;
  readonly #reader: BuildLogReader;
  readonly #onUnread: ((error: HoldfastError) => void) | undefined;
  #failures = 0;

  constructor(reader: BuildLogReader, onUnread?: (error: HoldfastError) => void) {
    this.#reader = reader;
    this.#onUnread = onUnread;
  }

  get lines(): number {
    return this.#reader.lines;
  }

  get last(): readonly string[] {
    return this.#reader.last;
  }

  /** @throws what may pass, for another attempt; the signal's error */
  async readOn(build: Build, signal: AbortSignal): Promise<void> {
    if (this.unread) return;
    try {
      await this.#reader.readOn(build, signal);
      this.#failures = 0;
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof HoldfastError)) throw error;
      if (isPassing(error) && ++this.#failures < TOLERATED_FAILURES) throw error;
      this.unread = error;
      this.#onUnread?.(error);
    }
  }
}

async function follow(id: string, following: Following): Promise<BuildOutcome> {
  const { log, signal, pollMs } = following;
  for (let failures = 0; ; await sleep(pollMs, signal)) {
    try {
      const build = await describeBuild(id, following);
      await log.readOn(build, signal);
      failures = 0;
      if (build.buildComplete !== true) continue;
      await readRest(build, following);
      return { ...outcomeOfBuild(id, build, log.last), logUnread: log.unread };
    } catch (error) {
      throwIfAborted(signal);
      if (!isPassing(error) || ++failures > TOLERATED_FAILURES) throw error;
    }
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof HoldfastError && error.retryable;
}

async function describeBuild(id: string, { builds, signal }: Following): Promise<Build> {
  try {
    const { builds: found = [] } = await builds.send(new BatchGetBuildsCommand({ ids: [id] }), { abortSignal: signal });
    if (found[0]) return found[0];
  } catch (error) {
    throw awsFailure(error, { what: `Following build ${id}`, action: 'codebuild:BatchGetBuilds' });
  }
  throw new HoldfastError('AWS_MISSING', `Following build ${id}: CodeBuild does not know it.`);
}

async function readRest(build: Build, { log, signal, pollMs }: Following): Promise<void> {
  for (let reads = 0; reads < LAST_READS; reads++) {
    const before = log.lines;
    await sleep(Math.min(LAST_LINES_MS, pollMs), signal);
    await log.readOn(build, signal);
    if (log.unread || log.lines === before) return;
  }
}

/** What CodeBuild calls the end of a phase that did not succeed. */
const ENDINGS: Readonly<Record<string, string>> = { STOPPED: 'was stopped', TIMED_OUT: 'timed out' };

function outcomeOfBuild(id: string, build: Build, lastLines: readonly string[]): BuildOutcome {
  const { buildStatus: status = 'FAULT', startTime, endTime, phases = [] } = build;
  const durationMs = Math.max(0, (endTime?.getTime() ?? 0) - (startTime?.getTime() ?? 0));
  const ended = { id, status, durationMs, log: logOf(build), lastLines };
  if (status === 'SUCCEEDED') return { ...ended, exitCode: 0 };
  const failed = phases.find(({ phaseStatus }) => phaseStatus !== undefined && phaseStatus !== 'SUCCEEDED');
  const message = failed?.contexts?.map((context) => context.message).find((text) => text);
  // Of the statuses that a backup ends with, these say more than that it failed.
  const said = Number(/exit status (\d+)/.exec(message ?? '')?.[1]);
  const how = ENDINGS[failed?.phaseStatus ?? ''] ?? 'failed';
  const what = `${failed?.phaseType ?? 'A phase'} ${how}${message ? `: ${message}` : ''}`;
  return {
    ...ended,
    exitCode: [2, 3, 4].includes(said) ? said : 1,
    problem: failed && printable(what.replace(/\.?$/, '.')),
  };
}

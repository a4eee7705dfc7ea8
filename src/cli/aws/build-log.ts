/** The log of a build in CloudWatch Logs, read as it grows. */
import { GetLogEventsCommand, type CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { Build } from '@aws-sdk/client-codebuild';
import { printable } from '../../core/printable.js';
import { awsFailure, isMissing } from './aws-failures.js';

export interface BuildLog {
  readonly group: string;
  readonly stream: string;
}

const KEPT_LINES = 20;

/** Where the log of a build is; there is none before the build begins to write. */
export function logOf({ logs }: Build): BuildLog | undefined {
  return logs?.groupName && logs.streamName ? { group: logs.groupName, stream: logs.streamName } : undefined;
}

export class BuildLogReader {
  /** How many lines have come so far. */
  lines = 0;
  /** The end of what has come, without control characters. */
  last: readonly string[] = [];
  readonly #client: CloudWatchLogsClient;
  readonly #onLine: (line: string) => void;
  #token: string | undefined;

  constructor(client: CloudWatchLogsClient, onLine: (line: string) => void) {
    this.#client = client;
    this.#onLine = onLine;
  }

  /** Tells what is new. @throws HoldfastError AWS_DENIED, AWS_FAILED; the next call reads on where this one failed */
  async readOn(build: Build, abortSignal: AbortSignal): Promise<void> {
    const log = logOf(build);
    if (log === undefined) return;
    const where = { logGroupName: log.group, logStreamName: log.stream, startFromHead: true };
    try {
      for (;;) {
        const command = new GetLogEventsCommand({ ...where, nextToken: this.#token });
        const { events = [], nextForwardToken } = await this.#client.send(command, { abortSignal });
        for (const { message = '' } of events) this.#tell(printable(message.replace(/\r?\n$/, '')));
        // The end of a stream is where the token stays the same.
        if (nextForwardToken === undefined || nextForwardToken === this.#token) return;
        this.#token = nextForwardToken;
      }
    } catch (error) {
      if (isMissing(error)) return;
      throw awsFailure(error, { what: `Reading the log ${log.group}/${log.stream}`, action: 'logs:GetLogEvents' });
    }
  }

  #tell(line: string): void {
    this.lines++;
    this.last = [...this.last, line].slice(-KEPT_LINES);
    this.#onLine(line);
  }
}

/** The action of `holdfast run`. */
import { accountSettings } from '../../../config/accounts.js';
import { findDatabase } from '../../../config/find-database.js';
import { requireFilledIn } from '../../../config/placeholders.js';
import { abortError } from '../../../core/cancellation.js';
import { HoldfastError } from '../../../core/errors.js';
import { formatDuration } from '../../../core/times.js';
import type { BuildOutcome } from '../../aws/follow-build.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import type { Session } from '../../session.js';
import { planVault, projectName } from '../../../policies/index.js';
import { signIn } from '../../aws/sign-in.js';
import { openBuilds } from '../../aws/follow-build.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { runDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof runDocument>;

export interface RunOptions {
  /** False with `--no-follow`. */
  readonly follow: boolean;
}

export async function runBackup(session: Session, name: string, options: RunOptions): Promise<CommandResult<Document>> {
  const config = await session.config.required();
  const database = findDatabase(config, name);
  requireFilledIn('the source account', { region: config.region, source: config.sourceAccount });
  const { environment, region } = planVault(config);
  const access = await signIn(session, 'the source account', accountSettings(config).source, region);
  const builds = openBuilds(access.clientOptions, session.signal);
  try {
    const id = await builds.start(projectName(environment, database.name));
    session.logger.info(`Started build ${id} in account ${access.account}, ${access.region}.`);
    if (!options.follow) return started(name, id);
    const outcome = await builds
      .follow(
        id,
        (line) => print(session, line),
        ({ message, hint }) => session.logger.warn(`${message} The build is followed without its log. ${hint}`),
      )
      .catch((error: unknown) => {
        throw session.signal.aborted ? interrupted(session.signal, id) : notFollowed(error, id);
      });
    return ended(name, outcome);
  } finally {
    builds.close();
  }
}

const ENDED_BY = 'What became of it: `holdfast list`, or its log in CloudWatch. To end it:';

/** A backup runs in the account, whoever started it: that somebody looks away does not end it. */
function interrupted(signal: AbortSignal, id: string): HoldfastError {
  const cause = abortError(signal);
  const message = `${cause.message} Build ${id} goes on.`;
  return new HoldfastError('INTERRUPTED', message, { cause, hint: `${ENDED_BY} aws codebuild stop-build --id ${id}` });
}

/** @returns the error, with what it does not mean */
function notFollowed(error: unknown, id: string): unknown {
  if (!(error instanceof HoldfastError)) return error;
  const hint = `${error.hint} Build ${id} goes on. ${ENDED_BY} aws codebuild stop-build --id ${id}`;
  return new HoldfastError(error.code, error.message, { cause: error, hint });
}

function started(database: string, id: string): CommandResult<Document> {
  return {
    document: {
      run: {
        ...{ database, buildId: id, status: 'IN_PROGRESS', durationMs: null, problem: null },
        ...{ log: null, lastLines: [], logUnread: null },
      },
    },
    format: () => id,
    exitCode: EXIT_DONE,
  };
}

function ended(
  database: string,
  { id, exitCode, problem, log, logUnread, ...outcome }: BuildOutcome,
): CommandResult<Document> {
  const { status, durationMs } = outcome;
  const more = { problem: problem ?? null, log: log ?? null, logUnread: logUnread?.message ?? null };
  return {
    document: { run: { database, buildId: id, ...outcome, ...more } },
    format: ({ colors }) => {
      const good = status === 'SUCCEEDED';
      const word = (good ? colors.green : colors.red)(status.toLowerCase().replace('_', ' '));
      return [
        `${database}: ${word} after ${formatDuration(durationMs)}.${problem === undefined ? '' : ` ${problem}`}`,
        ...(good || log === undefined ? [] : [`Its log: aws logs tail ${log.group} --log-stream-names ${log.stream}`]),
      ].join('\n');
    },
    exitCode,
  };
}

/** The log is what the command is for; with --json it makes room for the document. */
function print(session: Session, line: string): void {
  if (session.options.json) session.logger.info(line);
  else session.say(`${line}\n`);
}

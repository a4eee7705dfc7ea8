/** `holdfast accept`: takes a source that moved for the same database. */
import { InvalidArgumentError, type Command } from 'commander';
import { hostname, userInfo } from 'node:os';
import { acceptSource, type AcceptResult } from '../../backup/accept/accept-source.js';
import { describeSource } from '../../backup/stored/sources.js';
import { SYSTEM_IDENTIFIER } from '../../vault/formats/acceptance.js';
import type { CommandResult } from '../command-result.js';
import { EXIT_DONE } from '../exit-code.js';
import { openSessionVault } from '../inputs/open-context.js';
import { toSourceDocument } from '../json/documents.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { printable } from '../text/printable.js';
import type { Style } from '../text/style.js';
import { wrapText } from '../text/wrap.js';

interface AcceptOptions {
  readonly dbName?: string;
  readonly systemIdentifier?: string;
  readonly dryRun?: boolean;
}

export function addAcceptCommand(program: Command, run: RunCommand): void {
  program
    .command('accept')
    .argument('<db>', "the database's name in the vault")
    .summary('take a source that moved for the same database')
    .description(
      'Says that the backups of a database come from another database or cluster from now on, as after an upgrade or a move. Without options, from what its newest backup is of. Until then status exits with 3, and what is proven of earlier backups does not count for the new source.',
    )
    .option(
      '--db-name <name>',
      'what the database is called on its server (default: as in the newest backup)',
      notEmpty,
    )
    .option(
      '--system-identifier <id>',
      "of the cluster, as pg_control_system() tells it (default: the newest backup's)",
      systemIdentifier,
    )
    .option('--dry-run', 'say what would be accepted, in place of what; store nothing')
    .addHelpText('after', HELP)
    .action((database: string, _options: unknown, self: Command) =>
      run(self, (session) => accept(session, database, self.optsWithGlobals<AcceptOptions>())),
    );
}

const HELP = `
It is kept in the vault (holdfast/accepted/<db>/), where those who take backups may not put anything. Look first what the
newest backup is of (\`holdfast list\`, --dry-run): a job that stores another database under this name looks the same. An
acceptance takes the place of the one before, so a way back is another one. A first backup needs none.

Examples:
  holdfast accept orders --dry-run
  holdfast accept orders --system-identifier 7436917273019237651
  holdfast accept orders --db-name orders_v2     before the first backup of a database that was renamed

Exit status: 0 accepted, or there was nothing to accept · 1 the vault cannot be read or written · 2 no such database,
  wrong usage or config
`;

async function accept(session: Session, database: string, options: AcceptOptions): Promise<CommandResult> {
  const { dbName, systemIdentifier, dryRun = false } = options;
  const { clock, signal } = session;
  const store = await openSessionVault(session);
  const acceptedBy = whoRuns();
  const result = await acceptSource(
    { database, dbName, systemIdentifier, acceptedBy, dryRun },
    { store, clock, signal },
  );
  const { former, source, needed, acceptedAt, key = null, notes } = result;
  return {
    document: {
      accept: {
        ...{ database, dryRun, needed },
        former: former ? toSourceDocument(former) : null,
        source: toSourceDocument(source),
        ...{ acceptedAt: acceptedAt.toISOString(), acceptedBy, key, notes },
      },
    },
    format: (style) => formatAccepted(result, dryRun, style),
    exitCode: EXIT_DONE,
  };
}

/** A container may have no name for its user. */
function whoRuns(): string {
  const { username } = attempt(() => userInfo()) ?? { username: String(process.getuid?.() ?? 'unknown') };
  return `${username}@${hostname()}`;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function formatAccepted(
  { database, former, source, needed, key, notes }: AcceptResult,
  dryRun: boolean,
  style: Style,
): string {
  const place = former ? `, in place of ${describeSource(former)}` : '';
  const what = `${describeSource(source)}${place}`;
  const said = !needed
    ? `There is nothing to accept: the backups of ${database} are to be of ${describeSource(source)}.`
    : dryRun
      ? `Would accept for ${database}: ${what}. Dry run: nothing was stored.`
      : `Accepted for ${database}: ${what}.`;
  const lines = [said, ...notes.map((note) => `note: ${note}`), ...(key === undefined ? [] : [`Stored as ${key}.`])];
  return lines.map((line) => wrapText(printable(line), style.width, 2)).join('\n');
}

function notEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It is empty.');
}

function systemIdentifier(text: string): string {
  if (SYSTEM_IDENTIFIER.test(text) && BigInt(text) < 2n ** 64n) return BigInt(text).toString();
  throw new InvalidArgumentError('It is a decimal number: SELECT system_identifier FROM pg_control_system().');
}

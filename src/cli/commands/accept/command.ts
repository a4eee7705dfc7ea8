/** `holdfast accept`: takes a source that moved for the same database. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { SYSTEM_IDENTIFIER } from '../../../core/system-identifier.js';
import type { RunCommand } from '../../run-command.js';
import type { AcceptOptions } from './action.js';

export function addAcceptCommand(program: Command, run: RunCommand): void {
  program
    .command('accept')
    .argument('<db>', "the database's name in the vault")
    .summary('accept a source that moved as the same database')
    .description(
      'Records that the backups of a database come from another database or cluster from now on, for example after an upgrade or a move: without options, the source of its newest backup. Until then status exits with 3, and proofs of earlier backups do not count for the new source.',
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
    .addOption(
      new Option(
        '--volume',
        'accept what the newest backup holds: rows that are gone, or schemas that are left out, are meant to be',
      ).conflicts(['dbName', 'systemIdentifier']),
    )
    .option('--dry-run', 'show what would be accepted, in place of what; store nothing')
    .option('--yes', 'accept also a source that no backup in the vault comes from')
    .addHelpText('after', HELP)
    .action((database: string, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).accept(session, database, self.optsWithGlobals<AcceptOptions>()),
      ),
    );
}

const HELP = `
It is kept in the vault (holdfast/accepted/<db>/), where those who take backups may not put anything. First look at the sources
that --dry-run shows, with the first and the newest backup of each: a job that stores another database under this name looks the same. An
acceptance replaces the previous one, so going back takes another one. A first backup needs none.

--volume is about what the newest backup holds, and not about its source: status, restore and prune compare later backups
with that one, and no longer with those before it. Nothing is removed by it.

Examples:
  holdfast accept orders --dry-run
  holdfast accept orders --system-identifier 7436917273019237651
  holdfast accept orders --volume               after rows were removed on purpose
  holdfast accept orders --db-name orders_v2 --yes   before the first backup of a database that was renamed

Exit status: 0 accepted, or there was nothing to accept · 1 the vault cannot be read or written · 2 no such database,
  wrong usage or config
`;

function notEmpty(text: string): string {
  if (text !== '') return text;
  throw new InvalidArgumentError('It is empty.');
}

function systemIdentifier(text: string): string {
  if (SYSTEM_IDENTIFIER.test(text) && BigInt(text) < 2n ** 64n) return BigInt(text).toString();
  throw new InvalidArgumentError('It is a decimal number: SELECT system_identifier FROM pg_control_system().');
}

/** `holdfast prune`: retention. */
import { Option, type Command } from 'commander';
import { wholeNumber } from '../../inputs/option-parsers.js';
import type { RunCommand } from '../../run-command.js';
import type { PruneOptions } from './action.js';

const KEPT: ReadonlyArray<readonly [flag: string, description: string]> = [
  ['--keep-last <n>', 'the newest n backups, whenever they were taken'],
  ['--keep-daily <n>', 'the last backup of each of n days'],
  ['--keep-weekly <n>', 'the last backup of each of n weeks (ISO, from Monday)'],
  ['--keep-monthly <n>', 'the last backup of each of n months'],
  ['--keep-yearly <n>', 'the last backup of each of n years'],
];

export function addPruneCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('prune')
    .argument('[db]', 'only the backups of this database')
    .summary('remove backups that no retention rule keeps')
    .description(
      'Keeps, for each database by itself, what the rules say, and removes the others. Days, weeks, months and years are in UTC; those without a backup do not count. The newest proven backup always stays, and so does what is incomplete, cannot be read, or is dated in the future. What is not proven, or holds far less than it should, stays beside what is better and never takes its place.',
    );
  for (const [flag, description] of KEPT) {
    command.addOption(new Option(flag, description).argParser(wholeNumber(0, 10_000)));
  }
  command
    .option('--dry-run', 'say what would be kept and removed, and why; change nothing')
    .addHelpText('after', HELP)
    .action((database: string | undefined, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).prune(session, database, self.optsWithGlobals<PruneOptions>()),
      ),
    );
}

const HELP = `
Without any --keep-… the config's retention counts, each database's own first. In a bucket that keeps versions, a removal
hides an object behind a delete marker; a lifecycle rule for old versions frees their space.

Examples:
  holdfast prune orders --keep-daily 14 --keep-weekly 8 --keep-monthly 12 --dry-run
  holdfast prune --vault s3://backups

Exit status: 0 done · 1 failed, or something could not be removed · 2 wrong usage or config, no such database ·
  130 interrupted: the next run finishes what was begun. Either way, what was already removed is reported.
`;

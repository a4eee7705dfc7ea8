/** `holdfast adopt`: makes backups of dumps that another pipeline has stored. */
import { Option, type Command } from 'commander';
import { foreignOptions } from '../../inputs/foreign-options.js';
import type { RunCommand } from '../../run-command.js';
import type { AdoptOptions } from './action.js';

export function addAdoptCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('adopt')
    .argument('[db...]', 'databases, as their folders are called (default: all)')
    .summary('make backups of the dumps that another pipeline has stored')
    .description(
      'Reads the dumps that are in the vault without a manifest, and writes entries and a manifest beside each that is whole. What is truncated or no dump is named. No object that exists is changed, moved or removed.',
    )
    .option('--from <url>', 'where the dumps are, if not in the vault: whole ones are copied into it')
    .option('--dry-run', 'say what there is and what reading it costs')
    .addOption(
      new Option(
        '--unconfined',
        'with --from: run pg_restore on archives with the rights of the user that runs this, network and files included',
      ),
    )
    .addHelpText('after', HELP);
  for (const option of foreignOptions()) command.addOption(option);
  command.action((databases: string[], _options: unknown, self: Command) =>
    run(self, async (session) =>
      (await import('./action.js')).adopt(session, databases, self.optsWithGlobals<AdoptOptions>()),
    ),
  );
}

const HELP = `
A dump is found by its key, layer2/<db>/<YYYY>/<MM>/<DD>/<db>_<time>.sql.gz (.sql.zst, .sql), with the time as scripts
write it: 20261122T030000Z, 20261122_030000, 2026-11-22T03-00-00, 1795316400; it is taken for UTC. Whatever lies elsewhere
is taken in by \`holdfast import\`. Each dump is read once. An interrupted run is simply repeated; dumps that have a
manifest are not read again.

Adopted backups are unproven until \`holdfast verify\` has proven them, and come without roles: \`show\` names those that a
restore needs. A config needs no entry for their databases.

Examples:
  holdfast adopt --dry-run --vault s3://rds-backup-layer2-prod
  holdfast adopt appdb --vault s3://rds-backup-layer2-prod
  holdfast adopt --from s3://rds-backup-layer2-prod --vault file:///srv/vault
  holdfast verify --all --vault s3://rds-backup-layer2-prod

Exit status: 0 all that was found is adopted · 1 failed · 2 wrong usage or config · 3 something is truncated, or no dump ·
  4 something could not be read; the others are adopted · 130 interrupted; what is adopted stays adopted
`;

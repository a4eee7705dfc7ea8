/** `holdfast vault init`: makes a place known as a vault. */
import type { Command } from 'commander';
import type { RunCommand } from '../../run-command.js';

export function addVaultCommand(program: Command, run: RunCommand): void {
  program
    .command('vault')
    .summary('make a place known as a vault: vault init')
    .description('What belongs to a vault as a whole, and to no backup in it.')
    .command('init')
    .summary('make a place known as a vault')
    .description(
      'Writes the marker of a vault, holdfast/vault.json. A directory takes backups only with one, so a path that was mistyped, or is not mounted, is refused. A vault that has backups already gets its marker the same way; nothing else in it is touched.',
    )
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) => (await import('./action.js')).init(session)),
    );
}

const HELP = `
An existing marker stays, and the command says so. Before you mark a place that holds backups, check that it is
the disk you mean: a mount point that took backups while nothing was mounted looks the same.

Examples:
  holdfast vault init --vault file:///srv/vault
  holdfast vault init --config holdfast.yaml --json

Exit status: 0 the place is a vault · 1 the marker cannot be written or read · 2 wrong usage or config, or a place inside
  of another vault
`;

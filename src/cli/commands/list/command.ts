/** `holdfast list`: what is in the vault. */
import type { Command } from 'commander';
import type { RunCommand } from '../../run-command.js';

export function addListCommand(program: Command, run: RunCommand): void {
  program
    .command('list')
    .argument('[db]', 'only the backups of this database')
    .summary('show what is in the vault')
    .description('Lists the backups in the vault, newest first, with what has been proven about each. Times are UTC.')
    .addHelpText('after', HELP)
    .action((database: string | undefined, _options: unknown, self: Command) =>
      run(self, async (session) => (await import('./action.js')).list(session, database)),
    );
}

const HELP = `
A dump without a manifest is shown as incomplete: its run is under way, or was interrupted.

Examples:
  holdfast list --vault file:///srv/vault
  holdfast list orders --json

Exit status: 0 listed · 1 the vault cannot be read · 2 wrong usage or config, no such database ·
  4 a manifest or proof cannot be read, or a part is gone
`;

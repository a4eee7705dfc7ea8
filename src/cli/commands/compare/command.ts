/** `holdfast compare`: what changed between two backups. */
import type { Command } from 'commander';
import type { RunCommand } from '../../run-command.js';

export function addCompareCommand(program: Command, run: RunCommand): void {
  program
    .command('compare')
    .argument('<before>', 'orders@2026-11-21, orders@2026-11-21T03:00:00Z, or a key')
    .argument('<after>', 'orders, orders@latest …, or a key; of another database, too')
    .summary('show what changed between two backups')
    .description(
      'Compares two backups entry by entry, from the fingerprints that the vault holds: definitions that were added, removed or changed, and the rows of each table before and after. Neither is restored.',
    )
    .addHelpText('after', HELP)
    .action((before: string, after: string, _options: unknown, self: Command) =>
      run(self, async (session) => (await import('./action.js')).compare(session, before, after)),
    );
}

const HELP = `
Examples:
  holdfast compare orders@2026-11-21 orders
  holdfast compare orders@2026-11-21 orders@2026-11-22 --json

Exit status: 0 compared, whatever changed · 1 failed · 2 no such backup, wrong usage or config · 130 interrupted
`;

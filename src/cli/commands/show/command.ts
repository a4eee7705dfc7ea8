/** `holdfast show`: one backup in full. */
import type { Command } from 'commander';
import type { RunCommand } from '../../run-command.js';
import { SHOWN_TABLES } from './shown-tables.js';

export function addShowCommand(program: Command, run: RunCommand): void {
  program
    .command('show')
    .argument('<backup>', 'orders, orders@latest, orders@2026-11-22, orders@2026-11-22T03:00:00Z, or a key')
    .summary('show one backup: manifest, tables, proof')
    .description('Shows the manifest of a backup, its tables with rows and bytes, and the proof that counts.')
    .option('--all-tables', `all tables, not only the ${SHOWN_TABLES} largest`)
    .addHelpText('after', HELP)
    .action((spec: string, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).show(session, spec, self.optsWithGlobals<{ allTables?: boolean }>()),
      ),
    );
}

const HELP = `
Examples:
  holdfast show orders
  holdfast show orders@2026-11-22 --all-tables --vault file:///srv/vault

Exit status: 0 shown · 1 it cannot be read · 2 no such backup, wrong usage or config ·
  4 shown, and a proof of it cannot be read
`;

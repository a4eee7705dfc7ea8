/** `holdfast check`: the cheap test of integrity. */
import type { Command } from 'commander';
import type { RunCommand } from '../../run-command.js';

export function addCheckCommand(program: Command, run: RunCommand): void {
  program
    .command('check')
    .argument('[backup...]', 'orders, orders@latest, orders@2026-11-22, orders@2026-11-22T03:00:00Z, or a key')
    .summary('read a backup and check every checksum; restores nothing')
    .description(
      'Reads all objects of a backup and compares them with its manifest: sizes, checksums, and that the dump is complete and has the entries that were recorded. `verify` proves more: that it restores.',
    )
    .option('--all', 'the newest complete backup of each database in the vault')
    .option('--every', 'with --all: every complete backup, not only the newest')
    .addHelpText('after', HELP)
    .action((specs: string[], _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).check(session, specs, self.optsWithGlobals<{ all?: boolean; every?: boolean }>()),
      ),
    );
}

const HELP = `
Examples:
  holdfast check orders
  holdfast check --all --vault file:///srv/vault --json

Exit status: 0 all intact · 1 failed · 2 no such backup, wrong usage or config · 3 one is damaged ·
  4 a database has no complete backup · 130 interrupted
`;

/** `holdfast demo`: the whole main job, in a temporary directory. */
import type { Command } from 'commander';
import { wholeNumber } from '../../inputs/option-parsers.js';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { DemoOptions } from './action.js';

const DEFAULT_ROWS = 300_000;

export function addDemoCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('demo')
    .summary('watch a backup, a proof and a caught tampering on a demo database')
    .description(
      'Starts two throwaway PostgreSQL servers, fills one with a little shop, backs it up, restores it, proves it, then damages copies to show that the damage is detected. Everything lies in one temporary directory and is removed at the end.',
    )
    .option('--rows <n>', 'rows in the shop', wholeNumber(1_000, 100_000_000), DEFAULT_ROWS)
    .option('--keep', 'keep the two vaults, the good one and the damaged one, to look at')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) => (await import('./action.js')).demo(session, self.optsWithGlobals<DemoOptions>())),
    );
  withoutOptions(command, 'vault', 'config', 'env');
}

const HELP = `
Needs a PostgreSQL server and its client programs on this machine, and nothing else.

Examples:
  holdfast demo
  holdfast demo --rows 2000000 --keep

Exit status: 0 done · 1 failed · 130 interrupted; nothing is left behind
`;

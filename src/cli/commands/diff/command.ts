/** `holdfast diff`: what a deployment would change. */
import type { Command } from 'commander';
import { collect } from '../../inputs/option-parsers.js';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { DiffOptions } from './action.js';

export function addDiffCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('diff')
    .summary('show what a deployment would change')
    .description('Compares the stacks of the config with those that are deployed, permissions first. Changes nothing.')
    .option('--stack <name>', 'only this stack; repeatable', collect)
    .option('--out <dir>', 'keep the cloud assembly here')
    .option('--exit-code', 'end with 3 when there are differences')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) => (await import('./action.js')).diff(session, self.optsWithGlobals<DiffOptions>())),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
Examples:
  holdfast diff
  holdfast diff --stack rds-backup-layer2-prod
  holdfast diff --exit-code --json

Exit status: 0 compared · 1 failed · 2 wrong usage or config · 3 they differ, with --exit-code
`;

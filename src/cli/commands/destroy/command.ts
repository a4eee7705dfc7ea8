/** `holdfast destroy`: deletes the stacks; what holds data stays. */
import type { Command } from 'commander';
import { collect } from '../../inputs/option-parsers.js';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { DestroyOptions } from './action.js';

export function addDestroyCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('destroy')
    .summary('delete the stacks of the config; what holds data stays')
    .description(
      'Deletes stacks, the source account first. It lists what stays: the vault, its key and logs are kept, and nobody can delete locked objects before their retention ends. You confirm each stack by typing its name.',
    )
    .option('--stack <name>', 'only this stack; repeatable', collect)
    .option('--out <dir>', 'keep the cloud assembly here')
    .option('--confirm <name>', 'the name of a stack to delete, if there is no terminal to ask on; repeatable', collect)
    .option('--lift-protection', 'lift the termination protection of a stack first')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).destroy(session, self.optsWithGlobals<DestroyOptions>()),
      ),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
Examples:
  holdfast destroy --stack rds-pgdump-backup-prod
  holdfast destroy --stack rds-pgdump-backup-prod --confirm rds-pgdump-backup-prod --json

Exit status: 0 deleted · 1 failed, protected or not confirmed · 2 wrong usage, config or account
`;

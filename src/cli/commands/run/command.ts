/** `holdfast run`: starts the build of a database now, and follows it. */
import type { Command } from 'commander';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { RunOptions } from './action.js';

export function addRunCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('run')
    .argument('<db>', 'a database of the config, by name')
    .summary('start the backup of a database on AWS now, and follow its log')
    .description(
      'Starts the CodeBuild project that `holdfast deploy` has made for the database, shows its log as it comes, and ends with its result.',
    )
    .option('--no-follow', 'start it, print its id, and do not wait')
    .addHelpText('after', HELP)
    .action((name: string, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).runBackup(session, name, self.optsWithGlobals<RunOptions>()),
      ),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
Examples:
  holdfast run orders
  holdfast run orders --no-follow --json

Ctrl-C stops following the build, not the build itself, and prints how to stop it. While a build of the database is
running, another one is refused.

If the log cannot be read, the command says so and follows the build without it.

Exit status: that of the backup · 1 also when the build could not be started, was stopped or timed out ·
  130 interrupted: the build goes on
`;

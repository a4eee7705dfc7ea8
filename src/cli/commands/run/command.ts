/** `holdfast run`: starts the build of a database now, and follows it. */
import type { Command } from 'commander';
import type { RunCommand } from '../../run-command.js';
import type { RunOptions } from './action.js';

export function addRunCommand(program: Command, run: RunCommand): void {
  program
    .command('run')
    .argument('<db>', 'a database of the config, by name')
    .summary('start the backup of a database on AWS now, and follow its log')
    .description(
      'Starts the CodeBuild project that `holdfast deploy` has made for the database, shows its log as it comes, and ends as the build does.',
    )
    .option('--no-follow', 'start it, print its id, and do not wait')
    .addHelpText('after', HELP)
    .action((name: string, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).runBackup(session, name, self.optsWithGlobals<RunOptions>()),
      ),
    );
}

const HELP = `
Examples:
  holdfast run orders
  holdfast run orders --no-follow --json

Ctrl-C ends the following, not the build; how to end that is said then. While a build of the database
runs, another one is refused.

Where the log may not be read, that is said, and the build is followed without it.

Exit status: that of the backup · 1 also when the build could not be started, was stopped or timed out ·
  130 interrupted: the build goes on
`;

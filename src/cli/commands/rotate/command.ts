/** `holdfast rotate`: a rotation now, by the secret's function or by this process. */
import type { Command } from 'commander';
import { duration } from '../../inputs/option-parsers.js';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { RotateOptions } from './action.js';

export function addRotateCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('rotate')
    .argument('<secret>', 'its name or its ARN')
    .summary('rotate a secret now, and follow it')
    .description(
      'Starts the rotation that the schedule would start, and waits until the new version is current. A secret without a function is rotated by this process, with the same steps; so is any with --here.',
    )
    .option('--here', 'take the steps in this process, from where the database or cache can be reached')
    .option(
      '--settings <file>',
      'JSON: how to rotate it, see docs/reference/rotation.md (default: recognized by its value)',
    )
    .option('--supply', 'API keys: read new ones from standard input, as JSON, and rotate to them in this process')
    .option('--timeout <duration>', 'how long to wait for the function (default: 15m)', duration)
    .addHelpText('after', HELP)
    .action((secret: string, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).rotate(session, secret, self.optsWithGlobals<RotateOptions>()),
      ),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
An interrupted rotation is finished first: run the same command again.

Examples:
  holdfast rotate fintech/db-credentials
  holdfast rotate fintech/db-credentials --here --settings db-credentials.json
  holdfast rotate fintech/api-keys --supply < api-keys.json

Exit status: 0 rotated · 1 failed, and the current version stays and works · 2 wrong usage or config ·
  130 interrupted; the next rotation continues where this one stopped
`;

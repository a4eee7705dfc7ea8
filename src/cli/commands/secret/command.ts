/** `holdfast secret set`: puts a value that nobody can generate, such as an API key, into Secrets Manager. */
import type { Command } from 'commander';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { SetOptions } from './action.js';

export function addSecretCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('secret')
    .summary('put a value into a secret: secret set NAME')
    .description('Values that cannot be generated, such as the API keys of others.')
    .command('set')
    .argument('<name>', 'the name or the ARN of a secret that exists')
    .summary('put a value into a secret')
    .description(
      'Stores a new version of the secret. The value comes from standard input, or is asked for on a terminal without being shown; it is never an argument, and never printed.',
    )
    .option('--field <key>', 'set one field of a JSON secret, and keep its others')
    .addHelpText('after', HELP)
    .action((name: string, _options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).setSecret(session, name, self.optsWithGlobals<SetOptions>()),
      ),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
The account is the config's sourceAccount where there is one, else that of the credentials.

Examples:
  holdfast secret set fintech/api-keys --field stripe
  holdfast secret set fintech/api-keys < api-keys.json
  pass show stripe | holdfast secret set fintech/api-keys --field stripe

Exit status: 0 stored · 1 failed · 2 no value, wrong usage or config
`;

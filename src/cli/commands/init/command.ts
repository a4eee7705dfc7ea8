/** `holdfast init`: writes a commented config, of nothing or of another config. */
import type { Command } from 'commander';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { InitOptions } from './action.js';

const DEFAULT_OUTPUT = 'holdfast.config.ts';

export function addInitCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('init')
    .summary('write a commented config')
    .description(
      'Writes a config to begin with: every option that matters with what it is for, and placeholders that say what belongs there. It never overwrites a file.',
    )
    .option(
      '--from <file>',
      'take over all values of another config, such as the terraform.tfvars of the layer-2 module',
    )
    .option('--output <file>', 'where to: a name that ends with .ts or .yaml', DEFAULT_OUTPUT)
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) => (await import('./action.js')).init(session, self.optsWithGlobals<InitOptions>())),
    );
  withoutOptions(command, 'vault', 'config', 'env');
}

const HELP = `
Examples:
  holdfast init
  holdfast init --from terraform.tfvars
  holdfast init --from terraform.tfvars --output holdfast.yaml

Exit status: 0 written · 1 failed · 2 the file exists, or the other config is wrong
`;

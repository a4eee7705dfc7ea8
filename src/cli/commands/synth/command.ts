/** `holdfast synth`: writes the stacks as CloudFormation templates. */
import type { Command } from 'commander';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { SynthOptions } from './action.js';

export function addSynthCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('synth')
    .summary('write the stacks of the config as CloudFormation templates')
    .description(
      'Writes a cloud assembly: templates and assets of both accounts. `npx cdk deploy --app DIR` deploys it as well, for those who work with the CDK. Needs no credentials.',
    )
    .option('--out <dir>', 'where to', 'cdk.out')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) => (await import('./action.js')).synth(session, self.optsWithGlobals<SynthOptions>())),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
Examples:
  holdfast synth
  holdfast synth --env prod --out build/prod

Exit status: 0 written · 1 failed · 2 wrong usage or config
`;

/** `holdfast synth`: writes the stacks as CloudFormation templates. */
import type { Command } from 'commander';
import { join, resolve } from 'node:path';
import type { CommandResult } from '../command-result.js';
import { EXIT_DONE } from '../exit-code.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { formatPlural } from '../text/format.js';
import { formatTable } from '../text/table.js';

interface SynthOptions {
  readonly out: string;
}

export function addSynthCommand(program: Command, run: RunCommand): void {
  program
    .command('synth')
    .summary('write the stacks of the config as CloudFormation templates')
    .description(
      'Writes a cloud assembly: templates and assets of both accounts. `npx cdk deploy --app DIR` deploys it as well, for those who work with the CDK. Needs no credentials.',
    )
    .option('--out <dir>', 'where to', 'cdk.out')
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, (session) => synth(session, self.optsWithGlobals<SynthOptions>())),
    );
}

const HELP = `
Examples:
  holdfast synth
  holdfast synth --env prod --out build/prod

Exit status: 0 written · 1 failed · 2 wrong usage or config
`;

async function synth(session: Session, { out }: SynthOptions): Promise<CommandResult> {
  const { withStacks } = await import('../aws/open-stacks.js');
  const directory = resolve(session.cwd, out);
  const stacks = await withStacks(session, { out }, ({ stacks: all }) =>
    Promise.resolve(
      all.map(({ name, place, settings, region, template }) => ({
        name,
        place,
        account: settings.account ?? null,
        region,
        resources: Object.keys(template.Resources ?? {}).length,
        template: join(directory, `${name}.template.json`),
      })),
    ),
  );
  return {
    document: { synth: { directory, stacks: stacks.map(({ place: _place, ...stack }) => stack) } },
    format: (style) =>
      [
        formatTable(
          [{ title: 'stack' }, { title: 'account' }, { title: 'region' }, { title: 'resources', align: 'right' }],
          stacks.map(({ name, place, account, region, resources }) => [
            name,
            account ?? place,
            region,
            String(resources),
          ]),
          style,
        ),
        `Wrote ${formatPlural(stacks.length, 'stack')} to ${directory}.`,
      ].join('\n'),
    exitCode: EXIT_DONE,
  };
}

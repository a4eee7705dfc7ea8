/** `holdfast deploy`: sets up or changes both accounts. */
import { Option, type Command } from 'commander';
import type { ApprovalLevel } from '../../aws/approval.js';
import { all, collect } from '../../inputs/option-parsers.js';
import { withoutOptions } from '../../global-options.js';
import type { RunCommand } from '../../run-command.js';
import type { DeployOptions } from './action.js';

/** From the least careful to the most. */
const APPROVAL_LEVELS = all<ApprovalLevel>({ never: true, broadening: true, 'any-change': true });

export function addDeployCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('deploy')
    .summary('set up or change the stacks of the config on AWS')
    .description(
      'Deploys the backup account first, and hands its key to the source account. Each account has its own credentials (profile or roleArn in the config), which are checked before anything is changed. Different people can deploy one stack each, with --stack.',
    )
    .option('--stack <name>', 'only this stack; repeatable', collect)
    .option('--out <dir>', 'keep the cloud assembly here')
    .addOption(
      new Option('--require-approval <level>', 'which changes of permissions need approval')
        .choices(APPROVAL_LEVELS)
        .default('broadening'),
    )
    .addOption(
      new Option('--method <method>', 'change-set shows beforehand what is replaced; direct does not')
        .choices(['change-set', 'direct'])
        .default('change-set'),
    )
    .option(
      '--adopt <name>',
      'take over a resource that exists and that this config did not make, by the name that deploy gives; repeatable',
      collect,
    )
    .option(
      '--replace <id>',
      'have what holds data replaced or deleted, by the logical id that deploy gives; repeatable',
      collect,
    )
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, async (session) =>
        (await import('./action.js')).deploy(session, self.optsWithGlobals<DeployOptions>()),
      ),
    );
  withoutOptions(command, 'vault');
}

const HELP = `
Changes of permissions are asked about on a terminal; elsewhere they are refused unless --require-approval never is given.

Examples:
  holdfast deploy
  holdfast deploy --env prod --stack rds-backup-layer2-prod
  holdfast deploy --require-approval never --json

Exit status: 0 deployed · 1 failed or not approved · 2 wrong usage, config or account · 3 deployed, and the policies in
  force refuse the backups of a job · 130 interrupted: CloudFormation continues what it has begun
`;

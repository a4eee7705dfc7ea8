/** `holdfast deploy`: sets up or changes both accounts. */
import { Option, type Command } from 'commander';
import { APPROVAL_LEVELS, type ApprovalLevel } from '../aws/approval.js';
import type { OpenedStacks, StackOptions } from '../aws/open-stacks.js';
import type { Deployed, DeployOptions as ToolkitOptions } from '../aws/toolkit.js';
import type { CommandResult } from '../command-result.js';
import { EXIT_DONE } from '../exit-code.js';
import { collect } from '../inputs/option-parsers.js';
import type { RunCommand } from '../run-command.js';
import type { Session } from '../session.js';
import { formatFields } from '../text/fields.js';

interface DeployOptions extends StackOptions {
  readonly requireApproval: ApprovalLevel;
  readonly method: ToolkitOptions['method'];
}

export function addDeployCommand(program: Command, run: RunCommand): void {
  program
    .command('deploy')
    .summary('set up or change the stacks of the config on AWS')
    .description(
      'Deploys the backup account first, and hands its key to the source account. Each account has its own credentials (profile or roleArn in the config), which are checked before anything is changed. Different people can deploy one stack each, with --stack.',
    )
    .option('--stack <name>', 'only this stack; repeatable', collect)
    .option('--out <dir>', 'keep the cloud assembly here')
    .addOption(
      new Option('--require-approval <level>', 'which changes of permissions have to be approved')
        .choices(APPROVAL_LEVELS)
        .default('broadening'),
    )
    .addOption(
      new Option('--method <method>', 'change-set shows what is replaced before; direct does without')
        .choices(['change-set', 'direct'])
        .default('change-set'),
    )
    .addHelpText('after', HELP)
    .action((_options: unknown, self: Command) =>
      run(self, (session) => deploy(session, self.optsWithGlobals<DeployOptions>())),
    );
}

const HELP = `
Changes of permissions are asked about on a terminal; elsewhere they are refused unless --require-approval never is given.

Examples:
  holdfast deploy
  holdfast deploy --env prod --stack rds-backup-layer2-prod
  holdfast deploy --require-approval never --json

Exit status: 0 deployed · 1 failed or not approved · 2 wrong usage, config or account · 130 interrupted:
  CloudFormation goes on with what it has begun
`;

async function deploy(session: Session, options: DeployOptions): Promise<CommandResult> {
  const { withStacks } = await import('../aws/open-stacks.js');
  const deployed = await withStacks(session, options, (opened) => deployAll(session, options, opened));
  return {
    document: { stacks: deployed },
    format: (style) =>
      deployed
        .map(({ name, account, region, changed, outputs }) =>
          formatFields(
            `${name}: ${changed ? 'deployed' : 'no changes'}`,
            [['account', `${account}, ${region}`], ...Object.entries(outputs).sort()],
            style,
          ),
        )
        .join('\n\n'),
    exitCode: EXIT_DONE,
  };
}

async function deployAll(
  session: Session,
  { requireApproval: approval, method }: DeployOptions,
  opened: OpenedStacks,
): Promise<Deployed[]> {
  const { signInToAll } = await import('../aws/open-stacks.js');
  const { deployStack } = await import('../aws/toolkit.js');
  const { parametersOf } = await import('../aws/vault-key-output.js');
  await signInToAll(opened);
  const deployed: Deployed[] = [];
  const { selected, directory } = opened;
  session.progress.start(selected.length);
  for (const stack of selected) {
    const parameters = await parametersOf(stack, deployed, opened);
    const access = await opened.access(stack);
    session.progress.begin(stack.name, `deploying to account ${access.account}`);
    let outcome = 'failed';
    try {
      const result = await deployStack({ session, stack, access, directory }, { approval, method, parameters });
      outcome = result.changed ? 'deployed' : 'no changes';
      deployed.push(result);
    } finally {
      session.progress.end(stack.name, outcome);
    }
  }
  return deployed;
}

/** The action of `holdfast deploy`. */
import { type ApprovalLevel } from '../../aws/approval.js';
import type { ResourceDifference } from '../../aws/data-at-risk.js';
import type { OpenedStacks, StackOptions } from '../../aws/open-stacks.js';
import type { Stack } from '../../aws/synthesize.js';
import type { Deployed, DeployOptions as ToolkitOptions } from '../../aws/toolkit.js';
import type { HoldfastConfig } from '../../../config/index.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE } from '../../exit-code.js';
import type { Session } from '../../session.js';
import { formatFields } from '../../text/fields.js';
import { withStacks, signInToAll } from '../../aws/open-stacks.js';
import { requireExistingVault } from '../../aws/existing-vault.js';
import { VAULT_KEY } from '../../../policies/index.js';
import { parametersOf } from '../../aws/handed-over.js';
import { checkWriterPaths, type WriterPath } from '../../aws/writer-path.js';
import type { Style } from '../../text/style.js';
import { wrapText } from '../../text/wrap.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { deployDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof deployDocument>;

export interface DeployOptions extends StackOptions {
  readonly requireApproval: ApprovalLevel;
  readonly method: ToolkitOptions['method'];
  readonly adopt?: readonly string[];
  readonly replace?: readonly string[];
}

export async function deploy(session: Session, options: DeployOptions): Promise<CommandResult<Document>> {
  const { deployed, writers } = await withStacks(session, options, async (opened) => {
    const config = await session.config.required();
    await signInToAll(opened);
    await requireExistingVault(session, config, opened);
    const stacks = await deployAll(session, options, opened);
    return { deployed: stacks, writers: await writersAfter(session, config, opened, stacks) };
  });
  return {
    document: { stacks: deployed, writers },
    format: (style) =>
      [
        ...deployed.map(({ name, account, region, changed, outputs, adopted }) =>
          formatFields(
            `${name}: ${changed ? 'deployed' : 'no changes'}`,
            [
              ['account', `${account}, ${region}`],
              ...Object.entries(outputs).sort(),
              ...adopted.map((item): [string, string] => ['taken over', `${item.type} ${item.name}`]),
            ],
            style,
          ),
        ),
        ...(writers.length === 0 ? [] : [formatWriters(writers, style)]),
      ].join('\n\n'),
    exitCode: writers.some(({ verdict }) => verdict === 'refused') ? EXIT_BAD_VERDICT : EXIT_DONE,
  };
}

/** Of the jobs that were deployed: none where the source account was not. */
async function writersAfter(
  session: Session,
  config: HoldfastConfig,
  opened: OpenedStacks,
  deployed: readonly Deployed[],
): Promise<WriterPath[]> {
  const source = opened.selected.find(({ isBackup, isDataLayer }) => !isBackup && !isDataLayer);
  if (source === undefined) return [];
  const parameters = await parametersOf(source, deployed, opened);
  return checkWriterPaths(session, config, opened, source, parameters[VAULT_KEY]);
}

function formatWriters(writers: readonly WriterPath[], { colors, width }: Style): string {
  const of = (verdict: WriterPath['verdict']) => writers.filter((writer) => writer.verdict === verdict);
  const [allowed, refused, unknown] = [of('allowed'), of('refused'), of('not-checked')];
  const lines = (some: readonly WriterPath[]) =>
    some.map(({ database, role, problem = '' }) => wrapText(`  ${database ?? role}: ${problem}`, width, 4));
  const first = allowed[0]?.database;
  return [
    ...(refused.length === 0
      ? []
      : [
          colors.red(`The policies in force refuse the backups of ${refused.length} of ${writers.length} jobs:`),
          ...lines(refused),
          wrapText(
            '`holdfast policy bucket --compare`, `policy key --compare` and `policy role --compare` show what is missing.',
            width,
          ),
        ]),
    ...(unknown.length === 0
      ? []
      : [
          colors.yellow(`Whether ${unknown.length} of ${writers.length} jobs may store backups was not found out:`),
          ...lines(unknown),
        ]),
    ...(allowed.length === 0
      ? []
      : [
          `The policies of role, bucket and key let ${allowed.length} of ${writers.length} jobs store backups.`,
          colors.dim(`Next, a first backup: holdfast run${first === undefined ? '' : ` ${first}`}`),
        ]),
  ].join('\n');
}

/**
 * The vault before the jobs, which need its key. Jobs that go, before the vault: a job that runs would lose what it may
 * do there, and would have lost it for nothing where its own stack is then refused.
 */
function inOrder(
  selected: readonly Stack[],
  differences: ReadonlyMap<Stack, readonly ResourceDifference[]>,
): readonly Stack[] {
  const losesJobs = (stack: Stack) =>
    differences.get(stack)?.some(({ type, change }) => type === 'AWS::CodeBuild::Project' && change === 'remove') ??
    false;
  return [...selected].sort((a, b) => Number(losesJobs(b)) - Number(losesJobs(a)));
}

async function deployAll(
  session: Session,
  { requireApproval: approval, method, adopt = [], replace = [] }: DeployOptions,
  opened: OpenedStacks,
): Promise<Deployed[]> {
  const { deployStack, refuseDataLoss } = await import('../../aws/toolkit.js');
  const deployed: Deployed[] = [];
  const { selected, directory } = opened;
  // All of them, before anything of any is changed.
  const differences = new Map<Stack, readonly ResourceDifference[]>();
  for (const stack of selected) {
    const work = { session, stack, access: await opened.access(stack), directory };
    differences.set(stack, await refuseDataLoss(work, replace));
  }
  session.progress.start(selected.length);
  for (const stack of inOrder(selected, differences)) {
    const parameters = await parametersOf(stack, deployed, opened);
    const access = await opened.access(stack);
    session.progress.begin(stack.name, `deploying to account ${access.account}`);
    let outcome = 'failed';
    try {
      const work = { session, stack, access, directory };
      const result = await deployStack(work, { approval, method, parameters, adopt });
      outcome = result.changed ? 'deployed' : 'no changes';
      deployed.push(result);
    } finally {
      session.progress.end(stack.name, outcome);
    }
  }
  return deployed;
}

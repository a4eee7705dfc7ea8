/** The action of `holdfast deploy`. */
import { type ApprovalLevel } from '../../aws/approval.js';
import type { OpenedStacks, StackOptions } from '../../aws/open-stacks.js';
import type { Deployed, DeployOptions as ToolkitOptions } from '../../aws/toolkit.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import type { Session } from '../../session.js';
import { formatFields } from '../../text/fields.js';
import { withStacks, signInToAll } from '../../aws/open-stacks.js';
import { parametersOf } from '../../aws/vault-key-output.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { deployDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof deployDocument>;

export interface DeployOptions extends StackOptions {
  readonly requireApproval: ApprovalLevel;
  readonly method: ToolkitOptions['method'];
  readonly adopt?: readonly string[];
}

export async function deploy(session: Session, options: DeployOptions): Promise<CommandResult<Document>> {
  const deployed = await withStacks(session, options, (opened) => deployAll(session, options, opened));
  return {
    document: { stacks: deployed },
    format: (style) =>
      deployed
        .map(({ name, account, region, changed, outputs, adopted }) =>
          formatFields(
            `${name}: ${changed ? 'deployed' : 'no changes'}`,
            [
              ['account', `${account}, ${region}`],
              ...Object.entries(outputs).sort(),
              ...adopted.map((item): [string, string] => ['taken over', `${item.type} ${item.name}`]),
            ],
            style,
          ),
        )
        .join('\n\n'),
    exitCode: EXIT_DONE,
  };
}

async function deployAll(
  session: Session,
  { requireApproval: approval, method, adopt = [] }: DeployOptions,
  opened: OpenedStacks,
): Promise<Deployed[]> {
  const { deployStack } = await import('../../aws/toolkit.js');
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
      const result = await deployStack({ session, stack, access, directory }, { approval, method, parameters, adopt });
      outcome = result.changed ? 'deployed' : 'no changes';
      deployed.push(result);
    } finally {
      session.progress.end(stack.name, outcome);
    }
  }
  return deployed;
}

/** The action of `holdfast diff`. */
import type { StackOptions } from '../../aws/open-stacks.js';
import { lossesOf } from '../../aws/data-at-risk.js';
import type { StackDifference } from '../../aws/toolkit.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE } from '../../exit-code.js';
import type { Session } from '../../session.js';
import type { Style } from '../../text/style.js';
import { signInToAll, withStacks } from '../../aws/open-stacks.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { diffDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof diffDocument>;

export interface DiffOptions extends StackOptions {
  readonly exitCode?: boolean;
}

export async function diff(session: Session, options: DiffOptions): Promise<CommandResult<Document>> {
  const { diffStack } = await import('../../aws/toolkit.js');
  const differences = await withStacks(session, options, async (opened) => {
    await signInToAll(opened);
    const found: StackDifference[] = [];
    for (const stack of opened.selected) {
      found.push(await diffStack({ session, stack, access: await opened.access(stack), directory: opened.directory }));
    }
    return found;
  });
  const differ = differences.some(({ resources, missing }) => resources.length + missing.length > 0);
  return {
    document: { differ, stacks: differences.map(({ text: _text, ...stack }) => stack) },
    format: (style) => differences.map((difference) => formatDifference(difference, style)).join('\n\n'),
    exitCode: differ && options.exitCode ? EXIT_BAD_VERDICT : EXIT_DONE,
  };
}

/** The text begins with the stack's name and place. */
function formatDifference(
  { name, deployed, permissions, resources, missing, text }: StackDifference,
  { colors }: Style,
): string {
  const widened = permissions === 'broadening' ? [colors.yellow('Permissions are widened.')] : [];
  const losses = lossesOf(resources).map((loss) => colors.red(`${loss} \`deploy\` refuses this.`));
  const gone = missing.map(({ type, name }) =>
    colors.yellow(`${type} ${name} was deleted: \`deploy\` makes it again.`),
  );
  return [...(deployed ? [] : [`${name} is not deployed yet.`]), text, ...widened, ...losses, ...gone].join('\n');
}

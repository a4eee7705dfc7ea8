/** The action of `holdfast destroy`. */
import { HoldfastError } from '../../../core/errors.js';
import type { OpenedStacks, StackOptions } from '../../aws/open-stacks.js';
import type { Protection } from '../../aws/protection.js';
import type { Retained } from '../../aws/retained.js';
import type { Stack } from '../../aws/synthesize.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { askLine, canAsk } from '../../inputs/prompt.js';
import type { Session } from '../../session.js';
import { withStacks, signInToAll } from '../../aws/open-stacks.js';
import { checkRetained, describeRetained, goneFrom, retainedBy } from '../../aws/retained.js';
import { protectionOf, liftProtection } from '../../aws/protection.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { destroyDocument } from '../../json/aws-documents.js';

type Document = DocumentOf<typeof destroyDocument>;

export interface DestroyOptions extends StackOptions {
  readonly confirm?: readonly string[];
  readonly liftProtection?: boolean;
}

interface Destroyed {
  readonly name: string;
  readonly account: string;
  readonly region: string;
  /** False where there was none. */
  readonly existed: boolean;
  readonly kept: readonly Retained[];
  /** What protected or served those, and went with the stack. */
  readonly gone: readonly string[];
}

export async function destroy(session: Session, options: DestroyOptions): Promise<CommandResult<Document>> {
  const destroyed = await withStacks(session, options, (opened) => destroyAll(session, options, opened));
  return {
    document: { stacks: destroyed },
    format: () =>
      destroyed
        .map(({ name, existed, kept, gone }) => {
          if (!existed) return `${name}: there is no such stack.`;
          return [
            `${name}: deleted.${kept.length > 0 ? ' Kept:' : ''}`,
            ...kept.map((item) => `  ${describeRetained(item)}`),
            ...(gone.length > 0 ? ['Gone with it:', ...gone.map((line) => `  ${line}`)] : []),
            ...(kept.length > 0 ? ['`holdfast deploy` takes over what was kept.'] : []),
          ].join('\n');
        })
        .join('\n'),
    exitCode: EXIT_DONE,
  };
}

async function destroyAll(session: Session, options: DestroyOptions, opened: OpenedStacks): Promise<Destroyed[]> {
  await signInToAll(opened);
  // Whoever writes into the vault goes before the vault does.
  const order = [...opened.selected].reverse();
  const present = new Map<Stack, Protection>();
  for (const stack of order) present.set(stack, await mayBeDeleted(stack, options, opened));
  for (const stack of order) {
    if (present.get(stack) !== 'absent') await confirm(session, stack, options.confirm);
  }
  const destroyed: Destroyed[] = [];
  session.progress.start(order.length);
  for (const stack of order) {
    const protection = present.get(stack) ?? 'absent';
    const existed = protection !== 'absent';
    if (existed) await destroyOne(session, stack, protection, opened);
    const access = await opened.access(stack);
    const { account, region } = access;
    const kept = existed ? await checkRetained(stack, access) : [];
    destroyed.push({ name: stack.name, account, region, existed, kept, gone: existed ? goneFrom(stack) : [] });
  }
  return destroyed;
}

/** Asked of all before any is deleted. @throws HoldfastError STACK_PROTECTED */
async function mayBeDeleted(stack: Stack, options: DestroyOptions, opened: OpenedStacks): Promise<Protection> {
  const protection = await protectionOf(await opened.access(stack), stack.name);
  if (protection !== 'protected' || options.liftProtection) return protection;
  throw new HoldfastError('STACK_PROTECTED', `${stack.name} in ${stack.place} is protected from being deleted.`);
}

async function destroyOne(
  session: Session,
  stack: Stack,
  protection: Protection,
  { access: accessTo, directory }: OpenedStacks,
): Promise<void> {
  const { destroyStack } = await import('../../aws/toolkit.js');
  const access = await accessTo(stack);
  session.progress.begin(stack.name, `deleting from account ${access.account}`);
  let outcome = 'failed';
  try {
    if (protection === 'protected') await liftProtection(access, stack.name);
    await destroyStack({ session, stack, access, directory });
    outcome = 'deleted';
  } finally {
    session.progress.end(stack.name, outcome);
  }
}

/** @throws HoldfastError APPROVAL_NEEDED where there is nobody to ask, DECLINED for another name */
async function confirm(session: Session, stack: Stack, confirmed: readonly string[] | undefined): Promise<void> {
  const { name, place } = stack;
  const kept = retainedBy(stack);
  if (confirmed?.includes(name)) return;
  if (!canAsk(session)) {
    throw new HoldfastError(
      'APPROVAL_NEEDED',
      `Deleting ${name} in ${place} has to be confirmed, and there is no terminal to ask on.`,
      {
        hint: `Give its name: --confirm ${name}. Nothing was deleted.`,
      },
    );
  }
  const lines = [
    `${name} in ${place} will be deleted${kept.length > 0 ? '; these stay:' : '.'}`,
    ...kept.map((item) => `  ${describeRetained(item)}`),
    ...goneFrom(stack).map((line) => `It takes with it: ${line}`),
  ];
  session.stderr.write(`${lines.join('\n')}\n`);
  const typed = await askLine(session, 'Type its name to delete it: ');
  if (typed !== name) throw new HoldfastError('DECLINED', `${JSON.stringify(typed)} is not ${name}.`);
}

/** Which changes a person has to approve before they are deployed, and how they are asked. */
import { HoldfastError } from '../../core/errors.js';
import { askYesNo, canAsk } from '../inputs/prompt.js';
import type { Session } from '../session.js';

/** From the least careful to the most. */
export type ApprovalLevel = 'never' | 'broadening' | 'any-change';

/** What a deployment does to permissions, as the CDK's toolkit calls it. */
export type PermissionChange = 'none' | 'broadening' | 'non-broadening';

export function needsApproval(level: ApprovalLevel, change: PermissionChange): boolean {
  if (level === 'never' || change === 'none') return false;
  return level === 'any-change' || change === 'broadening';
}

/**
 * Shows the changes and asks.
 *
 * @throws HoldfastError APPROVAL_NEEDED where there is nobody to ask; DECLINED
 */
export async function askApproval(session: Session, stack: string, changes: string): Promise<void> {
  if (!canAsk(session)) {
    throw new HoldfastError(
      'APPROVAL_NEEDED',
      `${stack} changes permissions, and there is no terminal to ask for approval. Nothing of it was deployed.`,
      { hint: 'Review them with `holdfast diff`, then deploy with --require-approval never.' },
    );
  }
  session.stderr.write(`${changes}\n`);
  if (await askYesNo(session, `Deploy these changes to ${stack}?`)) return;
  throw new HoldfastError('DECLINED', `The changes to ${stack} were not approved.`);
}

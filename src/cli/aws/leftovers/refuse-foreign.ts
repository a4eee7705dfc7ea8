/** What is in the way of a deployment and is not ours to take: named, with the option that says what to do with it. */
import type { StackProblem } from '../../../core/error-details.js';
import { HoldfastError } from '../../../core/errors.js';
import type { Stack } from '../synthesize.js';
import type { Leftover } from './find-leftovers.js';

/**
 * @param adopt what the user has said to take over, by name
 * @returns what to take over
 * @throws HoldfastError RESOURCES_EXIST when anything else is there
 */
export function refuseForeign(stack: Stack, leftovers: readonly Leftover[], adopt: readonly string[]): Leftover[] {
  const problems: StackProblem[] = [];
  for (const leftover of leftovers) {
    const { logicalId: resource, name, type, own, of, problem } = leftover;
    // What goes with something that is named here goes where that goes.
    if (leftovers.some(({ logicalId }) => logicalId === of)) continue;
    const what = `${type} ${name} exists`;
    const found = (message: string) => problems.push({ stack: stack.name, resource, message });
    if (problem !== undefined) found(`${what}, and ${problem}.`);
    else if (!own && !adopt.includes(name)) {
      found(`${what}, and nothing says that this config made it. ${wayOut(stack, leftover)}`);
    }
  }
  if (problems.length === 0) return [...leftovers];
  const list = problems.map(({ message }) => `  ${message}`).join('\n');
  throw new HoldfastError('RESOURCES_EXIST', `${stack.name} cannot be deployed to ${stack.place} as it is:\n${list}`, {
    details: { problems },
  });
}

function wayOut({ isBackup, template }: Stack, { type, name, logicalId }: Leftover): string {
  const take = `To have it taken over and set up as the config says, deploy with --adopt ${name}`;
  const isVault = template.Resources?.[logicalId]?.Properties?.['ObjectLockEnabled'] === true;
  if (isBackup && type === 'AWS::S3::Bucket' && isVault) {
    return `To use it as it is, set backupAccount.existingBucket: ${name}. ${take}.`;
  }
  if (isBackup && type === 'AWS::KMS::Key' && logicalId.startsWith('Vault')) {
    return `To use it as it is, set backupAccount.existingKeyArn: ${name}. ${take}.`;
  }
  return `${take}; or give it another name there.`;
}

/** Termination protection of stacks. */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { awsFailure } from './aws-failures.js';
import type { SignedIn } from './sign-in.js';

/**
 * Sees to it that a stack may be deleted.
 *
 * @param lift whether protection is to be lifted
 * @returns whether the stack exists
 * @throws HoldfastError STACK_PROTECTED
 */
export async function unprotect({ clientOptions }: SignedIn, StackName: string, lift: boolean): Promise<boolean> {
  const client = new CloudFormationClient(clientOptions);
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    if (!Stacks[0]?.EnableTerminationProtection) return Stacks.length > 0;
    if (!lift) throw new HoldfastError('STACK_PROTECTED', `${StackName} is protected from being deleted.`);
    await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }));
    return true;
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return false;
    throw awsFailure(error, { what: `Looking at ${StackName}`, action: 'cloudformation:DescribeStacks' });
  } finally {
    client.destroy();
  }
}

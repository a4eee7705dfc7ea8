/** Termination protection of stacks. */
import {
  CloudFormationClient,
  DescribeStacksCommand,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { messageOf } from '../../core/errors.js';
import { awsFailure } from './aws-failures.js';
import type { SignedIn } from './sign-in.js';

export type Protection = 'absent' | 'open' | 'protected';

/** Whether a stack is there, and may be deleted. */
export async function protectionOf({ clientOptions }: SignedIn, StackName: string): Promise<Protection> {
  const client = new CloudFormationClient(clientOptions);
  try {
    const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    if (Stacks.length === 0) return 'absent';
    return Stacks[0]?.EnableTerminationProtection ? 'protected' : 'open';
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return 'absent';
    throw awsFailure(error, { what: `Looking at ${StackName}`, action: 'cloudformation:DescribeStacks' });
  } finally {
    client.destroy();
  }
}

export async function liftProtection({ clientOptions }: SignedIn, StackName: string): Promise<void> {
  const client = new CloudFormationClient(clientOptions);
  try {
    await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }));
  } catch (error) {
    const action = 'cloudformation:UpdateTerminationProtection';
    throw awsFailure(error, { what: `Lifting the termination protection of ${StackName}`, action });
  } finally {
    client.destroy();
  }
}

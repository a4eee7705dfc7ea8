/**
 * A stack whose creation has failed: CloudFormation leaves it behind with the template of that attempt. The toolkit would
 * compare with it, find the same permissions there and ask nobody, and its protection would keep it from being replaced.
 */
import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackDeleteComplete,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { messageOf } from '../../core/errors.js';
import type { Session } from '../session.js';
import { awsFailure } from './aws-failures.js';
import { liftProtection } from './protection.js';
import type { SignedIn } from './sign-in.js';

const FAILED = ['ROLLBACK_COMPLETE', 'ROLLBACK_FAILED'];
/** What a change set makes of a stack that is not there, and leaves protected when nobody wants it. */
const PLANNED = ['REVIEW_IN_PROGRESS'];
/** What an import makes of a stack that is not there, when it fails. */
const NOT_IMPORTED = [...PLANNED, 'IMPORT_ROLLBACK_COMPLETE'];
const MOST_SECONDS = 1800;

/** Whether there is such a stack, as far as it may be seen. */
export async function hasFailed(access: SignedIn, name: string): Promise<boolean> {
  const client = new CloudFormationClient(access.clientOptions);
  try {
    return (await find(client, name, FAILED)) !== undefined;
  } finally {
    client.destroy();
  }
}

/** Deletes such a stack, so that the next attempt begins with nothing; any other stays. @throws HoldfastError AWS_… */
export function removeFailedStack(session: Session, access: SignedIn, name: string): Promise<void> {
  return removeStack(session, access, name, FAILED);
}

/** Deletes a stack that was only planned: its changes were not approved. @throws HoldfastError AWS_… */
export function removePlannedStack(session: Session, access: SignedIn, name: string): Promise<void> {
  return removeStack(session, access, name, PLANNED);
}

/** Deletes a stack that an import was to make, and that has nothing. @throws HoldfastError AWS_… */
export function removeEmptyStack(session: Session, access: SignedIn, name: string): Promise<void> {
  return removeStack(session, access, name, NOT_IMPORTED);
}

async function removeStack(
  { logger, signal }: Session,
  access: SignedIn,
  name: string,
  statuses: readonly string[],
): Promise<void> {
  const what = `Deleting what is left of ${name}, which was not made`;
  const client = new CloudFormationClient(access.clientOptions);
  try {
    const stack = await find(client, name, statuses);
    if (stack === undefined) return;
    logger.info(`${what} (${stack.StackStatus}).`);
    if (stack.EnableTerminationProtection) await liftProtection(access, name);
    await client.send(new DeleteStackCommand({ StackName: stack.StackId }), { abortSignal: signal });
    await waitUntilStackDeleteComplete(
      { client, maxWaitTime: MOST_SECONDS, abortSignal: signal },
      { StackName: stack.StackId },
    );
  } catch (error) {
    throw awsFailure(error, { what, action: 'cloudformation:DeleteStack' });
  } finally {
    client.destroy();
  }
}

/** Whoever deploys by the CDK's roles may have no right to look: the toolkit then says what is wrong. */
async function find(
  client: CloudFormationClient,
  StackName: string,
  statuses: readonly string[],
): Promise<Stack | undefined> {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    return statuses.includes(stack?.StackStatus ?? '') ? stack : undefined;
  } catch (error) {
    const failure = awsFailure(error, { what: `Looking at ${StackName}`, action: 'cloudformation:DescribeStacks' });
    if (failure.code === 'AWS_DENIED' || /does not exist/.test(messageOf(error))) return undefined;
    throw failure;
  }
}

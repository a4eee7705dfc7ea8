/** What a stack has, and what the stacks of its name that were deleted have left. */
import {
  CloudFormationClient,
  paginateListStackResources,
  paginateListStacks,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation';
import { messageOf } from '../../../core/errors.js';
import type { ClientOptions } from '../sign-in.js';

/** By logical id. */
export type PhysicalIds = ReadonlyMap<string, { readonly type: string; readonly physicalId: string }>;

/** @returns nothing where there is no such stack @throws what the SDK throws */
export async function resourcesOf(options: ClientOptions, StackName: string): Promise<PhysicalIds | undefined> {
  const client = new CloudFormationClient(options);
  try {
    return physicalIds(await listAll(client, StackName), (status) => !/^DELETE_|_FAILED$/.test(status));
  } catch (error) {
    if (/does not exist/.test(messageOf(error))) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

/**
 * What was kept when stacks of this name were deleted, or were not made: CloudFormation remembers it for 90 days. Of
 * several, the last one counts.
 *
 * @throws what the SDK throws
 */
export async function leftByDeleted(options: ClientOptions, name: string): Promise<PhysicalIds> {
  const client = new CloudFormationClient(options);
  try {
    const deleted: { readonly id: string; readonly at: Date }[] = [];
    for await (const page of paginateListStacks({ client }, { StackStatusFilter: ['DELETE_COMPLETE'] })) {
      for (const { StackName, StackId = '', DeletionTime = new Date(0) } of page.StackSummaries ?? []) {
        if (StackName === name) deleted.push({ id: StackId, at: DeletionTime });
      }
    }
    deleted.sort((a, b) => b.at.getTime() - a.at.getTime());
    const left = new Map<string, { readonly type: string; readonly physicalId: string }>();
    for (const { id } of deleted) {
      for (const [logicalId, found] of physicalIds(
        await listAll(client, id),
        (status) => status === 'DELETE_SKIPPED',
      )) {
        if (!left.has(logicalId)) left.set(logicalId, found);
      }
    }
    return left;
  } finally {
    client.destroy();
  }
}

async function listAll(client: CloudFormationClient, StackName: string): Promise<StackResourceSummary[]> {
  const all: StackResourceSummary[] = [];
  for await (const page of paginateListStackResources({ client }, { StackName })) {
    all.push(...(page.StackResourceSummaries ?? []));
  }
  return all;
}

function physicalIds(resources: readonly StackResourceSummary[], counts: (status: string) => boolean): PhysicalIds {
  return new Map(
    resources.flatMap(({ LogicalResourceId: id = '', PhysicalResourceId: physicalId = '', ...resource }) =>
      physicalId !== '' && counts(resource.ResourceStatus ?? '')
        ? [[id, { type: resource.ResourceType ?? '', physicalId }] as const]
        : [],
    ),
  );
}

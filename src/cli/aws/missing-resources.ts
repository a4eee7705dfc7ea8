/**
 * What a stack has by CloudFormation's account, and is not there: somebody deleted it. A comparison of templates finds no
 * difference then, and a deployment nothing to do, while the commands that need it fail.
 */
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { Session } from '../session.js';
import { awsFailure } from './aws-failures.js';
import { KINDS } from './leftovers/kinds.js';
import { resourcesOf } from './leftovers/stack-resources.js';
import type { ClientOptions, SignedIn } from './sign-in.js';
import type { Stack } from './synthesize.js';

export interface MissingResource {
  /** Logical id. */
  readonly id: string;
  readonly type: string;
  /** Physical id. */
  readonly name: string;
}

const PROJECT = 'AWS::CodeBuild::Project';
/** What the commands need, and what guards backups; each is asked for by itself. */
const ASKED = ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'AWS::KMS::Key'];
/** How many projects one request takes. */
const MOST_PROJECTS = 100;
const AT_ONCE = 8;

/**
 * @returns none where nobody may look, or there is no such stack; nor of a data layer, which `deploy` does not revert
 * @throws HoldfastError AWS_… when AWS cannot be reached
 */
export async function findMissing(session: Session, stack: Stack, access: SignedIn): Promise<MissingResource[]> {
  if (stack.isDataLayer) return [];
  const { clientOptions } = access;
  try {
    const present = (await resourcesOf(clientOptions, stack.name)) ?? new Map<string, never>();
    // What the template no longer has is none of its business.
    const all = [...present]
      .filter(([id]) => stack.template.Resources?.[id] !== undefined)
      .map(([id, { type, physicalId }]) => ({ id, type, name: physicalId }));
    const asked = all.filter(({ type }) => ASKED.includes(type));
    const gone = await mapBounded(asked, AT_ONCE, (one) => isGone(clientOptions, one), session.signal);
    return [...asked.filter((_, index) => gone[index]), ...(await goneProjects(clientOptions, all))];
  } catch (error) {
    const failure = awsFailure(error, {
      what: `Looking for what ${stack.name} has`,
      action: 'codebuild:BatchGetProjects',
    });
    if (failure.code !== 'AWS_DENIED') throw failure;
    session.logger.debug(failure.message);
    return [];
  }
}

async function isGone(options: ClientOptions, { type, name }: MissingResource): Promise<boolean> {
  return (await KINDS[type]?.find(options, name)) === undefined;
}

async function goneProjects(options: ClientOptions, all: readonly MissingResource[]): Promise<MissingResource[]> {
  const projects = all.filter(({ type }) => type === PROJECT);
  const client = new CodeBuildClient(options);
  const gone = new Set<string>();
  try {
    for (let from = 0; from < projects.length; from += MOST_PROJECTS) {
      const names = projects.slice(from, from + MOST_PROJECTS).map(({ name }) => name);
      const { projects: found = [] } = await client.send(new BatchGetProjectsCommand({ names }));
      for (const name of names) if (!found.some((project) => project.name === name)) gone.add(name);
    }
  } finally {
    client.destroy();
  }
  return projects.filter(({ name }) => gone.has(name));
}

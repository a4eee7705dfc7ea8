/** What a deployment would replace or delete although it holds data: told of, and refused, before it begins. */
import type { StackProblem } from '../../core/error-details.js';
import { HoldfastError } from '../../core/errors.js';
import type { Stack } from './synthesize.js';

export interface ResourceDifference {
  /** Logical id. */
  readonly id: string;
  readonly type: string;
  readonly change: 'add' | 'remove' | 'update' | 'replace';
  /** Of one that is replaced: the properties that cannot be changed otherwise. */
  readonly because: readonly string[];
  /** Whether what is there now stays in the account, outside of the stack. */
  readonly kept: boolean;
}

/** What a new one of would be empty, or would have another password, or could not decrypt what the old one has. */
const HOLD_DATA: ReadonlySet<string> = new Set([
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::ElastiCache::ReplicationGroup',
  'AWS::KMS::Key',
  'AWS::RDS::DBCluster',
  'AWS::RDS::DBInstance',
  'AWS::S3::Bucket',
  'AWS::SecretsManager::Secret',
]);

interface Loss {
  readonly id: string;
  readonly message: string;
}

function findLosses(differences: readonly ResourceDifference[]): Loss[] {
  return differences.flatMap(({ id, type, change, because, kept }): Loss[] => {
    if (!HOLD_DATA.has(type) || !(change === 'replace' || (change === 'remove' && !kept))) return [];
    const what = change === 'replace' ? 'would, or could, be replaced by a new, empty one' : 'would be deleted';
    const why = because.length === 0 ? '' : ` because of ${because.join(', ')}`;
    const then = kept
      ? 'What is there now would stay in the account, outside of the stack.'
      : 'What it holds would be lost.';
    return [{ id, message: `${type} ${id} ${what}${why}. ${then}` }];
  });
}

/** One sentence for each. */
export function lossesOf(differences: readonly ResourceDifference[]): string[] {
  return findLosses(differences).map(({ message }) => message);
}

/**
 * @param replace logical ids of what the user has said to replace or to delete
 * @throws HoldfastError DATA_AT_RISK
 */
export function refuseLosses(
  stack: Stack,
  differences: readonly ResourceDifference[],
  replace: readonly string[],
): void {
  const losses = findLosses(differences).filter(({ id }) => !replace.includes(id));
  if (losses.length === 0) return;
  const list = losses.map(({ message }) => `  ${message}`).join('\n');
  const named = losses.map(({ id }) => `--replace ${id}`).join(' ');
  const problems = losses.map(({ id, message }): StackProblem => ({ stack: stack.name, resource: id, message }));
  throw new HoldfastError('DATA_AT_RISK', `Deploying ${stack.name} would take what holds data:\n${list}`, {
    hint: `Nothing was changed. Take the change back, or move the data first and deploy with ${named}.`,
    details: { problems },
  });
}

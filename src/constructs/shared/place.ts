/** Where a construct is deployed. Its stack says it; a stack without an environment says it by references. */
import { Names, Stack, Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { partitionOf } from '../../syntax/arn.js';

export interface Place {
  readonly account: string;
  readonly region: string;
  /** `aws`, or where the Region is only known at deployment, a reference to it. */
  readonly partition: string;
}

export function placeOf(scope: IConstruct): Place {
  const { account, region, partition } = Stack.of(scope);
  return { account, region, partition: Token.isUnresolved(region) ? partition : partitionOf(region) };
}

/**
 * A name for what has to be named before it exists, because something that comes first names it: as the CDK makes its
 * own, from the stack's name, the construct's path and a digest of both. Lower case, digits and hyphens.
 *
 * @param longest the most characters that the service takes
 */
export function generatedName(scope: IConstruct, longest: number): string {
  return Names.uniqueResourceName(scope, { maxLength: longest, separator: '-' }).toLowerCase();
}

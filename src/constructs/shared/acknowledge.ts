import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Says why findings of template checkers do not apply to a construct and what is in it. Each one needs its reason.
 *
 * @param reasons the finding's id with the checker's prefix, such as `AwsSolutions-IAM5[Resource::*]`, to its reason
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  for (const [id, reason] of Object.entries(reasons)) Validations.of(construct).acknowledge({ id, reason });
}

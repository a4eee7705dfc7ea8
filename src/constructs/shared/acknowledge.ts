import { CfnResource, Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { acknowledgeFindings } from './cdk-versions.js';

/** Why a role's own inline policies are right where checkers ask for managed ones. */
export const INLINE_POLICIES: Readonly<Record<string, string>> = reasonsFor(
  ['NIST.800.53.R5-IAMNoInlinePolicy', 'PCI.DSS.321-IAMNoInlinePolicy'],
  'The policy is of this role alone, goes with it, and cannot be attached to another one.',
);

/**
 * Says why findings of template checkers do not apply to a construct and what is in it. Each one needs its reason.
 *
 * @param reasons a finding's id, such as `AwsSolutions-S1`, to its reason
 */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  acknowledgeFindings(
    construct,
    Object.entries(reasons).map(([id, reason]) => ({ id: inFinding(construct, id), reason })),
  );
}

/**
 * Says why a requirement of our own audit cannot be met by a resource: its finding is reported as waived, with the reason.
 *
 * @param construct a resource, or the default child of a construct is one
 * @param reasons ids of controls, such as `codebuild-not-privileged`, to their reasons
 */
export function accept(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  const resource = CfnResource.isCfnResource(construct) ? construct : (construct.node.defaultChild as CfnResource);
  const accepted = Object.entries(reasons).map(([control, reason]) => ({ control, reason }));
  resource.addMetadata('Holdfast', { accepted });
}

/** One reason for several findings. */
export function reasonsFor(ids: readonly string[], reason: string): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.map((id) => [id, reason]));
}

/** One reason for the wildcards in these resources of a role's policies. */
export function wildcards(resources: readonly string[], reason: string): Readonly<Record<string, string>> {
  return reasonsFor(
    resources.map((resource) => `AwsSolutions-IAM5[Resource::${resource}]`),
    reason,
  );
}

/** A value of a template as cdk-nag writes it in a finding: references in angle brackets. */
export function inFinding(scope: IConstruct, value: string): string {
  return written(Stack.of(scope).resolve(value));
}

function written(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref: ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Intrinsic;
  if (ref !== undefined) return `<${ref}>`;
  if (attribute !== undefined) return `<${attribute.join('.')}>`;
  return join?.[1].map(written).join('') ?? JSON.stringify(value);
}

interface Intrinsic {
  readonly Ref?: string;
  readonly 'Fn::GetAtt'?: readonly string[];
  readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
}

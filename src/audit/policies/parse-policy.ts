/** A policy as the audit reads it: every field a list, whatever form the JSON has. */
import * as z from 'zod';

/** A policy as the audit reads it: every field a list, whatever form the JSON had. */

export interface ParsedPolicy {
  readonly statements: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly sid?: string;
  readonly effect: 'Allow' | 'Deny';
  readonly principals: readonly PolicyPrincipal[];
  readonly notPrincipals: readonly PolicyPrincipal[];
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  /** Operator, then key (lower case), then values. */
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface PolicyPrincipal {
  /** `*` stands for `"Principal": "*"`. */
  readonly type: 'AWS' | 'Service' | 'Federated' | 'CanonicalUser' | '*';
  readonly value: string;
}

const scalar = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const listOfText = z.union([scalar.transform((one) => [one]), z.array(scalar)]);
const principal = z.union([
  z.literal('*'),
  z.partialRecord(z.enum(['AWS', 'Service', 'Federated', 'CanonicalUser']), listOfText),
]);
const statement = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Principal: principal.optional(),
  NotPrincipal: principal.optional(),
  Action: listOfText.optional(),
  NotAction: listOfText.optional(),
  Resource: listOfText.optional(),
  NotResource: listOfText.optional(),
  Condition: z.record(z.string(), z.record(z.string(), listOfText)).optional(),
});
const document = z.object({ Statement: z.union([statement.transform((one) => [one]), z.array(statement)]) });

/**
 * @param json a policy as text or as an object, in any of the forms that IAM takes
 * @throws ZodError where it is not a policy
 */
export function parsePolicy(json: unknown): ParsedPolicy {
  const value: unknown = typeof json === 'string' ? JSON.parse(json) : json;
  return { statements: document.parse(value).Statement.map(toStatement) };
}

function toStatement(parsed: z.output<typeof statement>): PolicyStatement {
  return {
    ...(parsed.Sid !== undefined && { sid: parsed.Sid }),
    effect: parsed.Effect,
    principals: toPrincipals(parsed.Principal),
    notPrincipals: toPrincipals(parsed.NotPrincipal),
    actions: parsed.Action ?? [],
    notActions: parsed.NotAction ?? [],
    resources: parsed.Resource ?? [],
    notResources: parsed.NotResource ?? [],
    conditions: toConditions(parsed.Condition ?? {}),
  };
}

function toPrincipals(parsed: z.output<typeof principal> | undefined): PolicyPrincipal[] {
  if (parsed === undefined) return [];
  if (parsed === '*') return [{ type: '*', value: '*' }];
  return Object.entries(parsed).flatMap(([type, values]) =>
    values.map((value) => ({ type: type as PolicyPrincipal['type'], value })),
  );
}

/** Condition keys are compared without regard to case; operators are written in one way only. */
function toConditions(parsed: Record<string, Record<string, string[]>>): PolicyStatement['conditions'] {
  return Object.fromEntries(
    Object.entries(parsed).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key.toLowerCase(), values])),
    ]),
  );
}

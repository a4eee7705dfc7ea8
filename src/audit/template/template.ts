/** CloudFormation templates, one for each stack. */
import * as z from 'zod';
import { expandLoops } from './language-extensions.js';
import { transformServerless } from './serverless.js';
import type { TemplateResource, UnreadResource } from './template-resource.js';

export interface TemplateParameter {
  readonly Type?: string | undefined;
  readonly Default?: unknown;
  readonly AllowedValues?: readonly unknown[] | undefined;
  /** Its value is a secret. */
  readonly NoEcho?: unknown;
}

/** Where a stack goes, as far as that is known, and where its template is from. */
export interface TemplatePlace {
  readonly stack: string;
  /** Absent in environment-agnostic stacks. */
  readonly account?: string;
  readonly region?: string;
  /** As the audit was asked to read it. */
  readonly file?: string;
  /** Of the file's bytes, in hex. */
  readonly sha256?: string;
  /** Of a stack in a stack: the one around it, and its resource there. */
  readonly within?: { readonly stack: string; readonly logicalId: string };
}

/** One stack: what its template says. */
export interface StackTemplate extends TemplatePlace {
  readonly parameters: Readonly<Record<string, TemplateParameter>>;
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Of the template as a whole. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly unread: readonly UnreadResource[];
}

const record = z.record(z.string(), z.unknown());
const templateSchema = z.object({
  Transform: z.unknown().optional(),
  Globals: record.default({}),
  Parameters: z
    .record(
      z.string(),
      z.object({
        Type: z.string().optional(),
        Default: z.unknown().optional(),
        AllowedValues: z.array(z.unknown()).optional(),
        NoEcho: z.unknown().optional(),
      }),
    )
    .default({}),
  Mappings: z.record(z.string(), z.record(z.string(), record)).default({}),
  Conditions: record.default({}),
  Resources: record.default({}),
  Outputs: record.default({}),
  Metadata: record.default({}),
});

const resourceSchema = z.object({
  Type: z.string(),
  Properties: record.optional(),
  Metadata: record.optional(),
  Condition: z.string().optional(),
});

const SERVERLESS = 'AWS::Serverless-2016-10-31';

/** Transforms whose rules are applied here. */
const READ_TRANSFORMS: ReadonlySet<string> = new Set([SERVERLESS, 'AWS::LanguageExtensions']);

/**
 * A template that is already an object, as the stack that it makes.
 *
 * @param given values of its parameters that take the place of their defaults; what is no text is not known
 * @throws ZodError where it is not one
 */
export function toStackTemplate(
  value: unknown,
  place: TemplatePlace,
  given: Readonly<Record<string, unknown>> = {},
): StackTemplate {
  // Loops are written out whether or not the transform is named: without it they are refused at deployment.
  const { template: expanded, open } = expandLoops(record.parse(value), given);
  const template = templateSchema.parse(withoutNull(expanded));
  const unread: UnreadResource[] = open.map(({ name, reason }) => ({ logicalId: name, type: 'Fn::ForEach', reason }));
  const resources: Record<string, TemplateResource> = {};
  for (const [logicalId, one] of Object.entries(template.Resources)) {
    const parsed = resourceSchema.safeParse(withoutNull(one));
    if (parsed.success) resources[logicalId] = parsed.data;
    else
      unread.push({ logicalId, type: typeOf(one), reason: `it is not a resource: ${z.prettifyError(parsed.error)}` });
  }
  const transforms = transformsOf(template.Transform);
  const serverless = transforms.includes(SERVERLESS)
    ? transformServerless(resources, template.Globals)
    : { resources, unread: [] };
  for (const [logicalId, { Type }] of Object.entries(resources)) {
    const reason = MAKES_MORE.find(({ types }) => types.test(Type))?.reason;
    if (reason !== undefined) unread.push({ logicalId, type: Type, reason });
  }
  for (const name of transforms.filter((one) => !READ_TRANSFORMS.has(one)))
    unread.push({ logicalId: name, type: 'Transform', reason: 'what the macro makes of the template is not known' });
  return {
    ...place,
    parameters: withValues(template.Parameters, given),
    mappings: template.Mappings,
    conditions: template.Conditions,
    resources: serverless.resources,
    outputs: template.Outputs,
    metadata: template.Metadata,
    unread: [...unread, ...serverless.unread],
  };
}

/** Resources that make others, by what the templates do not say. */
const MAKES_MORE = [
  {
    types: /^AWS::CloudFormation::StackSet$/,
    reason: 'the stacks that it makes in other accounts and Regions are not read',
  },
  { types: /^AWS::ServiceCatalog::CloudFormationProvisionedProduct$/, reason: "the product's template is not here" },
  { types: /::MODULE$/, reason: 'what the module is made of is not here' },
] as const;

/** Values that are no text belong to whoever gives them: the stack around this one. */
function withValues(
  parameters: StackTemplate['parameters'],
  given: Readonly<Record<string, unknown>>,
): StackTemplate['parameters'] {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, parameter]) => [
      name,
      typeof given[name] === 'string' ? { ...parameter, Default: given[name] } : parameter,
    ]),
  );
}

/** A section that is empty in YAML is null. */
function withoutNull(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, content]) => content !== null));
}

function typeOf(resource: unknown): string {
  const type: unknown =
    typeof resource === 'object' && resource !== null ? (resource as { Type?: unknown }).Type : undefined;
  return typeof type === 'string' ? type : 'Resource';
}

function transformsOf(transform: unknown): string[] {
  const list: unknown[] = Array.isArray(transform) ? transform : transform === undefined ? [] : [transform];
  return list.map((one) => (typeof one === 'string' ? one : nameOfTransform(one)));
}

function nameOfTransform(transform: unknown): string {
  const name: unknown =
    typeof transform === 'object' && transform !== null && 'Name' in transform ? transform.Name : '';
  return typeof name === 'string' && name !== '' ? name : 'Fn::Transform';
}

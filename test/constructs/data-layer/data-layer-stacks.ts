/** Stacks of the data layer, synthesized; and what tests ask of a template. */
import { App, type Stack } from 'aws-cdk-lib';
import { DataLayerStack, parseDataLayer } from '../../../src/constructs/data-layer/index.js';
import type { DataLayerInput } from '../../../src/config/sections/data-layer.js';

// The CDK's own validation takes longer than everything else; checkers.test.ts lets it run once.
process.env['CDK_VALIDATION'] = 'false';

export const ACCOUNT = '111122223333';
export const REGION = 'us-east-1';
export const ENV = { account: ACCOUNT, region: REGION };

/** A network that is there: the runbook's `$DB_SUB_A`, `$DB_SUB_B`, `$SG_DB` and `$SG_REDIS`. */
export const EXISTING_NETWORK = {
  vpcId: 'vpc-0a1b2c3d4e5f67890',
  subnetIds: ['subnet-0a1b2c3d4e5f6789a', 'subnet-0a1b2c3d4e5f6789b'],
  databaseSecurityGroupIds: ['sg-0a1b2c3d4e5f6789a'],
  redisSecurityGroupIds: ['sg-0a1b2c3d4e5f6789b'],
};

export interface Resource {
  readonly Type: string;
  // A template is checked by what stands in it, so its values are compared and not typed.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly Properties: any;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface SynthesizedTemplate {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
  readonly Metadata?: { readonly Holdfast?: { readonly optOuts: readonly unknown[] } };
}

/** The stack of a config section, not synthesized yet. */
export function stackOf(
  layer: DataLayerInput = {},
  options: { readonly backups?: boolean; readonly outdir?: string } = {},
) {
  const app = new App({ outdir: options.outdir, analyticsReporting: false });
  const stack = new DataLayerStack(app, 'fintech-data-layer', {
    env: ENV,
    layer: parseDataLayer(layer),
    backups: options.backups,
  });
  return { app, stack };
}

export function templateOf(stack: Stack): SynthesizedTemplate {
  const app = stack.node.root as App;
  return app.synth().getStackByName(stack.stackName).template as SynthesizedTemplate;
}

/** The template of a config section, with a network of its own where none is given. */
export function synthesized(
  layer: DataLayerInput = {},
  options: { readonly backups?: boolean } = {},
): SynthesizedTemplate {
  return templateOf(stackOf({ network: { createCidr: '10.80.0.0/22' }, ...layer }, options).stack);
}

/** All resources of a type, in the order of the template. */
export function resourcesOf(template: SynthesizedTemplate, type: string): Resource[] {
  return Object.values(template.Resources).filter((resource) => resource.Type === type);
}

/** The one resource of a type for which a property has a value. */
export function resourceWith(template: SynthesizedTemplate, type: string, property: string, value: unknown): Resource {
  const found = resourcesOf(template, type).filter(
    ({ Properties }) => JSON.stringify((Properties as Record<string, unknown>)[property]) === JSON.stringify(value),
  );
  const [only, ...others] = found;
  if (!only || others.length > 0) {
    throw new Error(`${found.length} resources of type ${type} have ${property} = ${JSON.stringify(value)}.`);
  }
  return only;
}

/** The one resource of a type. */
export function onlyResource(template: SynthesizedTemplate, type: string): Resource {
  const [only, ...others] = resourcesOf(template, type);
  if (!only || others.length > 0)
    throw new Error(`There are ${others.length + (only ? 1 : 0)} resources of type ${type}.`);
  return only;
}

/** The logical id of a resource. */
export function idOf(template: SynthesizedTemplate, resource: Resource): string {
  const found = Object.entries(template.Resources).find(([, each]) => each === resource);
  if (!found) throw new Error('The resource is not in the template.');
  return found[0];
}

/** What a policy statement refers to by `Fn::GetAtt`. */
export function arnOf(template: SynthesizedTemplate, resource: Resource) {
  return { 'Fn::GetAtt': [idOf(template, resource), 'Arn'] };
}

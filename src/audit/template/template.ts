/** CloudFormation templates as files, one for each stack. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { HoldfastError } from '../../core/errors.js';

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>> | undefined;
  readonly Metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly Condition?: string | undefined;
}

export interface TemplateParameter {
  readonly Type?: string | undefined;
  readonly Default?: unknown;
  readonly AllowedValues?: readonly unknown[] | undefined;
}

/** One stack: what its template says, and where it goes as far as that is known. */
export interface StackTemplate {
  readonly stack: string;
  /** Absent in environment-agnostic stacks. */
  readonly account?: string;
  readonly region?: string;
  readonly parameters: Readonly<Record<string, TemplateParameter>>;
  readonly mappings: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly resources: Readonly<Record<string, TemplateResource>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Of the template as a whole. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

const templateSchema = z.object({
  Parameters: z
    .record(
      z.string(),
      z.object({
        Type: z.string().optional(),
        Default: z.unknown().optional(),
        AllowedValues: z.array(z.unknown()).optional(),
      }),
    )
    .default({}),
  Mappings: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))).default({}),
  Conditions: z.record(z.string(), z.unknown()).default({}),
  Resources: z.record(
    z.string(),
    z.object({
      Type: z.string(),
      Properties: z.record(z.string(), z.unknown()).optional(),
      Metadata: z.record(z.string(), z.unknown()).optional(),
      Condition: z.string().optional(),
    }),
  ),
  Outputs: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
});

const manifestSchema = z.object({
  artifacts: z
    .record(
      z.string(),
      z.object({
        type: z.string(),
        environment: z.string().optional(),
        properties: z.object({ templateFile: z.string().optional(), stackName: z.string().optional() }).optional(),
      }),
    )
    .default({}),
});

/**
 * @param location a cloud assembly (`cdk.out`), a directory of `*.template.json` or `*.json` templates, or one file
 * @throws HoldfastError TEMPLATE_INVALID when there is none, or one is not a template in JSON
 */
export function readTemplates(location: string): StackTemplate[] {
  if (!existsSync(location)) throw invalid(location, 'it does not exist');
  if (statSync(location).isFile()) return [readTemplate(location, { stack: stackNameOf(location) })];
  const manifest = path.join(location, 'manifest.json');
  const templates = existsSync(manifest) ? readAssembly(location, manifest) : readDirectory(location);
  if (templates.length === 0) throw invalid(location, 'it holds no template in JSON');
  return templates;
}

/** Nested assemblies (stages) are read too. */
function readAssembly(directory: string, manifest: string): StackTemplate[] {
  const { artifacts } = manifestSchema.parse(readJson(manifest));
  return Object.entries(artifacts).flatMap(([id, artifact]) => {
    if (artifact.type === 'cdk:cloud-assembly') {
      const nested = path.join(directory, `assembly-${id.replace(/^assembly-/, '')}`);
      return existsSync(path.join(nested, 'manifest.json'))
        ? readAssembly(nested, path.join(nested, 'manifest.json'))
        : [];
    }
    const file = artifact.properties?.templateFile;
    if (artifact.type !== 'aws:cloudformation:stack' || file === undefined) return [];
    const stack = artifact.properties?.stackName ?? id;
    return [readTemplate(path.join(directory, file), { stack, ...environmentOf(artifact.environment) })];
  });
}

/** `aws://111122223333/us-east-1`; `unknown-account` and `unknown-region` are what they say. */
function environmentOf(text: string | undefined): { account?: string; region?: string } {
  const match = /^aws:\/\/([^/]+)\/(.+)$/.exec(text ?? '');
  const [, account, region] = match ?? [];
  return {
    ...(account !== undefined && account !== 'unknown-account' && { account }),
    ...(region !== undefined && region !== 'unknown-region' && { region }),
  };
}

function readDirectory(directory: string): StackTemplate[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .filter((name) => isTemplate(readJson(path.join(directory, name))))
    .map((name) => readTemplate(path.join(directory, name), { stack: stackNameOf(name) }));
}

function isTemplate(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'Resources' in value;
}

function readTemplate(file: string, where: { stack: string; account?: string; region?: string }): StackTemplate {
  const parsed = templateSchema.safeParse(readJson(file));
  if (!parsed.success) throw invalid(file, z.prettifyError(parsed.error));
  return parseTemplate(parsed.data, where);
}

/** The same from a template that is already an object; `value` is checked. */
export function toStackTemplate(
  value: unknown,
  where: { stack: string; account?: string; region?: string },
): StackTemplate {
  return parseTemplate(templateSchema.parse(value), where);
}

function parseTemplate(
  template: z.output<typeof templateSchema>,
  where: { stack: string; account?: string; region?: string },
): StackTemplate {
  return {
    ...where,
    parameters: template.Parameters,
    mappings: template.Mappings,
    conditions: template.Conditions,
    resources: template.Resources,
    outputs: template.Outputs,
    metadata: template.Metadata,
  };
}

function stackNameOf(file: string): string {
  return path.basename(file).replace(/(\.template)?\.json$/, '');
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw invalid(file, 'it is not JSON', error);
  }
}

function invalid(file: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('TEMPLATE_INVALID', `Reading the template ${file}: ${reason}.`, { cause });
}

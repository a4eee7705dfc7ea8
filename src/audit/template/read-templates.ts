/** Templates in files: one, a directory of them, or a cloud assembly; with the stacks inside of their stacks. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { HoldfastError, messageOf } from '../../core/errors.js';
import { parseTemplateText } from './parse-template.js';
import { type StackTemplate, type TemplatePlace, toStackTemplate } from './template.js';
import type { UnreadResource } from './template-resource.js';

const manifestSchema = z.object({
  artifacts: z
    .record(
      z.string(),
      z.object({
        type: z.string(),
        environment: z.string().optional(),
        properties: z
          .object({
            templateFile: z.string().optional(),
            stackName: z.string().optional(),
            directoryName: z.string().optional(),
          })
          .optional(),
      }),
    )
    .default({}),
});

/** Values of parameters that take the place of their defaults, in every stack that has one of the name. */
type Given = Readonly<Record<string, string>>;

/**
 * @param location a cloud assembly (`cdk.out`), a directory of templates and what lies in its folders, or one file
 * @throws HoldfastError TEMPLATE_INVALID when there is none, or what was named is not a template
 */
export function readTemplates(location: string, given: Given = {}): StackTemplate[] {
  if (!existsSync(location)) throw invalid(location, 'it does not exist');
  if (statSync(location).isFile()) {
    const place = { stack: stackNameOf(location), file: path.basename(location) };
    return withNested([readTemplate(location, place, given)], { directory: path.dirname(location), given });
  }
  const assembly = assemblyIn(location);
  const templates = assembly ? readAssembly(location, location, assembly, given) : readDirectory(location, given);
  if (templates.length === 0) throw invalid(location, 'it holds no template');
  return templates;
}

type Assembly = z.infer<typeof manifestSchema>;

/** A manifest without artifacts is that of something else. */
function assemblyIn(directory: string): Assembly | undefined {
  const manifest = path.join(directory, 'manifest.json');
  const value = existsSync(manifest) ? readValue(manifest) : undefined;
  if (typeof value !== 'object' || value === null || !('artifacts' in value)) return undefined;
  const parsed = manifestSchema.safeParse(value);
  if (!parsed.success) throw invalid(manifest, z.prettifyError(parsed.error));
  return parsed.data;
}

/** Nested assemblies (stages) are read too. */
function readAssembly(root: string, directory: string, { artifacts }: Assembly, given: Given): StackTemplate[] {
  return Object.entries(artifacts).flatMap(([id, { type, environment, properties = {} }]) => {
    if (type === 'cdk:cloud-assembly') {
      const nested = path.join(directory, properties.directoryName ?? `assembly-${id.replace(/^assembly-/, '')}`);
      const assembly = assemblyIn(nested);
      if (!assembly) throw invalid(nested, 'it is not a cloud assembly');
      return readAssembly(root, nested, assembly, given);
    }
    if (type !== 'aws:cloudformation:stack' || properties.templateFile === undefined) return [];
    const file = path.join(directory, properties.templateFile);
    const stack = properties.stackName ?? id;
    const place = { stack, file: path.relative(root, file), ...environmentOf(environment) };
    return withNested([readTemplate(file, place, given)], { directory, root, given });
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

const TEMPLATE_FILE = /\.(?:json|ya?ml|template)$/i;

/** Folders in which others keep what they need. */
const NOT_ENTERED: ReadonlySet<string> = new Set(['node_modules', '.git', '.aws-sam']);

/** What lies in its folders is read too; files that are no templates are passed over. */
function readDirectory(root: string, given: Given): StackTemplate[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => TEMPLATE_FILE.test(name) && !name.split(path.sep).some((part) => NOT_ENTERED.has(part)))
    .filter((name) => statSync(path.join(root, name)).isFile())
    .sort();
  const found = files.flatMap((name): { file: string; value: unknown; sha256: string; problem?: string }[] => {
    const file = path.join(root, name);
    const text = readFileSync(file, 'utf8');
    const sha256 = hashOf(text);
    try {
      const value = parseTemplateText(text);
      return isTemplate(value) ? [{ file, value, sha256 }] : [];
    } catch (error) {
      return looksLikeTemplate(text) ? [{ file, value: {}, sha256, problem: messageOf(error) }] : [];
    }
  });
  const names = stackNames(found.map(({ file }) => path.relative(root, file)));
  const templates = found.map(({ file, value, sha256, problem }) => {
    const relative = path.relative(root, file);
    const stack = names.get(relative) ?? relative;
    const where = { stack, file: relative, sha256 };
    return problem === undefined ? checkedTemplate(value, where, given) : unreadable(where, problem);
  });
  return withNested(templates, { directory: root, given });
}

/** A file that was named with its folder is in the report, whatever is wrong with it. */
function unreadable(place: TemplatePlace, problem: string): StackTemplate {
  const whole: UnreadResource = { logicalId: 'Template', type: 'Template', reason: `it cannot be read: ${problem}` };
  return { ...toStackTemplate({}, place), unread: [whole] };
}

function checkedTemplate(
  value: unknown,
  place: TemplatePlace,
  given: Readonly<Record<string, unknown>>,
): StackTemplate {
  try {
    return toStackTemplate(value, place, given);
  } catch (error) {
    return unreadable(place, error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error));
  }
}

/** By their files; with the folder where two would have the same name. */
function stackNames(files: readonly string[]): ReadonlyMap<string, string> {
  const short = files.map(stackNameOf);
  return new Map(
    files.map((file, index) => {
      const name = short[index] ?? file;
      const alone = short.filter((one) => one === name).length === 1;
      return [file, alone ? name : file.replace(EXTENSION, '').replaceAll(path.sep, '.')];
    }),
  );
}

function isTemplate(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    ('AWSTemplateFormatVersion' in value || ('Resources' in value && typeof value.Resources === 'object'))
  );
}

function looksLikeTemplate(text: string): boolean {
  return /AWSTemplateFormatVersion|^Resources:|"Resources"\s*:/m.test(text);
}

/** Where templates lie: what the CDK names is in the directory, and names of files begin at the root. */
export interface Folder {
  readonly directory: string;
  /** @default the directory */
  readonly root?: string;
  readonly given?: Given;
}

/** The stacks that are made by stacks, from the files that they name, each under the one that makes it. */
export function withNested(templates: readonly StackTemplate[], folder: Folder): StackTemplate[] {
  const nested = new Map<string, StackTemplate[]>();
  const made = new Set<string>();
  for (const template of templates) {
    const inside = nestedIn(template, folder);
    nested.set(template.stack, inside);
    for (const { file } of inside) if (file !== undefined) made.add(file);
  }
  return templates
    .filter(({ file }) => file === undefined || !made.has(file))
    .flatMap((template) => [
      withUnread(template, nested.get(template.stack) ?? []),
      ...(nested.get(template.stack) ?? []),
    ]);
}

const NESTED = 'AWS::CloudFormation::Stack';
/** A stack that would contain itself is refused at deployment. */
const DEEPEST = 10;

function nestedIn(template: StackTemplate, folder: Folder, depth = 0): StackTemplate[] {
  const { directory, root = directory, given = {} } = folder;
  if (depth === DEEPEST) return [];
  return Object.entries(template.resources).flatMap(([logicalId, resource]) => {
    if (resource.Type !== NESTED) return [];
    const file = nestedFile(resource, path.join(root, path.dirname(template.file ?? '')), directory);
    if (file === undefined) return [];
    const { account, region } = template;
    const { Parameters: passed } = resource.Properties ?? {};
    const { value, sha256 } = valueOrNothing(file);
    const inside = checkedTemplate(
      value,
      {
        stack: `${template.stack}.${logicalId}`,
        ...(account !== undefined && { account }),
        ...(region !== undefined && { region }),
        file: path.relative(root, file),
        ...(sha256 !== undefined && { sha256 }),
        within: { stack: template.stack, logicalId },
      },
      { ...given, ...(typeof passed === 'object' ? passed : undefined) },
    );
    const deeper = nestedIn(inside, folder, depth + 1);
    return [withUnread(inside, deeper), ...deeper];
  });
}

function withUnread(template: StackTemplate, inside: readonly StackTemplate[]): StackTemplate {
  const found = new Set(
    inside.filter(({ within }) => within?.stack === template.stack).map(({ within }) => within?.logicalId),
  );
  const unread = Object.entries(template.resources)
    .filter(([logicalId, { Type }]) => Type === NESTED && !found.has(logicalId))
    .map(([logicalId, { Type }]) => ({ logicalId, type: Type, reason: 'its template is not among the files' }));
  return { ...template, unread: [...template.unread, ...unread] };
}

/** What the CDK has written beside it says where it is; else the URL, where it is a path or that of an asset. */
function nestedFile(
  resource: StackTemplate['resources'][string],
  beside: string,
  directory: string,
): string | undefined {
  const asset = resource.Metadata?.['aws:asset:path'];
  const url = resource.Properties?.TemplateURL;
  const ofUrl = typeof url === 'string' && !url.includes('://') ? url : assetOf(url, directory);
  const name = typeof asset === 'string' ? asset : ofUrl;
  if (name === undefined) return undefined;
  return [path.resolve(beside, name), path.resolve(directory, name)].find(
    (file) => existsSync(file) && statSync(file).isFile(),
  );
}

const assetsSchema = z.object({
  files: z.record(z.string(), z.object({ source: z.object({ path: z.string().optional() }) })),
});

/** The CDK names the files of an assembly by their hashes, and says beside the templates which file has which. */
function assetOf(url: unknown, directory: string): string | undefined {
  const hash = /[0-9a-f]{64}/.exec(JSON.stringify(url) ?? '')?.[0];
  if (hash === undefined) return undefined;
  for (const name of readdirSync(directory).filter((one) => one.endsWith('.assets.json'))) {
    const { data } = assetsSchema.safeParse(valueOrNothing(path.join(directory, name)).value);
    const source = data?.files[hash]?.source.path;
    if (source !== undefined) return source;
  }
  return undefined;
}

/** What is no object is reported as a template that cannot be read. */
function valueOrNothing(file: string): { readonly value?: unknown; readonly sha256?: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return {};
  }
  const sha256 = hashOf(text);
  try {
    return { value: parseTemplateText(text), sha256 };
  } catch {
    return { sha256 };
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function readTemplate(file: string, place: TemplatePlace, given: Given): StackTemplate {
  const { value, sha256 } = readHashed(file);
  try {
    return toStackTemplate(value, { ...place, sha256 }, given);
  } catch (error) {
    throw invalid(file, error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error), error);
  }
}

const EXTENSION = /(?:\.template)?\.(?:json|ya?ml|template)$/i;

function stackNameOf(file: string): string {
  return path.basename(file).replace(EXTENSION, '');
}

function readValue(file: string): unknown {
  return readHashed(file).value;
}

function readHashed(file: string): { readonly value: unknown; readonly sha256: string } {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw invalid(file, `it cannot be read: ${messageOf(error)}`, error);
  }
  try {
    return { value: parseTemplateText(text), sha256: hashOf(text) };
  } catch (error) {
    throw invalid(file, 'it is neither JSON nor YAML', error);
  }
}

function invalid(file: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('TEMPLATE_INVALID', `Reading the template ${file}: ${reason}.`, { cause });
}

/** The option list of docs/reference/configuration.md, generated from the JSON schema. */
import { configJsonSchema } from './json-schema.js';

interface Option {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly properties?: Readonly<Record<string, Option>>;
  readonly additionalProperties?: Option | boolean;
  readonly items?: Option;
  readonly anyOf?: readonly Option[];
}

const BEGIN = '<!-- Generated from src/config/schema.ts: do not edit from here -->';
const END = '<!-- to here. -->';

/** Every option with its type, default, examples and purpose, as Markdown: one section per group. */
export function configReference(): string {
  const root = configJsonSchema() as Option;
  const { properties = {} } = root;
  const group = (name: string) => properties[name] ?? {};
  const database = group('databases').items?.properties ?? {};
  const shared = group('defaults').properties ?? {};
  const own = Object.fromEntries(Object.entries(database).filter(([key]) => !(key in shared)));
  return [
    section('Top level', 'They apply to the whole file, and to each environment unless it says otherwise.', properties),
    section('`postgres`', group('postgres').description, group('postgres').properties),
    section('`databases[]`', 'One entry per database. Besides these, an entry takes every option of `defaults`.', own),
    section('`databases[].discover`', database['discover']?.description, branchWithOptions(database['discover'])),
    section(
      '`defaults`, `databases[]`',
      'Under `defaults` they apply to every database, in an entry to that one.',
      shared,
    ),
    ...['objectives', 'retention', 'volume', 'backupAccount', 'sourceAccount', 'dataLayer'].flatMap((name) =>
      sectionsOf(`\`${name}\``, group(name)),
    ),
  ].join('\n');
}

/**
 * A page with its generated part brought up to date.
 *
 * @param page the text of docs/reference/configuration.md
 */
export function withConfigReference(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The lines "${BEGIN}" and "${END}" are missing from the page.`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${configReference()}\n${page.slice(end)}`;
}

/** A group and the groups in it. */
function sectionsOf(title: string, group: Option): string[] {
  const inner = Object.entries(group.properties ?? {}).flatMap(([key, option]) => {
    if (option.items?.properties) return sectionsOf(title.replace(/`$/, `.${key}[]\``), option.items);
    return option.properties ? sectionsOf(title.replace(/`$/, `.${key}\``), option) : [];
  });
  return [section(title, group.description, group.properties), ...inner];
}

function section(title: string, purpose: string | undefined, options: Option['properties'] = {}): string {
  const items = Object.entries(options).map(([key, option]) => describeOption(key, option));
  return [`### ${title}`, '', ...(purpose === undefined ? [] : [purpose, '']), ...items, ''].join('\n');
}

function describeOption(key: string, option: Option): string {
  const facts = [describeType(option)];
  if (option.default !== undefined) facts.push(`default ${code(option.default)}`);
  const examples = (option.examples ?? []).map(code).join(', ');
  return `- \`${key}\` (${facts.join(', ')}): ${option.description ?? ''}${examples ? ` Example: ${examples}.` : ''}`;
}

function describeType(option: Option): string {
  if (option.enum) return option.enum.map(code).join(' or ');
  if (option.anyOf) return option.anyOf.map(describeType).join(' or ');
  if (option.type === 'array') return `list of ${option.items?.type === 'object' ? 'groups' : 'strings'}`;
  if (option.type === 'object') return typeof option.additionalProperties === 'object' ? 'groups by name' : 'group';
  if (option.type === 'integer') return `whole number, ${option.minimum} to ${option.maximum}`;
  if (option.type === 'number') return `number, ${option.minimum} to ${option.maximum}`;
  return option.type ?? '';
}

function branchWithOptions(option: Option | undefined): Option['properties'] {
  return option?.anyOf?.find((branch) => branch.properties)?.properties;
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

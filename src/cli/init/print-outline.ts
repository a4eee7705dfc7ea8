/** Writes an outline as TypeScript or as YAML, comments included. */
import { isGroup, type Outline, type OutlineGroup, type OutlineOption } from './config-outline.js';

/** Of comments, in columns. */
const WIDTH = 110;

/** A module that exports the config. @param introduction lines above it */
export function printTypeScript(outline: OutlineGroup, introduction: readonly string[]): string {
  return [
    "import { defineConfig } from 'holdfast';",
    '',
    ...introduction.map((line) => `// ${line}`),
    `export default defineConfig(${literal(outline).join('\n')});`,
    '',
  ].join('\n');
}

export function printYaml(outline: OutlineGroup, introduction: readonly string[]): string {
  return [...introduction.map((line) => `# ${line}`), '', ...yamlGroup(outline), ''].join('\n');
}

function literal(value: Outline): string[] {
  if (isGroup(value)) {
    return ['{', ...indented(value.options.flatMap((option) => withComment('//', option, property(option)))), '}'];
  }
  if (Array.isArray(value)) {
    const items = value as readonly Outline[];
    if (!items.some((item) => typeof item === 'object')) return [`[${items.map(scalar).join(', ')}]`];
    return ['[', ...indented(items.flatMap((item) => withLast(literal(item), ','))), ']'];
  }
  return [scalar(value)];
}

function property({ key, value }: OutlineOption): string[] {
  const [first = '', ...rest] = withLast(literal(value), ',');
  return [`${/^[A-Za-z_$][\w$]*$/.test(key) ? key : scalar(key)}: ${first}`, ...rest];
}

function scalar(value: Outline): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const inner = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner}'`;
}

function yamlGroup({ options }: OutlineGroup): string[] {
  return options.flatMap((option) => withComment('#', option, yamlOption(option)));
}

function yamlOption({ key, value }: OutlineOption): string[] {
  const name = yamlKey(key);
  if (isGroup(value)) return value.options.length === 0 ? [`${name}: {}`] : [`${name}:`, ...indented(yamlGroup(value))];
  if (Array.isArray(value)) return yamlList(name, value as readonly Outline[]);
  return [`${name}: ${yamlScalar(value)}`];
}

function yamlList(name: string, items: readonly Outline[]): string[] {
  if (!items.some((item) => typeof item === 'object')) return [`${name}: [${items.map(yamlScalar).join(', ')}]`];
  return [`${name}:`, ...items.flatMap((item) => indented(yamlItem(item)))];
}

/**
 * The hyphen stands before the first option that is set; its comment goes above. What is commented out follows: with the
 * comment mark taken away it is an option of the item, wherever it stands.
 */
function yamlItem(item: Outline): string[] {
  if (!isGroup(item)) return [`- ${yamlScalar(item)}`];
  const first = item.options.find(({ disabled }) => !disabled);
  if (!first) return ['-', ...indented(yamlGroup(item))];
  const [line = '', ...more] = yamlOption(first);
  const others = item.options.filter((option) => option !== first);
  return [...comment('#', first), `- ${line}`, ...indented([...more, ...yamlGroup({ options: others })])];
}

/** JSON's form of a string is YAML too. Keys are plain where they can be. */
function yamlScalar(value: Outline): string {
  return JSON.stringify(value);
}

function yamlKey(key: string): string {
  return /^[A-Za-z][\w-]*$/.test(key) && !/^(true|false|yes|no|on|off|y|n|null)$/i.test(key) ? key : yamlScalar(key);
}

/** Prose has a space after the mark; an option that may be taken has none. */
function withComment(mark: string, option: OutlineOption, lines: readonly string[]): string[] {
  return [...comment(mark, option), ...(option.disabled ? lines.map((line) => mark + line) : lines)];
}

function comment(mark: string, { comment: text }: OutlineOption): string[] {
  return text === undefined ? [] : wrap(text).map((line) => `${mark} ${line}`);
}

function withLast(lines: readonly string[], end: string): string[] {
  return lines.map((line, index) => (index === lines.length - 1 ? line + end : line));
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => (line === '' ? line : `  ${line}`));
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > WIDTH) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

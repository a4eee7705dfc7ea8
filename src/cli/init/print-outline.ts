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
  const name = yamlScalar(key);
  if (isGroup(value)) return value.options.length === 0 ? [`${name}: {}`] : [`${name}:`, ...indented(yamlGroup(value))];
  if (Array.isArray(value)) return yamlList(name, value as readonly Outline[]);
  return [`${name}: ${yamlScalar(value)}`];
}

function yamlList(name: string, items: readonly Outline[]): string[] {
  if (!items.some((item) => typeof item === 'object')) return [`${name}: [${items.map(yamlScalar).join(', ')}]`];
  return [`${name}:`, ...items.flatMap((item) => indented(yamlItem(item)))];
}

/** The hyphen takes a line of its own, since a comment may stand before the first option. */
function yamlItem(item: Outline): string[] {
  return isGroup(item) ? ['-', ...indented(yamlGroup(item))] : [`- ${yamlScalar(item)}`];
}

/** JSON's form of a string is YAML too; names and paths read better without the quotes. */
function yamlScalar(value: Outline): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const plain = /^[A-Za-z][\w./:@-]*\w$/.test(value) && !/^(true|false|yes|no|on|off|null)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}

/** Prose has a space after the mark; an option that may be taken has none. */
function withComment(mark: string, { comment, disabled }: OutlineOption, lines: readonly string[]): string[] {
  const words = comment === undefined ? [] : wrap(comment).map((line) => `${mark} ${line}`);
  return [...words, ...(disabled ? lines.map((line) => mark + line) : lines)];
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

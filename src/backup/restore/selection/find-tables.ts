/** Which tables of a backup are meant, and what is said of names that it does not hold. */
import { HoldfastError } from '../../../core/errors.js';
import { nearest, nearestFirst } from '../../../core/nearest.js';
import type { ParsedGlobals } from '../../../postgres/parsed-globals.js';
import { RELATION_TYPES, type OutlineEntry } from './outline-entry.js';
import { formatName, formatObjectName, keyOf, type ObjectName, type Selection } from './selection.js';

/** What a bare name is looked for in, where the database has no search path of its own. */
const DEFAULT_PATH = ['public'];

/**
 * The search path that the backup's database gives its sessions. `$user` stands for a schema that depends on who asks, and is
 * passed over.
 */
export function searchPathOf({ database }: Pick<ParsedGlobals, 'database'>): readonly string[] {
  const set = database.find(({ text, setting }) => setting === 'search_path' && text.startsWith('ALTER DATABASE '));
  const list = / SET search_path TO (.*);$/s.exec(set?.text ?? '')?.[1];
  if (list === undefined) return DEFAULT_PATH;
  const names = [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, name = '']) => name.replaceAll("''", "'"));
  return names.filter((name) => name !== '$user');
}

/**
 * The tables by their full names: one without a schema is the first that the search path comes upon.
 *
 * @param path the schemas that a bare name is looked for in, in this order
 * @throws HoldfastError UNKNOWN_TABLE naming what exists instead; also for a schema that the backup does not hold
 */
export function findTables(
  outline: readonly OutlineEntry[],
  { tables, schemas }: Pick<Selection, 'tables' | 'schemas'>,
  path: readonly string[],
): { readonly tables: readonly ObjectName[]; readonly notes: readonly string[] } {
  const relations = outline
    // The sequence of an identity column cannot be created on its own.
    .filter(({ header, subject }) => RELATION_TYPES.has(header.type) && subject === undefined)
    .flatMap(({ defines }) => defines.slice(0, 1));
  const found = new Set(relations.map(keyOf));
  const notes: string[] = [];
  const full = tables.map(({ schema, name }): ObjectName => {
    if (schema !== undefined) {
      if (found.has(keyOf({ schema, name }))) return { schema, name };
      throw unknownTable({ schema, name }, relations);
    }
    const namesakes = relations.filter((relation) => relation.name === name);
    const own = path.flatMap((schema) => namesakes.filter((relation) => relation.schema === schema)).at(0);
    if (own === undefined) throw notInPath(name, namesakes, relations, path);
    const others = namesakes.filter((relation) => relation !== own).map(formatObjectName);
    const beside = others.length === 0 ? '' : ` The backup also holds ${listed(others)}.`;
    notes.push(`The table ${formatName(name)} is ${formatObjectName(own)}, by the backup's search path.${beside}`);
    return own;
  });
  requireSchemas(outline, schemas);
  return { tables: full, notes };
}

function requireSchemas(outline: readonly OutlineEntry[], schemas: readonly string[]): void {
  const known = new Set(
    outline.flatMap(({ header }) => (header.type === 'SCHEMA' ? header.name : header.schema) ?? []),
  );
  for (const schema of schemas) {
    if (known.has(schema)) continue;
    const names = [...known].map(formatName);
    throw unknown(`schema ${formatName(schema)}`, formatName(schema), names, nearest(formatName(schema), names));
  }
}

function unknownTable(table: ObjectName, relations: readonly ObjectName[]): HoldfastError {
  const elsewhere = relations.find(({ name }) => name === table.name);
  const shown = formatObjectName(table);
  const names = relations.map(formatObjectName);
  const meant = elsewhere ? formatObjectName(elsewhere) : nearest(shown, names);
  return unknown(`table ${shown}`, shown, names, meant);
}

/** A name without a schema, and no schema of the search path has it. */
function notInPath(
  name: string,
  namesakes: readonly ObjectName[],
  relations: readonly ObjectName[],
  path: readonly string[],
): HoldfastError {
  const where = `table ${formatName(name)} in its search path (${path.map(formatName).join(', ')})`;
  if (namesakes.length > 0) {
    const names = listed(namesakes.map(formatObjectName));
    return new HoldfastError('UNKNOWN_TABLE', `The backup holds no ${where}; it has ${names}.`, {
      hint: `Name it with its schema: --table ${namesakes.map(formatObjectName)[0]}`,
    });
  }
  const near = nearest(
    name,
    relations.map((relation) => relation.name),
  );
  const meant = relations.find((relation) => relation.name === near);
  const byName = nearestFirst(
    name,
    relations.map((relation) => relation.name),
  );
  const ordered = byName.flatMap((other) => relations.filter((relation) => relation.name === other));
  return unknownAmong(where, ordered.map(formatObjectName), meant && formatObjectName(meant));
}

function unknown(what: string, name: string, others: readonly string[], meant: string | undefined): HoldfastError {
  return unknownAmong(what, nearestFirst(name, others), meant);
}

function unknownAmong(what: string, others: readonly string[], meant: string | undefined): HoldfastError {
  const question = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return new HoldfastError('UNKNOWN_TABLE', `The backup holds no ${what}; it has ${listed(others)}.${question}`);
}

const SHOWN_NAMES = 8;

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > SHOWN_NAMES ? ` and ${names.length - SHOWN_NAMES} more` : '';
  return `${names.slice(0, SHOWN_NAMES).join(', ')}${more}`;
}

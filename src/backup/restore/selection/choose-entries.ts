/** Which entries of a dump belong to a selection: the chosen objects, and what comes with them. */
import { isData, isLargeObject, RELATION_TYPES, type OutlineEntry } from './outline-entry.js';
import { choosesAll, keyOf, type ObjectName, type Selection } from './selection.js';

export interface Choice {
  /** In the dump's order. */
  readonly entries: readonly OutlineEntry[];
  /** Keys of the objects that the chosen entries make or are about, whatever part of them is restored. */
  readonly objects: ReadonlySet<string>;
  /** Keys of all objects that the dump makes. */
  readonly known: ReadonlySet<string>;
  /** Finds the table that a header's tag means: a line break in a name becomes a space there. */
  readonly resolve: (name: ObjectName) => ObjectName;
}

/** A selection whose tables are known by their full names. */
export type FoundSelection = Selection & { readonly tables: readonly ObjectName[] };

/** Never chosen: they tie the copy to something outside it that was not asked for. */
const NEVER: ReadonlySet<string> = new Set(['PUBLICATION TABLE', 'PUBLICATION TABLES IN SCHEMA']);

/**
 * A table comes with its sequences, defaults, constraints, indexes, triggers, rules, policies, statistics, comments,
 * grants and rows, and with its partitions. A schema comes with everything in it.
 */
export function chooseEntries(outline: readonly OutlineEntry[], selection: FoundSelection): Choice {
  const { known, resolve } = knownObjects(outline);
  const all = choosesAll(selection);
  const schemas = new Set(selection.schemas);
  const objects = new Set(selection.tables.map(keyOf));
  const chosen = new Set<OutlineEntry>();
  const isMember = (entry: OutlineEntry) => {
    if (NEVER.has(entry.header.type)) return all;
    if (all) return true;
    const { schema, type } = entry.header;
    if (schema !== null && schemas.has(schema) && type !== 'DEFAULT ACL') return true;
    if (isLargeObject(type)) return false;
    const { subject, defines } = entry;
    return (
      (subject !== undefined && schema !== null && objects.has(keyOf(resolve(subject)))) ||
      (schema !== null && defines.some((name) => objects.has(keyOf(name))))
    );
  };
  // A partition brings its indexes, an index its comment: repeat until nothing more is added.
  for (let before = -1; before !== chosen.size + objects.size;) {
    before = chosen.size + objects.size;
    for (const entry of outline) {
      for (const name of broughtBy(entry, objects)) objects.add(keyOf(name));
      if (chosen.has(entry) || !isMember(entry)) continue;
      chosen.add(entry);
      for (const name of entry.defines) objects.add(keyOf(name));
    }
  }
  const entries = outline.filter((entry) => chosen.has(entry) && isOfPart(entry, selection, all));
  return { entries, objects, known, resolve };
}

/** Partitions come with what they are partitions of, owned sequences with their table. */
function broughtBy(entry: OutlineEntry, objects: ReadonlySet<string>): ObjectName[] {
  const [first, second] = entry.names;
  if (!first || !second) return [];
  if (entry.header.type === 'TABLE ATTACH') return objects.has(keyOf(first)) ? [second] : [];
  if (entry.header.type === 'SEQUENCE OWNED BY') return objects.has(keyOf(second)) ? [first] : [];
  return [];
}

function isOfPart(entry: OutlineEntry, { part }: Selection, all: boolean): boolean {
  const { type, name } = entry.header;
  if (part === 'all') return true;
  // The grants and comments of large objects go with their content.
  const ofLargeObject =
    all && (isLargeObject(type) || (entry.header.schema === null && /^LARGE OBJECTS? \d/.test(name)));
  return (isData(entry.header) || ofLargeObject) === (part === 'data');
}

function knownObjects(outline: readonly OutlineEntry[]): Pick<Choice, 'known' | 'resolve'> {
  const known = new Set<string>();
  const byTag = new Map<string, ObjectName>();
  for (const { header, defines } of outline) {
    for (const name of defines) known.add(keyOf(name));
    const [name] = defines;
    if (!name || !RELATION_TYPES.has(header.type)) continue;
    byTag.set(keyOf({ schema: header.schema ?? name.schema, name: header.name }), name);
  }
  return { known, resolve: (name) => (known.has(keyOf(name)) ? name : (byTag.get(keyOf(name)) ?? name)) };
}

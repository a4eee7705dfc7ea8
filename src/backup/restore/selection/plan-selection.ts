/** Decides what a selective restore will do, before anything is changed. */
import type pg from 'pg';
import { HoldfastError } from '../../../core/errors.js';
import { quoted } from '../../../core/quoted.js';
import type { Entry } from '../../../dump/entry.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { StoredBackup } from '../../stored/stored-backup.js';
import { chooseEntries, type Choice } from './choose-entries.js';
import { requireNoCollision } from './collisions.js';
import { loadsOf, planData } from './data-target.js';
import { describe, resolveNeeds, type ResolvedNeeds } from './needs.js';
import type { OutlineEntry } from './outline-entry.js';
import { renameInto, requireUnambiguous, staleMentions, STAYS, type Renamer } from './rename.js';
import { choosesAll, formatObjectName, keyOf, type ObjectName, type Selection } from './selection.js';
import { EMPTY_TARGET, readTargetObjects, type TargetObjects } from './target-objects.js';

/** One object's part of what is restored. */
export interface SelectedEntry {
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
}

export interface SelectionPlan {
  readonly choice: Choice;
  readonly entries: readonly OutlineEntry[];
  /** By the ordinal of their headers. */
  readonly ordinals: ReadonlySet<number>;
  readonly renamer: Renamer;
  /** The table that rows are copied into, where it is not the one that the dump names. */
  readonly copyInto: ReadonlyMap<number, ObjectName>;
  /** Statements in the same transaction, before the first entry and after the last. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The tables in the target that rows alone go into. */
  readonly loaded: readonly ObjectName[];
  /** Where it goes: entries as they will be called. */
  readonly restored: readonly SelectedEntry[];
  readonly leftOut: readonly (SelectedEntry & { readonly reason: string })[];
  /** `schema.name` of what the target has and the choice refers to. */
  readonly fromTarget: readonly string[];
  readonly roles: readonly string[];
  readonly rows: number;
  readonly tables: number;
  readonly notes: readonly string[];
}

export interface PlanOptions {
  readonly selection: Selection;
  /** Connected to the target; absent where the target database is yet to be created. */
  readonly client: pg.Client | undefined;
  readonly describeTarget: string;
  /** How the target writes a name in SQL: quoted only where it must be. */
  readonly quote: (name: string) => Promise<string>;
  readonly owners: boolean;
  /** Whether code of others in the target may run. */
  readonly trustTarget: boolean;
}

/**
 * @throws HoldfastError UNKNOWN_TABLE, TARGET_LACKS, TARGET_COLLISION, TARGET_UNSAFE; USAGE for a schema that the
 *   dump's encoding cannot write
 */
export async function planSelection(
  stored: StoredBackup,
  outline: readonly OutlineEntry[],
  options: PlanOptions,
): Promise<SelectionPlan> {
  const { selection, describeTarget } = options;
  const { manifest } = stored;
  const choice = chooseEntries(outline, selection);
  const renamer = await makeRenamer(choice, stored, options);
  const target = await inspectTarget(choice, renamer, options);
  const schemas = schemaEntries(outline, { choice, renamer, target, selection });
  const chosen = selection.part === 'data' ? choice.entries : [...schemas.entries, ...choice.entries];
  const extensionSchemas = new Set(manifest.extensions.map(({ schema }) => schema));
  const needs: ResolvedNeeds =
    selection.part === 'data' || choosesAll(selection)
      ? { entries: chosen, leftOut: [], fromTarget: [] }
      : resolveNeeds(chosen, { choice, target, extensionSchemas, moves: renamer !== STAYS, describeTarget });
  let entries = [...needs.entries].sort((a, b) => a.ordinal - b.ordinal);
  const leftOut = [...needs.leftOut];
  if (renamer !== STAYS) requireUnambiguous(entries, choice);
  if (selection.part !== 'data') requireNoCollision(entries, { target, renamer, describeTarget });
  const copyInto = retargetCopies(entries, choice);
  const notes = [...schemas.notes, ...(renamer === STAYS ? [] : staleMentions(entries, choice))];
  let loaded: readonly ObjectName[] = [];
  let data = { before: [] as readonly string[], after: [] as readonly string[], notes: [] as readonly string[] };
  if (selection.part === 'data') {
    const withoutPlace = statesWithoutPlace(entries, { target, choice, renamer, selection });
    leftOut.push(...withoutPlace);
    const gone = new Set(withoutPlace.map(({ entry }) => entry));
    entries = entries.filter((entry) => !gone.has(entry));
    if (!options.client) {
      throw new HoldfastError('USAGE', 'Rows alone cannot go into a database that does not exist yet.', {
        hint: 'Leave out --create, or --data-only.',
      });
    }
    const loads = loadsOf(entries.flatMap((entry) => loadOf(entry, { choice, renamer, copyInto })));
    loaded = loads.map(({ table }) => table);
    data = await planData(options.client, loads, {
      append: selection.append,
      trustTarget: options.trustTarget,
      describeTarget,
    });
  }
  const rows = entries.flatMap(({ entry }) => (entry.kind === 'table-data' ? [entry] : []));
  const owners = (entry: OutlineEntry) => entry.roles.filter((role) => options.owners || role !== entry.header.owner);
  return {
    choice,
    entries,
    ordinals: new Set(entries.map(({ ordinal }) => ordinal)),
    renamer,
    copyInto,
    before: [...schemas.before, ...data.before],
    after: data.after,
    loaded,
    restored: entries.map(({ header, entry }) => ({ type: entry.type, ...placed(renamer, header, entry) })),
    leftOut: leftOut.map(({ entry, reason }) => ({
      type: entry.header.type,
      schema: entry.header.schema,
      name: entry.header.name,
      reason,
    })),
    fromTarget: needs.fromTarget.map(formatObjectName),
    roles: selection.part === 'data' ? [] : [...new Set(entries.flatMap(owners))].sort(),
    rows: rows.reduce((sum, entry) => sum + entry.rows, 0),
    tables: rows.length,
    notes: [...notes, ...leftOut.map(({ entry, reason }) => `Left out: ${describe(entry)}: ${reason}.`), ...data.notes],
  };
}

function placed(renamer: Renamer, header: OutlineEntry['header'], entry: Entry) {
  if (entry.kind === 'large-object') return { schema: null, name: entry.name };
  const { schema, name } = renamer.header(header);
  return { schema, name };
}

async function makeRenamer(choice: Choice, { manifest }: StoredBackup, options: PlanOptions): Promise<Renamer> {
  const { intoSchema, schemas } = options.selection;
  if (intoSchema === undefined) return STAYS;
  const isAscii = /^[\x20-\x7e]+$/.test(intoSchema);
  if (!isAscii && manifest.encoding !== 'UTF8') {
    throw new HoldfastError(
      'USAGE',
      `The schema ${quoted(intoSchema)} cannot be written into a dump in the encoding ${manifest.encoding}.`,
      { hint: 'Use only ASCII characters in --into-schema, and rename the schema afterwards.' },
    );
  }
  // As pg_dump will write it for the copy, so that both compare equal.
  const always = manifest.session.quote_all_identifiers === 'on';
  const sqlName = always ? quoteIdentifier(intoSchema) : await options.quote(intoSchema);
  return renameInto(intoSchema, Buffer.from(sqlName).toString('latin1'), choice, new Set(schemas));
}

async function inspectTarget(choice: Choice, renamer: Renamer, { client }: PlanOptions): Promise<TargetObjects> {
  if (!client) return EMPTY_TARGET;
  const names = new Map<string, ObjectName>();
  for (const entry of choice.entries) {
    for (const name of [...entry.names, ...entry.defines, ...(entry.subject ? [choice.resolve(entry.subject)] : [])]) {
      for (const candidate of [name, renamer.name(name)]) names.set(keyOf(candidate), candidate);
    }
  }
  return readTargetObjects(client, [...names.values()]);
}

/**
 * A schema that the target does not have is created as it was, with its owner, comment and grants. An existing one
 * stays as it is.
 */
function schemaEntries(
  outline: readonly OutlineEntry[],
  plan: { choice: Choice; renamer: Renamer; target: TargetObjects; selection: Selection },
): {
  readonly entries: readonly OutlineEntry[];
  readonly before: readonly string[];
  readonly notes: readonly string[];
} {
  const { choice, target, selection } = plan;
  if (choosesAll(selection) || selection.part === 'data') return { entries: [], before: [], notes: [] };
  const { intoSchema } = selection;
  const own = new Set(choice.entries.flatMap(({ header }) => (header.schema === null ? [] : [header.schema])));
  for (const schema of selection.schemas) own.add(schema);
  const of = (schema: string) =>
    outline.filter(
      ({ header }) =>
        (header.schema === null && header.type === 'SCHEMA' && header.name === schema) ||
        (header.schema === null && isTagOfSchema(header.name, schema)) ||
        (header.type === 'DEFAULT ACL' && header.schema === schema && selection.schemas.includes(schema)),
    );
  if (intoSchema === undefined) {
    const missing = [...own].filter((schema) => !target.schemas.has(schema));
    const entries = missing.flatMap(of);
    const made = entries.flatMap(({ header: { type, name } }) => (type === 'SCHEMA' ? [name] : []));
    const unasked = made.filter((name) => !selection.schemas.includes(name));
    const notes = unasked.map(
      (name) => `Creates the schema ${name}, which the target does not have, as in the backup.`,
    );
    return { entries, before: [], notes };
  }
  if (target.schemas.has(intoSchema)) return { entries: [], before: [], notes: [] };
  // Grants and comment of one schema can go with it; those of several would be mixed.
  const [only, ...others] = selection.schemas;
  const moved = only !== undefined && others.length === 0 && own.size === 1 ? of(only) : [];
  const made = moved.some(({ header }) => header.type === 'SCHEMA');
  return {
    entries: moved,
    before: made ? [] : [`CREATE SCHEMA ${quoteIdentifier(intoSchema)};`],
    notes: made ? [] : [`Creates the schema ${intoSchema}, owned by the restoring role.`],
  };
}

/** `SCHEMA app`, with the name quoted where it must be: the tag of a grant or comment. */
function isTagOfSchema(tag: string, schema: string): boolean {
  return tag === `SCHEMA ${schema}` || tag === `SCHEMA ${quoteIdentifier(schema)}`;
}

/**
 * Rows that are loaded through a root that is not chosen go into their own partition, which is then a table by itself.
 */
function retargetCopies(entries: readonly OutlineEntry[], choice: Choice): Map<number, ObjectName> {
  const copyInto = new Map<number, ObjectName>();
  const attached = new Set(
    entries.flatMap(({ header, subject }) => (header.type === 'TABLE ATTACH' && subject ? [keyOf(subject)] : [])),
  );
  for (const { ordinal, entry, subject } of entries) {
    if (entry.kind !== 'table-data' || !subject || choice.objects.has(keyOf(entry.table))) continue;
    const own = choice.resolve(subject);
    if (keyOf(own) !== keyOf(entry.table) && !attached.has(keyOf(own))) copyInto.set(ordinal, own);
  }
  return copyInto;
}

function loadOf(
  { ordinal, entry }: OutlineEntry,
  { renamer, copyInto }: { choice: Choice; renamer: Renamer; copyInto: ReadonlyMap<number, ObjectName> },
) {
  if (entry.kind !== 'table-data') return [];
  return [{ data: entry, table: renamer.name(copyInto.get(ordinal) ?? entry.table) }];
}

/** Values of sequences and contents of views that the target does not have, and sequences that rows are appended to. */
function statesWithoutPlace(
  entries: readonly OutlineEntry[],
  plan: { target: TargetObjects; choice: Choice; renamer: Renamer; selection: Selection },
) {
  return entries.flatMap((entry) => {
    const { type } = entry.header;
    if ((type !== 'SEQUENCE SET' && type !== 'MATERIALIZED VIEW DATA') || !entry.subject) return [];
    const name = plan.renamer.name(plan.choice.resolve(entry.subject));
    if (!plan.target.spaces.get(keyOf(name))?.has('relation')) return [{ entry, reason: 'it is not in the target' }];
    return type === 'SEQUENCE SET' && plan.selection.append
      ? [{ entry, reason: 'with --append a sequence continues from its current value' }]
      : [];
  });
}

/** Decides what a selective restore will do, before anything is changed. */
import type pg from 'pg';
import { HoldfastError } from '../../../core/errors.js';
import { quoted } from '../../../core/quoted.js';
import { quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import type { StoredBackup } from '../../stored/stored-backup.js';
import { chooseEntries, type Choice } from './choose-entries.js';
import type { Decision } from './decision.js';
import { describeEntry } from './needs.js';
import { isLargeObject, type OutlineEntry } from './outline-entry.js';
import { findTables } from './find-tables.js';
import { planDefinitions } from './plan-definitions.js';
import { planRows, retargetCopies } from './plan-rows.js';
import { renameInto, STAYS, type Renamer } from './rename.js';
import {
  choosesAll,
  formatName,
  formatObjectName,
  keyOf,
  type ObjectName,
  type Selection,
  type SelectionOutcome,
} from './selection.js';
import { EMPTY_TARGET, readTargetObjects, type TargetObjects } from './target-objects.js';

/** What a {@link Selection} comes to: all that the restore needs to carry it out, and to tell of it. */
export interface SelectionPlan extends Pick<
  Decision,
  'entries' | 'first' | 'before' | 'after' | 'late' | 'searchPath' | 'loaded' | 'notes'
> {
  /** Chosen, and left out as was asked. */
  readonly omitted: ReadonlySet<OutlineEntry>;
  readonly renamer: Renamer;
  /** By the ordinal of their headers: the table that rows are copied into, where it is not the one that the dump names. */
  readonly copyInto: ReadonlyMap<number, ObjectName>;
  readonly rows: number;
  readonly tables: number;
  readonly outcome: SelectionOutcome;
}

export interface PlanOptions {
  readonly selection: Selection;
  /** The schemas in which a table without one is looked for. */
  readonly searchPath: readonly string[];
  /** Connected to the target; absent where the target database is yet to be created. */
  readonly client: pg.Client | undefined;
  readonly describeTarget: string;
  /** How the target writes a name in SQL: quoted only where it must be. */
  readonly quote: (name: string) => Promise<string>;
  /** What is left out before anything is looked at, whether it is chosen or not. */
  readonly omitted: ReadonlySet<OutlineEntry>;
  /** Whether objects get their owners back. */
  readonly owners: boolean;
  /** Whether code of others in the target may run. */
  readonly trustTarget: boolean;
}

/**
 * @throws HoldfastError UNKNOWN_TABLE, TARGET_LACKS, TARGET_COLLISION, TARGET_UNSAFE, TRIGGERS_UNDECIDED; USAGE for a
 *   schema that the dump's encoding cannot write
 */
export async function planSelection(
  stored: StoredBackup,
  outline: readonly OutlineEntry[],
  options: PlanOptions,
): Promise<SelectionPlan> {
  const { client, describeTarget } = options;
  const found = findTables(outline, options.selection, options.searchPath);
  const selection = { ...options.selection, tables: found.tables };
  const chosen = chooseEntries(outline, selection);
  const { omitted } = options;
  const choice = { ...chosen, entries: chosen.entries.filter((entry) => !omitted.has(entry)) };
  const renamer = await makeRenamer(choice, stored, options);
  const target = await inspectTarget(choice, renamer, options);
  const ground = { choice, renamer, target, describeTarget, owners: options.owners };
  const onlyRows = selection.part === 'data';
  const {
    leftOut,
    fromTarget,
    notes,
    omitted: ofSchemas = [],
    ...decision
  } = onlyRows
    ? await planRows(requireDatabase(client), ground, {
        ...selection,
        trustTarget: options.trustTarget,
        extensions: stored.manifest.extensions,
      })
    : planDefinitions(outline, stored.manifest, selection, { ...ground, omitted });
  const { entries } = decision;
  const rows = entries.flatMap(({ entry }) => (entry.kind === 'table-data' ? [entry] : []));
  return {
    ...decision,
    omitted: new Set([...ofSchemas, ...chosen.entries.filter((entry) => omitted.has(entry))]),
    renamer,
    copyInto: retargetCopies(entries, choice),
    rows: rows.reduce((sum, entry) => sum + entry.rows, 0),
    tables: rows.length,
    outcome: {
      entries: entries.map((entry) => ({ type: entry.entry.type, ...placed(renamer, entry) })),
      leftOut: leftOut.map(({ entry: { header }, reason }) => {
        const { type, schema, name } = header;
        return { type, schema, name, reason };
      }),
      fromTarget: fromTarget.map(formatObjectName),
    },
    notes: [
      ...found.notes,
      ...notes,
      ...describeLargeObjects(outline, choice, selection),
      ...leftOut.map(({ entry, reason }) => `Left out: ${describeEntry(entry)}: ${reason}.`),
    ],
  };
}

/** A dump says of no large object who refers to it. */
function describeLargeObjects(outline: readonly OutlineEntry[], { objects }: Choice, selection: Selection): string[] {
  if (choosesAll(selection) || selection.part === 'definitions') return [];
  if (!outline.some(({ header }) => isLargeObject(header.type))) return [];
  const columns = outline.flatMap(({ defines: [table], largeObjectColumns }) =>
    table && objects.has(keyOf(table))
      ? largeObjectColumns.map((name) => `${formatObjectName(table)}.${formatName(name)}`)
      : [],
  );
  if (columns.length === 0) return [];
  const more = columns.length > 10 ? ` and ${columns.length - 10} more` : '';
  return [
    `Large objects are in no selection: those that the columns ${columns.slice(0, 10).join(', ')}${more} may refer to do not come along.`,
  ];
}

/** What an entry is called in the target. */
export function placed(renamer: Renamer, { header, entry }: OutlineEntry) {
  if (entry.kind === 'large-object') return { schema: null, name: entry.name };
  const { schema, name } = renamer.header(header);
  return { schema, name };
}

function requireDatabase(client: pg.Client | undefined): pg.Client {
  if (client) return client;
  throw new HoldfastError('USAGE', 'Rows alone cannot go into a database that does not exist yet.', {
    hint: 'Leave out --create, or --data-only.',
  });
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
  // As pg_dump and the server will write it for the copy, so that both compare equal.
  const plain = toLatin1(await options.quote(intoSchema));
  const always = manifest.session.quote_all_identifiers === 'on';
  const byServer = always ? toLatin1(quoteIdentifier(intoSchema)) : plain;
  return renameInto(intoSchema, { plain, byServer }, choice, new Set(schemas));
}

function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1');
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

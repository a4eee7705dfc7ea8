/** Whether existing tables can take the rows of a backup, and what has to be done before and after loading them. */
import type pg from 'pg';
import type { ProblemText } from '../../../core/error-details.js';
import { HoldfastError } from '../../../core/errors.js';
import type { TableDataEntry } from '../../../dump/entry.js';
import { requireNoCodeOfOthers } from '../../../postgres/code-of-others.js';
import { qualifiedName, quoteIdentifier, quoteLiteral } from '../../../syntax/sql/identifiers.js';
import type { Choice } from './choose-entries.js';
import type { Decision, Ground, LeftOut } from './decision.js';
import { setSearchPath } from './is-setting.js';
import type { OutlineEntry } from './outline-entry.js';
import { formatObjectName, keyOf, type ObjectName } from './selection.js';
import { planTriggers, readFiringTriggers, requireChoice, type TriggerOptions } from './row-triggers.js';
import { readForeignKeysAmong, readHeldRows, readOwnedSequences, readTargetColumns } from './target-tables.js';

/** Rows and the table in the target that they go to. */
interface Load {
  readonly table: ObjectName;
  readonly data: TableDataEntry;
}

export interface RowsOptions extends TriggerOptions {
  /** Whether the tables may already have rows. */
  readonly append: boolean;
  readonly trustTarget: boolean;
  /** Of the backup. */
  readonly extensions: readonly { readonly name: string }[];
}

/**
 * What a restore of rows alone makes of the chosen entries.
 *
 * @throws HoldfastError TARGET_LACKS for tables and columns that are missing or do not fit, TARGET_COLLISION for
 *   existing rows, TARGET_UNSAFE; those of {@link planTriggers}
 */
export async function planRows(client: pg.Client, ground: Ground, options: RowsOptions): Promise<Decision> {
  const { choice, describeTarget } = ground;
  const leftOut = statesWithoutPlace(ground, options);
  const gone = new Set(leftOut.map(({ entry }) => entry));
  const entries = choice.entries.filter((entry) => !gone.has(entry));
  const loads = loadsOf(entries, ground);
  await requireFit(client, loads, options, ground);
  const loaded = loads.map(({ table }) => table);
  const firing = await readFiringTriggers(client, loaded);
  requireChoice(firing, options.triggers, describeTarget);
  if (!options.trustTarget) {
    await requireNoCodeOfOthers(client, loaded, `Restoring into ${describeTarget}`, options.triggers);
  }
  const triggers = await planTriggers(client, firing, options, describeTarget);
  const keys = await deferForeignKeys(client, loaded);
  const sequences = await setSequences(client, entries, ground);
  const fires = triggers.searchPath !== undefined;
  return {
    ...{ entries, leftOut, fromTarget: [], loaded, late: sequences.late },
    ...{ first: triggers.before, before: keys.before, searchPath: triggers.searchPath },
    notes: [...triggers.notes, ...sequences.notes],
    // Triggers that wait for the end of the transaction fire here, before what follows changes their tables again.
    after: [
      ...(triggers.searchPath === undefined ? [] : [setSearchPath(triggers.searchPath)]),
      ...(fires || keys.before.length > 0 ? ['SET CONSTRAINTS ALL IMMEDIATE;'] : []),
      ...keys.after,
      ...triggers.after,
      ...sequences.after,
    ],
  };
}

/** Values of sequences and contents of views that the target does not have, and sequences that rows are appended to. */
function statesWithoutPlace({ choice, renamer, target }: Ground, { append }: RowsOptions): LeftOut[] {
  return choice.entries.flatMap((entry) => {
    const { type } = entry.header;
    if ((type !== 'SEQUENCE SET' && type !== 'MATERIALIZED VIEW DATA') || !entry.subject) return [];
    const name = renamer.name(choice.resolve(entry.subject));
    if (!target.spaces.get(keyOf(name))?.has('relation')) return [{ entry, reason: 'it is not in the target' }];
    return type === 'SEQUENCE SET' && append
      ? [{ entry, reason: 'with --append a sequence continues from its current value' }]
      : [];
  });
}

/** The tables that get rows, once each. */
function loadsOf(entries: readonly OutlineEntry[], { choice, renamer }: Ground): Load[] {
  const copyInto = retargetCopies(entries, choice);
  const loads = entries.flatMap(({ ordinal, entry }): Load[] =>
    entry.kind === 'table-data' ? [{ data: entry, table: renamer.name(copyInto.get(ordinal) ?? entry.table) }] : [],
  );
  return [...new Map(loads.map((load) => [keyOf(load.table), load])).values()];
}

/**
 * Rows that are loaded through a root that is not chosen go into their own partition, which is then a table by itself.
 *
 * @returns the table that rows are copied into, by the ordinal of their header, where it is not the one that the dump
 *   names
 */
export function retargetCopies(entries: readonly OutlineEntry[], choice: Choice): Map<number, ObjectName> {
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

async function requireFit(
  client: pg.Client,
  loads: readonly Load[],
  { append, extensions }: RowsOptions,
  { choice, target, describeTarget }: Ground,
): Promise<void> {
  const absent = extensions.filter(({ name }) => !target.extensions.has(name)).map(({ name }) => name);
  let ofExtensions = false;
  const problems: ProblemText[] = [];
  for (const load of loads) {
    const columns = await readTargetColumns(client, load.table);
    // A table that the dump fills and does not make is an extension's.
    const ofExtension = !columns && absent.length > 0 && !choice.known.has(keyOf(load.data.table));
    ofExtensions ||= ofExtension;
    const gone = ofExtension
      ? `is a table of an extension, and the target lacks ${absent.join(', ')}`
      : 'is not in the target';
    const problem = columns ? misfit(load, columns) : gone;
    if (problem) problems.push({ message: `${formatObjectName(load.table)} ${problem}` });
  }
  if (problems.length > 0) {
    const list = problems.map(({ message }) => `- ${message}`).join('\n');
    throw new HoldfastError('TARGET_LACKS', `The rows do not fit into ${describeTarget}:\n${list}`, {
      hint: ofExtensions
        ? `Create the extension in the target first (CREATE EXTENSION ${absent.join(' / ')}), or choose tables without it (--table, --schema).`
        : 'Without --data-only the tables are restored with their definitions.',
      details: { problems },
    });
  }
  if (!append) await requireNoRows(client, loads, describeTarget);
}

/** @throws HoldfastError TARGET_COLLISION */
async function requireNoRows(client: pg.Client, loads: readonly Load[], describeTarget: string): Promise<void> {
  const some: ObjectName[] = [];
  const elsewhere: ObjectName[] = [];
  const ofExtensions: string[] = [];
  for (const { table } of loads) {
    const { rows, condition } = await readHeldRows(client, table);
    if (rows === 'elsewhere') elsewhere.push(table);
    if (rows !== 'some') continue;
    some.push(table);
    if (condition !== undefined) ofExtensions.push(`DELETE FROM ${formatObjectName(table)} ${condition}`);
  }
  const problems = [
    { kind: 'table', tables: some, message: 'already have rows' },
    { kind: 'table', tables: elsewhere, message: 'hold rows on other servers, which are not looked at' },
  ].flatMap(({ kind, tables, message }) =>
    tables.length === 0 ? [] : [{ kind, names: tables.map(formatObjectName), total: tables.length, message }],
  );
  if (problems.length === 0) return;
  const what = problems.map(({ names, message }) => `these tables ${message}: ${names.join(', ')}`);
  const emptying =
    ofExtensions.length === 0
      ? 'Empty these tables first (TRUNCATE)'
      : `Delete these rows first; never TRUNCATE a table of an extension, which has rows of its own there: ${ofExtensions.join('; ')}`;
  throw new HoldfastError('TARGET_COLLISION', `Restoring rows into ${describeTarget}: ${what.join('; ')}.`, {
    hint: `${emptying}, or give --append to add the rows to the existing ones.`,
    details: { problems },
  });
}

function misfit(
  { data }: Load,
  columns: NonNullable<Awaited<ReturnType<typeof readTargetColumns>>>,
): string | undefined {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const missing = data.columns.filter((name) => !byName.has(name));
  if (missing.length > 0) return `has no column ${missing.join(', ')}`;
  const generated = data.columns.filter((name) => byName.get(name)?.generated);
  if (generated.length > 0) return `generates the column ${generated.join(', ')} and accepts no value for it`;
  const required = columns.filter((column) => column.required && !data.columns.includes(column.name));
  if (required.length > 0) {
    return `needs a value for ${required.map(({ name }) => name).join(', ')}, which the backup does not have`;
  }
  return undefined;
}

/**
 * The rows come table by table, in no order that suits the foreign keys between them. During the transaction their
 * checks are deferred to its end: this changes no row and checks each one.
 */
async function deferForeignKeys(
  client: pg.Client,
  tables: readonly ObjectName[],
): Promise<Pick<Decision, 'before' | 'after'>> {
  const before: string[] = [];
  const after: string[] = [];
  for (const { table, name, deferrable, deferred } of await readForeignKeysAmong(client, tables)) {
    if (deferrable && deferred) continue;
    const alter = `ALTER TABLE ${qualifiedName(table.schema, table.name)} ALTER CONSTRAINT ${quoteIdentifier(name)}`;
    before.push(`${alter} DEFERRABLE INITIALLY DEFERRED;`);
    after.push(`${alter} ${deferrable ? 'DEFERRABLE INITIALLY IMMEDIATE' : 'NOT DEFERRABLE'};`);
  }
  return { before, after };
}

/**
 * A rollback does not undo `setval`, except on a sequence that the same transaction has restarted: that takes its owner. So
 * the values come last, after every check; and nobody waits for a sequence during the load.
 */
async function setSequences(
  client: pg.Client,
  entries: readonly OutlineEntry[],
  { choice, renamer }: Ground,
): Promise<Pick<Decision, 'after' | 'notes'> & { readonly late: ReadonlySet<number> }> {
  const sets = entries.flatMap(({ ordinal, entry, subject }) =>
    entry.kind === 'sequence-value' && subject
      ? [{ ordinal, value: entry, name: renamer.name(choice.resolve(subject)) }]
      : [],
  );
  const owned = await readOwnedSequences(
    client,
    sets.map(({ name }) => name),
  );
  const after = sets.flatMap(({ name, value: { lastValue, isCalled } }) => {
    const sequence = qualifiedName(name.schema, name.name);
    const set = `SELECT pg_catalog.setval(${quoteLiteral(sequence)}, ${lastValue}, ${isCalled});`;
    return owned.has(keyOf(name)) ? [`ALTER SEQUENCE ${sequence} RESTART;`, set] : [set];
  });
  const others = sets.filter(({ name }) => !owned.has(keyOf(name))).map(({ name }) => formatObjectName(name));
  const note = `Values of sequences that you do not own are set last, as a failure of the commit itself would not take them back: ${others.join(', ')}.`;
  return { after, notes: others.length > 0 ? [note] : [], late: new Set(sets.map(({ ordinal }) => ordinal)) };
}

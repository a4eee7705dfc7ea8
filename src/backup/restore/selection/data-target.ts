/** Whether existing tables can take the rows of a backup, and what has to be done before and after loading them. */
import type pg from 'pg';
import type { ProblemText } from '../../../core/error-details.js';
import { HoldfastError } from '../../../core/errors.js';
import type { TableDataEntry } from '../../../dump/entry.js';
import { requireNoCodeOfOthers } from '../../../postgres/code-of-others.js';
import { qualifiedName, quoteIdentifier } from '../../../syntax/sql/identifiers.js';
import { formatObjectName, keyOf, type ObjectName } from './selection.js';
import { hasRows, readFiringTriggers, readForeignKeysAmong, readTargetColumns } from './target-objects.js';

/** Rows and the table in the target that they go to. */
export interface Load {
  readonly table: ObjectName;
  readonly data: TableDataEntry;
}

export interface DataPlan {
  /** Statements before the first row and after the last. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly notes: readonly string[];
}

/**
 * @param append whether the tables may already have rows
 * @throws HoldfastError TARGET_LACKS for tables and columns that are missing or do not fit, TARGET_COLLISION for
 *   existing rows, TARGET_UNSAFE
 */
export async function planData(
  client: pg.Client,
  loads: readonly Load[],
  options: { readonly append: boolean; readonly trustTarget: boolean; readonly describeTarget: string },
): Promise<DataPlan> {
  const { append, trustTarget, describeTarget } = options;
  const problems: ProblemText[] = [];
  const filled: string[] = [];
  for (const load of loads) {
    const columns = await readTargetColumns(client, load.table);
    const problem = columns ? misfit(load, columns) : 'is not in the target';
    if (problem) problems.push({ message: `${formatObjectName(load.table)} ${problem}` });
    else if (!append && (await hasRows(client, load.table))) filled.push(formatObjectName(load.table));
  }
  if (problems.length > 0) {
    const list = problems.map(({ message }) => `- ${message}`).join('\n');
    throw new HoldfastError('TARGET_LACKS', `The rows do not fit into ${describeTarget}:\n${list}`, {
      hint: 'Without --data-only the tables are restored with their definitions.',
      details: { problems },
    });
  }
  if (filled.length > 0) {
    throw new HoldfastError(
      'TARGET_COLLISION',
      `Restoring rows into ${describeTarget}: these tables already have rows: ${filled.join(', ')}.`,
      {
        hint: 'Empty these tables first (TRUNCATE), or give --append to add the rows to the existing ones.',
        details: {
          problems: [{ kind: 'table', names: filled, total: filled.length, message: 'already have rows' }],
        },
      },
    );
  }
  const tables = loads.map(({ table }) => table);
  if (!trustTarget) await requireNoCodeOfOthers(client, tables, `Restoring into ${describeTarget}`);
  return surround(client, tables);
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
async function surround(client: pg.Client, tables: readonly ObjectName[]): Promise<DataPlan> {
  const foreignKeys = await readForeignKeysAmong(client, tables);
  const before: string[] = [];
  const after: string[] = [];
  for (const { table, name, deferrable, deferred } of foreignKeys) {
    if (deferrable && deferred) continue;
    const alter = `ALTER TABLE ${qualifiedName(table.schema, table.name)} ALTER CONSTRAINT ${quoteIdentifier(name)}`;
    before.push(`${alter} DEFERRABLE INITIALLY DEFERRED;`);
    after.push(`${alter} ${deferrable ? 'DEFERRABLE INITIALLY IMMEDIATE' : 'NOT DEFERRABLE'};`);
  }
  if (foreignKeys.length > 0) after.unshift('SET CONSTRAINTS ALL IMMEDIATE;');
  const triggers = await readFiringTriggers(client, tables);
  const notes = triggers.length > 0 ? [`Triggers that fire for the rows: ${triggers.join(', ')}.`] : [];
  return { before, after, notes };
}

/** The tables among them that get rows, once each. */
export function loadsOf(entries: readonly { readonly data: TableDataEntry; readonly table: ObjectName }[]): Load[] {
  return [...new Map(entries.map((load) => [keyOf(load.table), load])).values()];
}

/** The rows of tables in two backups. */
import { createHash } from 'node:crypto';
import type { TableDataEntry } from '../../dump/entry.js';
import { sumRowHashes } from '../../dump/row-hash-sum.js';

/** The rows of one table in both. `null` where it is in only one of them. */
export interface TableChange {
  readonly schema: string;
  readonly name: string;
  readonly rows: { readonly before: number | null; readonly after: number | null };
  /** Of the rows as text. */
  readonly bytes: { readonly before: number | null; readonly after: number | null };
  /** Whether the rows themselves differ, which is possible with the same number of rows. */
  readonly content: 'same' | 'changed';
}

export interface TableState {
  readonly schema: string;
  readonly name: string;
  before: Side | undefined;
  after: Side | undefined;
}

interface Side {
  readonly rows: number;
  readonly bytes: number;
  readonly hash: string;
  readonly columns: string;
}

/**
 * Rows that reach a table from several partitions are counted together: how they are spread differs from copy to copy.
 */
export function addRows(tables: Map<string, TableState>, entry: TableDataEntry, side: 'before' | 'after') {
  const { schema, name } = entry.table;
  const key = `${schema}\0${name}`;
  const state = tables.get(key) ?? { schema, name, before: undefined, after: undefined };
  tables.set(key, state);
  const { rows, bytes, hash } = entry;
  const columns = createHash('sha256').update(JSON.stringify(entry.columns)).digest('base64');
  const old = state[side];
  state[side] = old
    ? { rows: old.rows + rows, bytes: old.bytes + bytes, hash: sumRowHashes(old.hash, hash), columns }
    : { rows, bytes, hash, columns };
}

export function toChange({ schema, name, before, after }: TableState): TableChange {
  const same =
    before !== undefined && after !== undefined && before.hash === after.hash && before.columns === after.columns;
  return {
    schema,
    name,
    rows: { before: before?.rows ?? null, after: after?.rows ?? null },
    bytes: { before: before?.bytes ?? null, after: after?.bytes ?? null },
    content: same ? 'same' : 'changed',
  };
}

export function isSame({ rows, content }: TableChange): boolean {
  return content === 'same' && rows.before === rows.after;
}

/** The number of rows by which a table has changed. */
export function rowChange({ rows }: TableChange): number {
  return Math.abs((rows.after ?? 0) - (rows.before ?? 0));
}

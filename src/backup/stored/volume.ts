/**
 * Whether a backup holds far less than the previous one. A database that was emptied, or encrypted by somebody, dumps
 * and restores without an error: only comparing it with what it held before reveals that.
 */
import type { VolumeConfig } from '../../config/sections/volume.js';
import type { Entry } from '../../dump/entry.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { BackupContext } from '../operation/context.js';
import { streamExpectedEntries } from './expected-entries.js';
import { nameSelection } from './selections.js';
import type { StoredBackup } from './stored-backup.js';

/** How many tables are listed. */
const NAMED = 20;

/** The part of a backup that is compared. */
export interface Volume {
  readonly totals: Pick<Manifest['totals'], 'rows' | 'rawBytes'>;
  readonly tables: VolumeTally;
}

/** What a manifest says of a comparison that was made. */
export type VolumeComparison = Omit<Extract<NonNullable<Manifest['volume']>, { comparedWith: string }>, 'comparedWith'>;

/**
 * Compares a backup with the previous one.
 *
 * - Rows and bytes have dropped when more than the allowed share of them is gone.
 * - Tables have vanished when one of the earlier ones no longer exists under its name. Partitions do not count.
 * - Tables that lost more than the allowed share of their rows are named, but judged only through the total: a queue is
 *   emptied every day.
 */
export function compareVolume(before: Volume, after: Volume, limits: VolumeConfig): VolumeComparison {
  const vanished: TableVolume[] = [];
  const shrunk: { schema: string; name: string; rowsBefore: number; rows: number }[] = [];
  for (const table of before.tables.tables()) {
    const now = after.tables.find(table);
    if (now === undefined) {
      if (!before.tables.isPartition(table)) vanished.push(table);
    } else if (hasDropped(table.rows, now.rows, limits.maxRowDrop)) {
      shrunk.push({ schema: table.schema, name: table.name, rowsBefore: table.rows, rows: now.rows });
    }
  }
  vanished.sort((a, b) => b.rows - a.rows);
  shrunk.sort((a, b) => b.rowsBefore - b.rows - (a.rowsBefore - a.rows));
  return {
    before: { rows: before.totals.rows, rawBytes: before.totals.rawBytes },
    drops: dropsOf(before, after, limits, vanished.length),
    vanished: {
      total: vanished.length,
      tables: vanished.slice(0, NAMED).map(({ schema, name, rows }) => ({ schema, name, rows })),
    },
    shrunk: { total: shrunk.length, tables: shrunk.slice(0, NAMED) },
  };
}

function dropsOf(before: Volume, after: Volume, limits: VolumeConfig, vanished: number): VolumeComparison['drops'] {
  const drops: ('rows' | 'bytes' | 'tables')[] = [];
  if (hasDropped(before.totals.rows, after.totals.rows, limits.maxRowDrop)) drops.push('rows');
  if (hasDropped(before.totals.rawBytes, after.totals.rawBytes, limits.maxByteDrop)) drops.push('bytes');
  if (vanished > 0) drops.push('tables');
  return drops;
}

/** Whether more than a share of `before` is gone; never true if there was nothing before. */
export function hasDropped(before: number, after: number, share: number): boolean {
  return before > 0 && (before - after) / before > share;
}

/**
 * What a stored backup holds, from its manifest and its entries.
 *
 * @throws HoldfastError OBJECT_CORRUPT, OBJECT_MISSING, VAULT_UNREADABLE; the signal's error
 */
export async function readVolume(
  stored: StoredBackup,
  context: Pick<BackupContext, 'store' | 'signal'>,
): Promise<Volume> {
  const tables = new VolumeTally();
  for await (const entry of streamExpectedEntries(stored, context)) tables.add(entry);
  return { totals: stored.manifest.totals, tables };
}

/** Why two backups cannot be compared, if they cannot: their dumps did not select the same things. */
export function selectionProblem(
  before: StoredBackup['manifest']['selection'],
  after: StoredBackup['manifest']['selection'],
): string | undefined {
  if (nameSelection(before) === nameSelection(after)) return undefined;
  return 'The previous backup has a different choice of schemas or of tables without rows.';
}

export interface TableVolume {
  readonly schema: string;
  readonly name: string;
  readonly rows: number;
}

/**
 * What a dump holds, table by table: enough to see that something has gone missing. Processes the entries of a dump one
 * after another.
 */
export class VolumeTally {
  readonly #tables = new Map<string, TableVolume>();
  readonly #partitions = new Set<string>();

  add(entry: Entry): void {
    const { schema, name } = entry;
    if (schema === null) return;
    if (entry.kind === 'table-data') this.#tables.set(tableKey(schema, name), { schema, name, rows: entry.rows });
    else if (entry.type === 'TABLE ATTACH') this.#partitions.add(tableKey(schema, name));
  }

  /** The tables that were dumped with their rows, including empty ones. */
  tables(): IterableIterator<TableVolume> {
    return this.#tables.values();
  }

  /** The same table, if it exists. */
  find({ schema, name }: Pick<TableVolume, 'schema' | 'name'>): TableVolume | undefined {
    return this.#tables.get(tableKey(schema, name));
  }

  /** Partitions come and go by design. */
  isPartition({ schema, name }: Pick<TableVolume, 'schema' | 'name'>): boolean {
    return this.#partitions.has(tableKey(schema, name));
  }
}

function tableKey(schema: string, name: string): string {
  return JSON.stringify([schema, name]);
}

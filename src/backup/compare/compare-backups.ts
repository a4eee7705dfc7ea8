/** What changed between two backups, entry by entry, judged by what the vault holds: neither is restored. */
import type { Entry } from '../../dump/entry.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { BackupContext } from '../operation/context.js';
import { requireRoom, streamExpectedEntries } from '../stored/expected-entries.js';
import { openBackup, type StoredBackup } from '../stored/stored-backup.js';
import { notesOf } from './comparability.js';
import { describe, difference, stateOf, type EntryState } from './entry-state.js';
import { addRows, isSame, rowChange, toChange, type TableChange, type TableState } from './table-changes.js';

/** An entry that is in only one of the two, or differs between them. */
export interface ChangedEntry {
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
  readonly change: 'added' | 'removed' | 'changed';
  /** What changed, in words. */
  readonly detail: string;
}

export interface ComparedBackup {
  readonly database: string;
  readonly key: string;
  readonly takenAt: string;
  readonly entries: number;
  readonly rows: number;
  readonly rawBytes: number;
}

export interface BackupComparison {
  readonly before: ComparedBackup;
  readonly after: ComparedBackup;
  /** Entries that are the same in both. */
  readonly unchanged: number;
  /** Without the rows of tables, by type, schema and name. */
  readonly changes: readonly ChangedEntry[];
  /** Tables whose rows changed, the largest change first. */
  readonly tables: readonly TableChange[];
  readonly notes: readonly string[];
}

/**
 * A digest of each entry of the first backup is kept, about a hundred bytes, and the second backup is compared with it
 * as it is read: memory depends on the number of entries, not on their size.
 *
 * @throws HoldfastError MANIFEST_INVALID, OBJECT_CORRUPT, OBJECT_MISSING, VAULT_UNREADABLE; the signal's error
 */
export async function compareBackups(
  backups: { readonly before: CompleteBackup; readonly after: CompleteBackup },
  context: Pick<BackupContext, 'store' | 'signal'>,
): Promise<BackupComparison> {
  const { store, signal } = context;
  const before = await openBackup(store, backups.before, signal);
  const after = await openBackup(store, backups.after, signal);
  requireRoom([before, after]);
  const kept = new Map<string, EntryState>();
  const tables = new Map<string, TableState>();
  for await (const entry of streamExpectedEntries(before, context)) {
    if (entry.kind === 'table-data') addRows(tables, entry, 'before');
    else kept.set(identity(entry), stateOf(entry));
  }
  const changes: ChangedEntry[] = [];
  let unchanged = 0;
  for await (const entry of streamExpectedEntries(after, context)) {
    if (entry.kind === 'table-data') {
      addRows(tables, entry, 'after');
      continue;
    }
    const key = identity(entry);
    const old = kept.get(key);
    kept.delete(key);
    const detail = old && difference(old, stateOf(entry));
    if (old && detail === undefined) unchanged++;
    else
      changes.push({ ...nameOf(entry), change: old ? 'changed' : 'added', detail: detail ?? describe(stateOf(entry)) });
  }
  for (const old of kept.values()) changes.push({ ...nameOf(old), change: 'removed', detail: describe(old) });
  const changedTables: TableChange[] = [];
  for (const state of tables.values()) {
    const table = toChange(state);
    if (isSame(table)) unchanged += 1;
    else changedTables.push(table);
  }
  return {
    before: summary(before),
    after: summary(after),
    unchanged,
    changes: changes.sort(byName),
    tables: changedTables.sort((a, b) => rowChange(b) - rowChange(a) || byName(a, b)),
    notes: notesOf(before, after),
  };
}

function identity(entry: Entry): string {
  return `${entry.type}\0${entry.schema ?? ''}\0${entry.name}\0${entry.occurrence}`;
}

function nameOf({ type, schema, name }: Pick<Entry, 'type' | 'schema' | 'name'>) {
  return { type, schema, name };
}

function byName(
  a: { readonly type?: string; readonly schema: string | null; readonly name: string },
  b: { readonly type?: string; readonly schema: string | null; readonly name: string },
): number {
  return (
    compareText(a.type ?? '', b.type ?? '') ||
    compareText(a.schema ?? '', b.schema ?? '') ||
    compareText(a.name, b.name)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function summary({ manifest }: StoredBackup): ComparedBackup {
  const { database, key, takenAt, totals } = manifest;
  return { database, key, takenAt, entries: totals.entries, rows: totals.rows, rawBytes: totals.rawBytes };
}

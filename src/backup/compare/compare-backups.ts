/** What changed between two backups, entry by entry, judged by what the vault holds: neither is restored. */
import { formatPlural } from '../../core/amounts.js';
import type { Entry } from '../../dump/entry.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { BackupContext } from '../operation/context.js';
import { requireRoom, streamExpectedEntries } from '../stored/expected-entries.js';
import { describeSource, differs, identityOf } from '../stored/sources.js';
import { openBackup, type StoredBackup } from '../stored/stored-backup.js';
import { addRows, isSame, rowChange, type TableChange, type TableState, toChange } from './table-changes.js';

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
    else kept.set(identityInDump(entry), stateOf(entry));
  }
  const changes: ChangedEntry[] = [];
  let unchanged = 0;
  for await (const entry of streamExpectedEntries(after, context)) {
    if (entry.kind === 'table-data') {
      addRows(tables, entry, 'after');
      continue;
    }
    const key = identityInDump(entry);
    const old = kept.get(key);
    kept.delete(key);
    const detail = old && difference(old, stateOf(entry));
    if (old && detail === undefined) unchanged++;
    else
      changes.push({
        ...entryName(entry),
        change: old ? 'changed' : 'added',
        detail: detail ?? describeState(stateOf(entry)),
      });
  }
  for (const old of kept.values()) changes.push({ ...entryName(old), change: 'removed', detail: describeState(old) });
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
    notes: comparisonNotes(before, after),
  };
}

function identityInDump(entry: Entry): string {
  return `${entry.type}\0${entry.schema ?? ''}\0${entry.name}\0${entry.occurrence}`;
}

function entryName({ type, schema, name }: Pick<Entry, 'type' | 'schema' | 'name'>) {
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

/** Differences between the two backups that make entries differ although nobody has changed them. */
function comparisonNotes({ manifest: a }: StoredBackup, { manifest: b }: StoredBackup): string[] {
  const notes: string[] = [];
  if (a.takenAt > b.takenAt) notes.push('The first backup is the newer one: the changes are shown in reverse.');
  if (differs(identityOf(a), identityOf(b))) {
    notes.push(
      `They come from two sources: ${describeSource(identityOf(a))}, and ${describeSource(identityOf(b))}. What differs may never have been the same.`,
    );
  }
  if (a.server.version !== b.server.version) {
    notes.push(
      `The servers are PostgreSQL ${a.server.version} and ${b.server.version}: what these versions merely write differently is shown as changed.`,
    );
  }
  if (a.client.version !== b.client.version) {
    notes.push(
      `They were dumped by pg_dump ${a.client.version} and ${b.client.version}, which may write a definition differently.`,
    );
  }
  const settings = new Set([...Object.keys(a.session), ...Object.keys(b.session)]);
  const other = [...settings].filter((name) => a.session[name] !== b.session[name]);
  if (other.length > 0)
    notes.push(`The settings ${other.join(', ')} were different: values may be written differently.`);
  if (a.encoding !== b.encoding)
    notes.push(`The encodings are ${a.encoding} and ${b.encoding}: rows are compared as bytes.`);
  if (JSON.stringify(a.selection) !== JSON.stringify(b.selection)) {
    notes.push(
      'They were taken with different choices of schemas or rows: what one left out is shown as added or removed.',
    );
  }
  return notes;
}

/** What is remembered about an entry that is not table data. */
interface EntryState {
  readonly type: string;
  readonly schema: string | null;
  readonly name: string;
  readonly owner: string | null;
  /** Equal for equal contents. */
  readonly digest: string;
  /** Equal for two texts of one definition; empty where there is no such form. */
  readonly canonical: string;
  /** Of a sequence, or the bytes of a large object. */
  readonly state: string;
}

function stateOf(entry: Exclude<Entry, { kind: 'table-data' }>): EntryState {
  const { type, schema, name, owner } = entry;
  const base = { type, schema, name, owner, digest: '', canonical: '', state: '' };
  switch (entry.kind) {
    case 'schema':
      return { ...base, digest: entry.sha256, canonical: entry.canonicalSha256 ?? '' };
    case 'sequence-value':
      return { ...base, state: `${entry.lastValue}${entry.isCalled ? '' : ' (not yet used)'}` };
    case 'large-object':
      return { ...base, digest: entry.sha256, state: formatPlural(entry.bytes, 'byte') };
  }
}

/** How the second differs from the first; undefined when it does not. */
function difference(a: EntryState, b: EntryState): string | undefined {
  const sameText = a.digest === b.digest || (a.canonical !== '' && a.canonical === b.canonical);
  if (a.type === 'SEQUENCE SET') return a.state === b.state ? undefined : `${a.state} → ${b.state}`;
  if (!sameText) return a.state === '' ? 'definition changed' : `content changed, ${a.state} → ${b.state}`;
  return a.owner === b.owner ? undefined : `owner ${a.owner ?? 'nobody'} → ${b.owner ?? 'nobody'}`;
}

/** What to say about an entry that has no counterpart; may be empty. */
function describeState({ type, state, owner }: EntryState): string {
  if (type === 'SEQUENCE SET') return `at ${state}`;
  return state === '' ? (owner === null ? '' : `of ${owner}`) : state;
}

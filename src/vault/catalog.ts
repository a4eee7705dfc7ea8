/** Which backups a vault holds: its objects, grouped. */
import { DEFAULT_PREFIX, databasePrefix, parseBase, vaultPrefix, type ParsedBase } from './keys.js';
import type { ObjectInfo, ObjectStore } from './object-store.js';

interface BackupBase {
  readonly database: string;
  /** What the keys of all its objects begin with. */
  readonly baseKey: string;
  /** When it began. */
  readonly takenAt: Date;
  /** Newest first, by the times in them: use this for order only, because whoever wrote the keys chose the times. */
  readonly proofKeys: readonly string[];
  /** The mark of a removal that has begun; without a manifest, what is left is to be removed too. */
  readonly prunedKey?: string | undefined;
  /**
   * Everything under its base key, by key, including objects that this Holdfast does not know. Only the manifest says
   * which of them are its parts.
   */
  readonly objects: readonly ObjectInfo[];
}

/** A backup with a dump and a manifest. */
export interface CompleteBackup extends BackupBase {
  readonly state: 'complete';
  /** The key of the dump; if several objects could be it, one of them: the manifest says which one is. */
  readonly key: string;
  readonly manifestKey: string;
}

/**
 * What an interrupted run has left, what a run in progress has stored so far, or a backup that somebody removed parts
 * of.
 */
export interface IncompleteBackup extends BackupBase {
  readonly state: 'incomplete';
  /** The key of the dump, if there is one. */
  readonly key?: string;
  readonly manifestKey?: string;
}

export type Backup = CompleteBackup | IncompleteBackup;

export interface CatalogOptions {
  /** Of the vault's layout. @default 'layer2' */
  readonly prefix?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The backups in a vault, or those of one database, newest first. Objects that are not ours are skipped.
 *
 * @throws HoldfastError VAULT_UNREADABLE; OBJECT_KEY_INVALID for a database name that no vault can hold
 */
export async function listBackups(
  store: ObjectStore,
  database?: string,
  { prefix = DEFAULT_PREFIX, signal }: CatalogOptions = {},
): Promise<Backup[]> {
  const groups = new Map<string, [ParsedBase, ObjectInfo][]>();
  const listed = database === undefined ? vaultPrefix(prefix) : databasePrefix(database, prefix);
  for await (const info of store.list(listed, signal)) {
    const parsed = parseBase(info.key);
    if (!parsed || parsed.prefix !== prefix) continue;
    const group = groups.get(parsed.base);
    if (group) group.push([parsed, info]);
    else groups.set(parsed.base, [[parsed, info]]);
  }
  const ours = [...groups.values()].filter((group) => group.some(([{ object }]) => object !== undefined));
  return ours.map(toBackup).sort(newestFirst);
}

function toBackup(group: readonly [ParsedBase, ObjectInfo][]): Backup {
  const [{ database, base, takenAt }] = group[0] as [ParsedBase, ObjectInfo];
  const keyOf = (role: string) => group.find(([{ object }]) => object?.role === role)?.[1].key;
  const key = keyOf('dump');
  const manifestKey = keyOf('manifest');
  // The time in a proof's key has a fixed width, so the order of the keys is the order of the times.
  const proofKeys = group.filter(([{ object }]) => object?.role === 'proof').map(([, info]) => info.key);
  proofKeys.sort().reverse();
  const objects = group.map(([, info]) => info);
  const common = { database, baseKey: base, takenAt, proofKeys, prunedKey: keyOf('pruned'), objects };
  return key !== undefined && manifestKey !== undefined
    ? { ...common, state: 'complete', key, manifestKey }
    : { ...common, state: 'incomplete', key, manifestKey };
}

function newestFirst(a: Backup, b: Backup): number {
  return b.takenAt.getTime() - a.takenAt.getTime() || (a.baseKey < b.baseKey ? -1 : 1);
}

/** The backups of each database, in the order of the list. */
export function groupByDatabase(backups: readonly Backup[]): Map<string, Backup[]> {
  const groups = new Map<string, Backup[]>();
  for (const backup of backups) {
    const group = groups.get(backup.database);
    if (group) group.push(backup);
    else groups.set(backup.database, [backup]);
  }
  return groups;
}

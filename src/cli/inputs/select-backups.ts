/** Which backups a command is about: those that are named, or the newest of each database. */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import { listBackups } from '../../vault/catalog.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { resolveBackup } from '../../vault/resolve-backup.js';
import { HoldfastError } from '../../core/errors.js';

/** A database that has nothing to work with. */
export interface SkippedDatabase {
  readonly database: string;
  readonly reason: string;
}

export interface SelectedBackups {
  readonly backups: readonly CompleteBackup[];
  readonly skipped: readonly SkippedDatabase[];
}

/** @throws HoldfastError USAGE, UNKNOWN_BACKUP, VAULT_UNREADABLE; the signal's error */
export async function selectBackups(
  store: ObjectStore,
  specs: readonly string[],
  options: { readonly all?: boolean; readonly signal: AbortSignal },
): Promise<SelectedBackups> {
  const { all = false, signal } = options;
  if (all !== (specs.length === 0)) {
    const problem = all ? 'Backups are named, and --all is given too.' : 'No backup is named.';
    throw new HoldfastError('USAGE', problem, {
      hint: 'Name backups (orders, orders@2026-11-22, a key), or give --all for the newest of each database.',
    });
  }
  if (all) return newestOfEach(store, signal);
  const found = new Map<string, CompleteBackup>();
  for (const spec of specs) {
    const backup = await resolveBackup(store, spec, { signal });
    found.set(backup.key, backup);
  }
  return { backups: [...found.values()], skipped: [] };
}

async function newestOfEach(store: ObjectStore, signal: AbortSignal): Promise<SelectedBackups> {
  const listed = await listBackups(store, undefined, { signal });
  if (listed.length === 0) {
    throw new HoldfastError('UNKNOWN_BACKUP', `The vault ${store.url} holds no backup.`, {
      hint: 'Take one: `holdfast backup`.',
    });
  }
  const newest = new Map<string, CompleteBackup | undefined>();
  // One that is dated in the future would be the newest for ever: it is taken where there is no other.
  const latest = Date.now() + CLOCK_TOLERANCE_MS;
  const counts = listed.filter(({ takenAt }) => takenAt.getTime() <= latest);
  for (const backup of [...counts, ...listed]) {
    newest.set(backup.database, newest.get(backup.database) ?? (backup.state === 'complete' ? backup : undefined));
  }
  const names = [...newest.keys()].sort();
  return {
    backups: names.flatMap((name) => newest.get(name) ?? []),
    skipped: names
      .filter((name) => newest.get(name) === undefined)
      .map((database) => ({ database, reason: 'It has no complete backup: a run is under way, or was interrupted.' })),
  };
}

/** Which backups a command is about: those that are named, or the newest of each database. */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import type { Backup, CompleteBackup } from '../../vault/catalog.js';
import { listBackups } from '../../vault/catalog.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { missingObject } from '../../vault/require-parts.js';
import { resolveSpec } from '../../vault/resolve-backup.js';
import { HoldfastError } from '../../core/errors.js';

/** A database that has nothing to work with. */
export interface SkippedDatabase {
  readonly database: string;
  readonly reason: string;
}

export interface SelectedBackups {
  readonly backups: readonly CompleteBackup[];
  readonly skipped: readonly SkippedDatabase[];
  /** Which newer backups were passed over that lack nothing: sentences. */
  readonly notes: readonly string[];
  /** How many older complete backups of the chosen databases are not among them. */
  readonly older: readonly { readonly database: string; readonly count: number }[];
}

export interface SelectOptions {
  /** The newest of each database. */
  readonly all?: boolean | undefined;
  /** With `all`: every complete one. */
  readonly every?: boolean | undefined;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** @throws HoldfastError USAGE, UNKNOWN_BACKUP, VAULT_UNREADABLE; the signal's error */
export async function selectBackups(
  store: ObjectStore,
  specs: readonly string[],
  options: SelectOptions,
): Promise<SelectedBackups> {
  const { all = false, every = false, now, signal } = options;
  if (every && !all) {
    throw new HoldfastError('USAGE', '--every is given without --all.', { hint: 'Give both: --all --every.' });
  }
  if (all !== (specs.length === 0)) {
    const problem = all ? 'Backups are named, and --all is given too.' : 'No backup is named.';
    throw new HoldfastError('USAGE', problem, {
      hint: 'Name backups (orders, orders@2026-11-22, a key), or give --all for the newest of each database.',
    });
  }
  if (all) return ofEachDatabase(store, { every, now, signal });
  const found = new Map<string, CompleteBackup>();
  const skipped: SkippedDatabase[] = [];
  const notes: string[] = [];
  for (const spec of specs) {
    const { backup, all: others, exact, limit } = await resolveSpec(store, spec, { now, signal });
    found.set(backup.key, backup);
    if (exact) {
      notes.push(...futureNotes([backup], now));
      continue;
    }
    const newer = others.slice(0, others.indexOf(backup)).filter(({ takenAt }) => !limit || takenAt <= limit);
    skipped.push(...damagedOf(newer));
    notes.push(...futureNotes([...newer, backup], now));
  }
  return { backups: [...found.values()], skipped, notes, older: [] };
}

async function ofEachDatabase(
  store: ObjectStore,
  { every, now, signal }: { readonly every: boolean; readonly now: Date; readonly signal: AbortSignal },
): Promise<SelectedBackups> {
  const listed = await listBackups(store, undefined, { signal });
  if (listed.length === 0) {
    throw new HoldfastError('UNKNOWN_BACKUP', `The vault ${store.url} holds no backup.`, {
      hint: 'Take one: `holdfast backup`.',
    });
  }
  const chosen: CompleteBackup[] = [];
  const skipped: SkippedDatabase[] = [];
  const older: { database: string; count: number }[] = [];
  const notes: string[] = [];
  for (const database of [...new Set(listed.map((backup) => backup.database))].sort()) {
    const own = listed.filter((backup) => backup.database === database);
    const complete = own.filter((backup) => backup.state === 'complete');
    // One that is dated in the future would be the newest for ever: it is taken if there is no other.
    const newest = complete.find((backup) => !isAhead(backup, now)) ?? complete[0];
    skipped.push(...damagedOf(own));
    notes.push(...futureNotes(own, now));
    if (!newest) {
      skipped.push({ database, reason: 'It has no complete backup: a run is in progress, or was interrupted.' });
      continue;
    }
    chosen.push(...(every ? complete : [newest]));
    if (!every && complete.length > 1) older.push({ database, count: complete.length - 1 });
  }
  return { backups: chosen, skipped, notes, older };
}

function isAhead({ takenAt }: Backup, now: Date): boolean {
  return takenAt.getTime() - now.getTime() > CLOCK_TOLERANCE_MS;
}

/** What has lost a part that it needs, as the listing shows: nothing can be done with it, and nobody may overlook it. */
function damagedOf(backups: readonly Backup[]): SkippedDatabase[] {
  return backups.flatMap((backup) => {
    const reason = missingObject(backup);
    return reason === undefined ? [] : [{ database: backup.database, reason }];
  });
}

/** How many of them a note names. */
const NAMED = 3;

function futureNotes(backups: readonly Backup[], now: Date): string[] {
  const ahead = backups.filter((backup) => isAhead(backup, now));
  if (ahead.length === 0) return [];
  const names = ahead.slice(0, NAMED).map(({ key, baseKey }) => key ?? baseKey);
  const more = ahead.length > NAMED ? ` and ${ahead.length - NAMED} more` : '';
  return [`Dated in the future, so not the newest, whatever its date: ${names.join(', ')}${more}.`];
}

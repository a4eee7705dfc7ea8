/** Finding the backup that a user names. */
import { CLOCK_TOLERANCE_MS } from '../core/clock.js';
import { HoldfastError } from '../core/errors.js';
import { nearest, nearestFirst } from '../core/nearest.js';
import { quoted } from '../core/quoted.js';
import { formatInstant } from '../core/times.js';
import { listBackups, type Backup, type CatalogOptions, type CompleteBackup } from './catalog.js';
import { keyFault } from '../syntax/object-key.js';
import { parseKey, parseStamp } from './keys.js';
import { missingObject } from './require-parts.js';
import type { ObjectStore } from './object-store.js';

/** How many databases a message names. */
const SHOWN_DATABASES = 8;
/** How many backups that were passed over are named. */
const SHOWN_SKIPPED = 5;

/**
 * The complete backup that `spec` names:
 *
 * - `db` or `db@latest`: the newest
 * - `db@2026-11-22T03:00:00Z`: the last one that began at or before that moment
 * - `db@2026-11-22`: the last one at or before the end of that day in UTC
 * - the key of its dump or of another of its objects
 *
 * @throws HoldfastError UNKNOWN_BACKUP naming what exists instead; VAULT_UNREADABLE
 */
export async function resolveBackup(
  store: ObjectStore,
  spec: string,
  options: ResolveOptions = {},
): Promise<CompleteBackup> {
  return (await resolveSpec(store, spec, options)).backup;
}

/** A backup that was named, and what it was found among. */
export interface ResolvedBackup {
  readonly backup: CompleteBackup;
  /** Whether it was named exactly, by its key or its moment, and not as the newest of several. */
  readonly exact: boolean;
  /** All of its database, newest first. */
  readonly all: readonly Backup[];
  /** The moment at or before which it had to be taken. */
  readonly limit?: Date | undefined;
  /** Which newer ones were passed over, and why: sentences. */
  readonly skipped: readonly string[];
}

export interface ResolveOptions extends CatalogOptions {
  /** A backup dated later is not the newest, unless there is no other. @default all dates count */
  readonly now?: Date | undefined;
}

/** As {@link resolveBackup}, with all the others. */
export async function resolveSpec(
  store: ObjectStore,
  spec: string,
  options: ResolveOptions = {},
): Promise<ResolvedBackup> {
  if (spec.includes('/')) return byKey(store, spec, options);
  // A database's name may contain an `@`: the whole text is tried as a name first.
  const whole = await backupsOf(store, spec, options);
  if (whole.length > 0) return chooseNamed(spec, whole, undefined, options.now);

  const at = spec.lastIndexOf('@');
  if (at < 0) throw await unknownDatabase(store, spec, options);
  const database = spec.slice(0, at);
  const limit = parseMoment(spec.slice(at + 1));
  if (limit === 'invalid') {
    throw unknownBackup(
      `${quoted(spec.slice(at + 1))} in ${quoted(spec)} is not a moment`,
      `Write ${database}@latest, ${database}@2026-11-22 or ${database}@2026-11-22T03:00:00Z.`,
    );
  }
  const backups = await backupsOf(store, database, options);
  if (backups.length === 0) throw await unknownDatabase(store, database, options);
  return chooseNamed(database, backups, limit, options.now);
}

function chooseNamed(
  database: string,
  all: readonly Backup[],
  limit: Date | undefined,
  now: Date | undefined,
): ResolvedBackup {
  const backup = newest(database, all, limit, now);
  const exact = limit !== undefined && sameSecond(limit, backup.takenAt);
  const passed = exact ? [] : all.filter(({ takenAt }) => limit === undefined || takenAt <= limit);
  return { backup, exact, all, limit, skipped: describeSkipped(passed.slice(0, passed.indexOf(backup))) };
}

/** Why newer ones than the one that was found are not it. One that is being stored is no reason to say anything. */
function describeSkipped(newer: readonly Backup[]): string[] {
  const reasons = newer.flatMap((backup) => {
    if (backup.state === 'complete') return [`${backup.key} is dated in the future, and was passed over.`];
    const gone = missingObject(backup);
    return gone === undefined ? [] : [`A newer backup was passed over. ${gone}`];
  });
  const more = reasons.length - SHOWN_SKIPPED;
  return more > 0 ? [...reasons.slice(0, SHOWN_SKIPPED), `${more} more were passed over.`] : reasons;
}

/** Times in keys are whole seconds. */
function sameSecond(a: Date, b: Date): boolean {
  return Math.floor(a.getTime() / 1000) === Math.floor(b.getTime() / 1000);
}

/** The last millisecond that is meant; `undefined` for the newest of all. */
function parseMoment(text: string): Date | undefined | 'invalid' {
  if (text === 'latest') return undefined;
  const stamp = parseStamp(text);
  if (stamp) return stamp;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return validDate(`${text}T23:59:59.999Z`, text);
  // Without a zone the hour would depend on the machine that runs this.
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return 'invalid';
  const local = text.replace(/(Z|[+-]\d\d:\d\d)$/, 'Z');
  // The day must exist in its own zone; JavaScript takes February 31 for March 3.
  return validDate(local, text.slice(0, 10)) === 'invalid' ? 'invalid' : validDate(text);
}

function validDate(text: string, day?: string): Date | 'invalid' {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return 'invalid';
  return day === undefined || date.toISOString().startsWith(day) ? date : 'invalid';
}

function newest(
  database: string,
  backups: readonly Backup[],
  limit: Date | undefined,
  now: Date | undefined,
): CompleteBackup {
  const complete = backups.filter((backup) => backup.state === 'complete');
  const found = complete.filter(({ takenAt }) => limit === undefined || takenAt <= limit);
  const exact = found.find(({ takenAt }) => limit !== undefined && sameSecond(limit, takenAt));
  const latest = now === undefined ? Infinity : now.getTime() + CLOCK_TOLERANCE_MS;
  const chosen = exact ?? found.find(({ takenAt }) => takenAt.getTime() <= latest) ?? found[0];
  if (chosen) return chosen;
  const last = complete[0];
  const first = complete.at(-1);
  if (!last || !first) {
    throw unknownBackup(
      `The database ${database} has no complete backup, only ${backups.length} incomplete: none has both a dump and a manifest`,
      'A run is still in progress, or was interrupted: take a new backup.',
    );
  }
  const known =
    first === last
      ? `its only complete backup is dated ${formatInstant(last.takenAt)}`
      : `its oldest complete backup is dated ${formatInstant(first.takenAt)}, its newest ${formatInstant(last.takenAt)}`;
  throw unknownBackup(
    `The database ${database} has no complete backup at or before ${limit ? formatInstant(limit) : 'now'}; ${known}`,
  );
}

async function byKey(store: ObjectStore, key: string, options: CatalogOptions): Promise<ResolvedBackup> {
  const parsed = parseKey(key);
  if (!parsed) {
    throw unknownBackup(
      `${quoted(key)} is not the key of a backup`,
      'A key is written as `holdfast list` shows it: layer2/<db>/<YYYY>/<MM>/<DD>/<db>_<time>.sql.gz.',
    );
  }
  const backups = await listBackups(store, parsed.database, { ...options, prefix: parsed.prefix });
  const found = backups.find(({ baseKey }) => baseKey === parsed.base);
  if (found?.state === 'complete' && found.objects.some((object) => object.key === key)) {
    return { backup: found, exact: true, all: backups, skipped: [] };
  }
  if (found?.state === 'incomplete') {
    const lacks = found.key === undefined ? 'dump' : 'manifest';
    throw unknownBackup(
      `The backup ${key} is incomplete: it has no ${lacks}`,
      'Its run is still in progress, or was interrupted: choose another one with `holdfast list`.',
    );
  }
  if (backups.length === 0) throw await unknownDatabase(store, parsed.database, options);
  throw unknownBackup(`The vault ${store.url} has no object ${key}`);
}

/** The backups of a database; none for a name that no vault can hold. */
async function backupsOf(store: ObjectStore, database: string, options: CatalogOptions): Promise<Backup[]> {
  return keyFault(database) ? [] : listBackups(store, database, options);
}

async function unknownDatabase(store: ObjectStore, database: string, options: CatalogOptions): Promise<HoldfastError> {
  const error = await mistypedDatabase(store, database, options);
  return (
    error ?? unknownBackup(`The vault ${store.url} holds no backup of any database`, 'Take one: `holdfast backup`.')
  );
}

/** UNKNOWN_BACKUP for a database that has none, naming those that have some; `undefined` for an empty vault. */
export async function mistypedDatabase(
  store: ObjectStore,
  database: string,
  options: CatalogOptions,
): Promise<HoldfastError | undefined> {
  const backups = await listBackups(store, undefined, options);
  const names = nearestFirst(
    database,
    backups.map((backup) => backup.database),
  );
  if (names.length === 0) return undefined;
  const shown = names.slice(0, SHOWN_DATABASES).join(', ');
  const more = names.length > SHOWN_DATABASES ? ` and ${names.length - SHOWN_DATABASES} more` : '';
  const near = nearest(database, names);
  const hint = near === undefined ? undefined : `Did you mean ${near}?`;
  return unknownBackup(
    `The vault ${store.url} has no backup of ${quoted(database)}; it has backups of ${shown}${more}`,
    hint,
  );
}

function unknownBackup(message: string, hint?: string): HoldfastError {
  return new HoldfastError('UNKNOWN_BACKUP', `${message}.`, { hint });
}

/** The state of every database in the vault or the config. */
import { mapBounded } from '../../core/bounded-concurrency.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { quoted } from '../../core/quoted.js';
import { listBackups, type Backup, groupByDatabase } from '../../vault/catalog.js';
import { readManifest } from '../../vault/formats/manifest.js';
import type { BackupContext } from '../operation/context.js';
import type { DatabaseHistory, DatabaseStatus } from './database-status.js';
import { judgeDatabase, worstFirst, type Expectations } from './judge.js';
import { readHistory } from './read-history.js';

/** Backups that are read of all databases together, apart from those of `choose-read.ts`. */
const READ = 10_000;
/** Of one database, at most and at least. */
const MOST = 100;
const LEAST = 10;
/** Databases that are read at once. */
const READERS = 4;

export interface StatusRequest {
  /** The databases of the config, by name: shown even when the vault holds nothing of them. */
  readonly expected: ReadonlyMap<string, Expectations>;
  /**
   * What is expected of a database that is in the vault but not among those: one that a discovery in the config covers,
   * or one that the config does not have.
   *
   * @param dbName its name on the server, where the vault says it
   */
  readonly others: (database: string, dbName: string | undefined) => Expectations;
  /** Only these; all when empty. */
  readonly names: readonly string[];
}

export interface VaultStatus {
  /** When it was looked at: ages are measured to this moment. */
  readonly at: Date;
  /** Worst first. */
  readonly databases: readonly DatabaseStatus[];
  /**
   * Why the vault itself could not be read, so that nothing is known about any database; it is among their problems
   * too.
   */
  readonly unreadable: string | undefined;
  /** What to do about it. */
  readonly hint?: string | undefined;
}

/**
 * @throws HoldfastError UNKNOWN_DATABASE for a name that neither the config nor the vault has; the signal's error
 */
export async function readStatus(
  request: StatusRequest,
  context: Pick<BackupContext, 'store' | 'signal' | 'clock'>,
): Promise<VaultStatus> {
  const { store, signal, clock } = context;
  const at = clock.now();
  let listed: readonly Backup[];
  try {
    listed = await listBackups(store, undefined, { signal });
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    const nothing = [...request.expected].filter(
      ([name]) => request.names.length === 0 || request.names.includes(name),
    );
    const databases = nothing.map(([name, expected]) =>
      judgeDatabase(unknownHistory(name, error.message), expected, at),
    );
    return { at, databases: databases.sort(worstFirst), unreadable: error.message, hint: error.hint };
  }
  const found = groupByDatabase(listed);
  const names = chosenNames(request, found, store.url);
  const depth = Math.min(MOST, Math.max(LEAST, Math.floor(READ / Math.max(1, names.length))));
  const judge = async (name: string) => {
    const backups = found.get(name) ?? [];
    const expected = request.expected.get(name) ?? request.others(name, await dbNameOf(backups, context));
    const history = await readHistory(name, backups, expected.volume, { store, signal, now: at, depth });
    return judgeDatabase(history, expected, at);
  };
  const databases = await mapBounded(names, READERS, judge, signal);
  return { at, databases: databases.sort(worstFirst), unreadable: undefined };
}

function unknownHistory(database: string, reason: string): DatabaseHistory {
  return {
    database,
    backups: { complete: 0, incomplete: 0 },
    lastBackup: undefined,
    lastProof: undefined,
    across: [],
    source: { counting: undefined, accepted: undefined, newest: undefined, unanswered: [], hasOtherProofs: false },
    trend: [],
    drops: [],
    part: undefined,
    notRead: 0,
    notCompared: undefined,
    unreadable: [reason],
    anomalies: [],
  };
}

function chosenNames(
  { expected, names }: StatusRequest,
  found: ReadonlyMap<string, readonly Backup[]>,
  url: string,
): readonly string[] {
  const known = new Set([...expected.keys(), ...found.keys()]);
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new HoldfastError(
      'UNKNOWN_DATABASE',
      `Neither the config nor the vault ${url} has ${unknown.map((name) => quoted(name)).join(', ')}.`,
      { hint: 'Run `holdfast status` without a name to see all databases.' },
    );
  }
  return names.length > 0 ? [...new Set(names)] : [...known];
}

/** The name on the server according to the newest readable manifest. */
async function dbNameOf(
  backups: readonly Backup[],
  { store, signal }: Pick<BackupContext, 'store' | 'signal'>,
): Promise<string | undefined> {
  const newest = backups.find((backup) => backup.state === 'complete');
  if (newest?.state !== 'complete') return undefined;
  try {
    return (await readManifest(store, newest.manifestKey, signal)).manifest.dbName;
  } catch (error) {
    throwIfAborted(signal);
    // Reading the history says so.
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}

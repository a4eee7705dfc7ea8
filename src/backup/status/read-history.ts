/** What the vault says of one database: its newest backups, its newest proof, and what has dropped between backups. */
import type { VolumeConfig } from '../../config/sections/volume.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import type { Backup, CompleteBackup } from '../../vault/catalog.js';
import { requireParts } from '../../vault/require-parts.js';
import type { BackupContext } from '../context.js';
import { openBackup, type StoredBackup } from '../stored-backup.js';
import { compareVolume, hasDropped } from '../volume/compare-volume.js';
import { describeDrops } from '../volume/describe-volume.js';
import { readVolume, selectionProblem } from '../volume/read-volume.js';
import type { DatabaseHistory, LastBackup } from './database-status.js';
import { findNewestProof } from './newest-proof.js';

/** How many backups the trend has. */
const TREND = 10;
/** For how long a drop is told of after newer backups, in milliseconds: who looks once a day sees those of every hour. */
const REMEMBERED_MS = 86_400_000;

export interface HistoryContext extends Pick<BackupContext, 'store' | 'signal'> {
  readonly now: Date;
}

/**
 * @param backups all of one database, newest first
 * @throws the signal's error; what cannot be read is in the answer
 */
export async function readHistory(
  database: string,
  backups: readonly Backup[],
  limits: VolumeConfig,
  context: HistoryContext,
): Promise<DatabaseHistory> {
  const complete = backups.filter((backup) => backup.state === 'complete');
  const unreadable: string[] = [];
  /** The result, or nothing and a sentence about why. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      throwIfAborted(context.signal);
      if (!(error instanceof HoldfastError)) throw error;
      unreadable.push(error.message);
      return undefined;
    }
  };

  const open = (backup: CompleteBackup) => attempt(() => openBackup(context.store, backup, context.signal));
  const newest = (await Promise.all(complete.slice(0, TREND).map(open))).filter((stored) => stored !== undefined);
  const lastProof = await findNewestProof(complete, newest, attempt, context);
  const whole = await Promise.all(
    newest.map(({ backup, manifest }) =>
      attempt(() => {
        requireParts(backup, manifest);
        return Promise.resolve(true);
      }),
    ),
  );
  // One with a part that is gone is told of once.
  const readable = whole[0] === true && whole[1] === true;
  const comparison = await compareNewest(newest, limits, readable ? attempt : none, context);
  return {
    database,
    backups: { complete: complete.length, incomplete: backups.length - complete.length },
    lastBackup: newest[0] && toLastBackup(newest[0]),
    lastProof,
    trend: newest
      .map(({ backup, manifest: { totals } }) => ({
        takenAt: backup.takenAt,
        rawBytes: totals.rawBytes,
        rows: totals.rows,
      }))
      .reverse(),
    drops: [...comparison.drops, ...earlierDrops(newest, limits, context.now)],
    notCompared: comparison.notCompared,
    unreadable,
  };
}

function toLastBackup({ backup, manifest }: StoredBackup): LastBackup {
  return {
    key: backup.key,
    takenAt: backup.takenAt,
    durationMs: manifest.durationMs,
    rows: manifest.totals.rows,
    tables: manifest.totals.tables,
    rawBytes: manifest.totals.rawBytes,
    storedBytes: manifest.parts.reduce((sum, part) => sum + part.storedBytes, 0),
  };
}

const none = () => Promise.resolve(undefined);

interface NewestComparison {
  readonly drops: readonly string[];
  readonly notCompared: string | undefined;
}

/**
 * The newest backup against the one before, table by table. It is done here whatever the manifest says: the identity that
 * took the backup mostly could not read the other one, and need not be believed.
 */
async function compareNewest(
  newest: readonly StoredBackup[],
  limits: VolumeConfig,
  attempt: <T>(work: () => Promise<T>) => Promise<T | undefined>,
  context: HistoryContext,
): Promise<NewestComparison> {
  const [last, before] = newest;
  if (!last || !before) return { drops: [], notCompared: 'There is no backup before.' };
  const problem = selectionProblem(before.manifest.selection, last.manifest.selection);
  if (problem !== undefined) return { drops: [], notCompared: problem };
  const compared = await attempt(async () =>
    compareVolume(await readVolume(before, context), await readVolume(last, context), limits),
  );
  if (compared) return { drops: describeDrops(compared, last.manifest.totals), notCompared: undefined };
  return { drops: dropsInTotals(before, last, limits), notCompared: 'The entries could not be read.' };
}

/** Drops before the newest backup: by the totals, and as the manifests tell of tables. */
function earlierDrops(newest: readonly StoredBackup[], limits: VolumeConfig, now: Date): string[] {
  return newest.slice(1).flatMap((stored, index) => {
    const before = newest[index + 2];
    const { takenAt } = stored.backup;
    if (now.getTime() - takenAt.getTime() > REMEMBERED_MS) return [];
    const { volume, totals } = stored.manifest;
    const told = volume && volume.comparedWith !== null ? describeDrops(volume, totals) : [];
    const found = told.length > 0 || !before ? told : dropsInTotals(before, stored, limits);
    return found.map((drop) => `Of the backup of ${takenAt.toISOString().slice(0, 19)}Z: ${drop}`);
  });
}

function dropsInTotals(before: StoredBackup, after: StoredBackup, limits: VolumeConfig): string[] {
  const [old, now] = [before.manifest.totals, after.manifest.totals];
  if (selectionProblem(before.manifest.selection, after.manifest.selection) !== undefined) return [];
  const drops: ('rows' | 'bytes')[] = [];
  if (hasDropped(old.rows, now.rows, limits.maxRowDrop)) drops.push('rows');
  if (hasDropped(old.rawBytes, now.rawBytes, limits.maxByteDrop)) drops.push('bytes');
  const none = { total: 0, tables: [] };
  return describeDrops({ before: old, drops, vanished: none, shrunk: none }, now);
}

/**
 * What the vault says about one database: its newest backups, its newest proof, and what has dropped between backups.
 */
import type { VolumeConfig } from '../../config/sections/volume.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import { HoldfastError } from '../../core/errors.js';
import { DAY_MS, formatInstant } from '../../core/times.js';
import type { Backup } from '../../vault/catalog.js';
import { requireParts } from '../../vault/require-parts.js';
import type { BackupContext } from '../operation/context.js';
import { storedAtOf } from '../stored/anomalies.js';
import { specOf } from '../stored/choose-backup.js';
import { acrossSummaries, countGaps } from '../stored/beside-verdict.js';
import { describeBad } from '../stored/describe-bad.js';
import { judgeBackups } from '../stored/judge-backups.js';
import type { JudgedBackup } from '../stored/judged-backup.js';
import { differs, identityOf, readSources, type Sources, type SourceStanding } from '../stored/sources.js';
import type { StoredBackup } from '../stored/stored-backup.js';
import { compareVolume, hasDropped, readVolume, selectionProblem } from '../stored/volume.js';
import { describeDrops } from '../stored/describe-volume.js';
import type { AcrossProof, DatabaseHistory, LastBackup, LastProof } from './database-status.js';

/** How many backups the trend has. */
const TREND = 10;
/** How long a drop is still reported after newer backups, in milliseconds: a daily reader sees hourly drops. */
const REMEMBERED_MS = DAY_MS;

export interface HistoryContext extends Pick<BackupContext, 'store' | 'signal'> {
  readonly now: Date;
  /** How many of the newest backups are read. */
  readonly depth: number;
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
  const { store, signal, now, depth } = context;
  const sources = await readSources(store, database, backups, { now, signal });
  const judged = await judgeBackups(store, backups, { now, limits, depth, sources, signal });
  const unreadable = [...sources.faults, ...judged.flatMap(({ faults }) => faults)];
  /** The result, or nothing and a sentence about why. */
  const attempt = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      throwIfAborted(signal);
      if (!(error instanceof HoldfastError)) throw error;
      unreadable.push(error.message);
      return undefined;
    }
  };
  const current = judged.filter(({ stored, future }) => stored !== undefined && !future).sort(byTrueDate);
  const newest = current.flatMap(({ stored }) => stored ?? []).slice(0, TREND);
  // A backup with a missing part is reported once.
  const readable = newest.slice(0, 2).every(isWhole);
  // What was before a backup whose volume was accepted is settled.
  const settled = newest.findIndex(({ manifest, manifestSha256 }) => sources.acceptsVolume(manifest, manifestSha256));
  const comparison =
    settled === 0
      ? { drops: [], notCompared: 'What the newest backup holds was accepted.' }
      : await compareNewest(newest, limits, readable ? attempt : none, context);
  return {
    database,
    backups: {
      complete: backups.filter(({ state }) => state === 'complete').length,
      incomplete: backups.filter(({ state }) => state === 'incomplete').length,
    },
    lastBackup: newest[0] && current[0] && toLastBackup(newest[0], trueDateOf(current[0])),
    ...sourceAndProofOf(judged, sources),
    across: acrossOf(judged),
    trend: newest
      .map(({ backup, manifest: { totals } }) => ({
        takenAt: backup.takenAt,
        rawBytes: totals.rawBytes,
        rows: totals.rows,
      }))
      .reverse(),
    drops: [
      ...comparison.drops,
      ...lastingDrops(database, current, comparison.drops.length > 0 ? newest[1] : undefined),
      ...earlierDrops(newest, limits, context.now, settled < 0 ? Infinity : settled),
    ],
    part: current[0]?.part?.of && current[0].part.message,
    notCompared: comparison.notCompared,
    notRead: judged.filter(({ state, stored }) => state === 'complete' && stored === undefined).length,
    unreadable,
    anomalies: judged.flatMap(({ anomalies }) => anomalies),
  };
}

/**
 * When a backup was taken or, if that was clearly earlier, stored: otherwise one that is dated ahead would stay the newest,
 * and young, for as long as its writer chose.
 */
function trueDateOf({ backup, takenAt }: JudgedBackup): Date {
  const storedAt = storedAtOf(backup);
  return storedAt && takenAt.getTime() - storedAt.getTime() > CLOCK_TOLERANCE_MS ? storedAt : takenAt;
}

function byTrueDate(a: JudgedBackup, b: JudgedBackup): number {
  return trueDateOf(b).getTime() - trueDateOf(a).getTime();
}

/**
 * A newest backup that holds far less than the last good one, until there is a good one again or someone accepts it. The
 * backups in between have collapsed as well, so comparing neighbors does not show it.
 *
 * @param told the backup with which a comparison has shown it already
 */
function lastingDrops(database: string, [last]: readonly JudgedBackup[], told: StoredBackup | undefined): string[] {
  if (!last?.collapse || last.collapse.against.stored === told) return [];
  const settle = `If that was intended: \`holdfast accept ${database} --volume\`.`;
  return [`Of the newest backup: ${last.collapse.message} ${settle}`];
}

function isWhole({ backup, manifest }: StoredBackup): boolean {
  try {
    requireParts(backup, manifest);
    return true;
  } catch {
    return false;
  }
}

/**
 * What the proofs of a database add up to. A bad one counts unless a verification of the same backup has superseded it:
 * what another backup has shown, and when, does not improve it. A good one counts only for the source of its backup:
 * that one database restores says nothing about another.
 */
function sourceAndProofOf(
  judged: readonly JudgedBackup[],
  { counting, acceptance }: Sources,
): Pick<DatabaseHistory, 'source' | 'lastProof'> {
  const newest = judged.find(({ stored, future }) => stored && !future)?.source;
  const isOfNewest = (source: SourceStanding) =>
    newest !== undefined && newest.relation === 'foreign' && !differs(source, newest);
  const all = judged
    .flatMap(({ proof, provenAt, key, why, source, stored, takenAt }) => {
      if (!proof || !provenAt || key === undefined || !source || !stored) return [];
      const { verdict, verifiedAt } = proof.proof;
      const bad = verdict === 'differs' || verdict === 'unreadable';
      const since = judged.find((one) => one.standing === 'proven' && !one.future && one.takenAt > takenAt);
      return [
        {
          ...{ source, key: proof.key, backupKey: key, verdict, verifiedAt: new Date(verifiedAt), provenAt, why },
          held: stored.manifest.totals,
          beside: {
            derived: proof.proof.derived,
            across: proof.proof.across && { serverMajor: proof.proof.across.serverMajor },
            notCompared: countGaps(proof.proof.notCompared),
          },
          fault: bad ? describeBad(proof.proof) : undefined,
          provenSince: since && specOf(since),
        },
      ];
    })
    .sort((a, b) => b.provenAt.getTime() - a.provenAt.getTime());
  // Whether a backup with an unknown cluster restores says nothing about one whose cluster is known, nor the reverse.
  const isPresent = (source: SourceStanding) =>
    newest?.relation === 'foreign'
      ? isOfNewest(source)
      : source.relation === 'present' && (newest?.relation !== 'present' || source.certain === newest.certain);
  const present = all.filter(({ source }) => isPresent(source));
  const bad = all.find(
    ({ verdict, source }) =>
      (verdict === 'differs' || verdict === 'unreadable') && (source.relation !== 'foreign' || isOfNewest(source)),
  );
  const since = acceptance ? Date.parse(acceptance.acceptedAt) : -Infinity;
  return {
    lastProof: withoutSource(bad ?? present.find(({ verdict }) => verdict === 'proven') ?? present[0]),
    source: {
      counting,
      accepted: acceptance && { at: new Date(acceptance.acceptedAt), by: acceptance.acceptedBy },
      newest,
      unanswered: judged.flatMap(({ key, takenAt, source, future }) =>
        source?.relation === 'foreign' && key !== undefined && !future && takenAt.getTime() > since
          ? [{ key, takenAt, source: { dbName: source.dbName, systemIdentifier: source.systemIdentifier } }]
          : [],
      ),
      hasOtherProofs: all.some(({ verdict, source }) => verdict === 'proven' && !isPresent(source)),
    },
  };
}

/** Of backups of another source, nothing follows for this one. */
function acrossOf(judged: readonly JudgedBackup[]): AcrossProof[] {
  const newest = new Map<number, AcrossProof>();
  for (const { across, key: backupKey, source, future } of judged) {
    if (backupKey === undefined || future || source?.relation === 'foreign') continue;
    for (const summary of acrossSummaries(across)) {
      const proof = across.find(({ key }) => key === summary.key)?.proof;
      const fault = proof && summary.verdict !== 'restores' ? describeBad(proof) : undefined;
      if (!newest.has(summary.serverMajor)) newest.set(summary.serverMajor, { ...summary, backupKey, fault });
    }
  }
  return [...newest.values()].sort((a, b) => a.serverMajor - b.serverMajor);
}

function withoutSource(found: (LastProof & { readonly source: SourceStanding }) | undefined): LastProof | undefined {
  if (!found) return undefined;
  const { source: _, ...proof } = found;
  return proof;
}

function toLastBackup({ backup, manifest }: StoredBackup, takenAt: Date): LastBackup {
  return {
    key: backup.key,
    takenAt,
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
 * Compares the newest backup with the previous one, table by table. This is done here whatever the manifest says: the
 * identity that took the backup usually could not read the other one, and need not be believed.
 */
async function compareNewest(
  newest: readonly StoredBackup[],
  limits: VolumeConfig,
  attempt: <T>(work: () => Promise<T>) => Promise<T | undefined>,
  context: HistoryContext,
): Promise<NewestComparison> {
  const [last, before] = newest;
  if (!last || !before) return { drops: [], notCompared: 'There is no earlier backup.' };
  const problem = selectionProblem(before.manifest.selection, last.manifest.selection);
  if (problem !== undefined) return { drops: [], notCompared: problem };
  const compared = await attempt(async () =>
    compareVolume(await readVolume(before, context), await readVolume(last, context), limits),
  );
  const told = (drops: readonly string[]) => acrossSources(drops, before, last);
  if (compared) return { drops: told(describeDrops(compared, last.manifest.totals)), notCompared: undefined };
  return { drops: told(dropsInTotals(before, last, limits)), notCompared: 'The entries could not be read.' };
}

/**
 * Drops before the newest backup: by the totals, and by what the manifests say about tables.
 *
 * @param settled the index of the newest backup whose volume was accepted
 */
function earlierDrops(newest: readonly StoredBackup[], limits: VolumeConfig, now: Date, settled: number): string[] {
  return newest.slice(1, Math.max(1, settled)).flatMap((stored, index) => {
    const before = newest[index + 2];
    const { takenAt } = stored.backup;
    if (now.getTime() - takenAt.getTime() > REMEMBERED_MS) return [];
    const { volume, totals } = stored.manifest;
    const told = volume && volume.comparedWith !== null ? describeDrops(volume, totals) : [];
    const found = told.length > 0 || !before ? told : dropsInTotals(before, stored, limits);
    return (before ? acrossSources(found, before, stored) : found).map(
      (drop) => `The backup of ${formatInstant(takenAt)}: ${drop}`,
    );
  });
}

/** Between two sources a drop is either no loss or the wrong database: the message must say that there are two. */
function acrossSources(drops: readonly string[], before: StoredBackup, after: StoredBackup): readonly string[] {
  if (!differs(identityOf(before.manifest), identityOf(after.manifest))) return drops;
  return drops.map((drop) => `${drop} The previous backup is of another source.`);
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

/**
 * The one place that judges what is stored: for each backup of a database its standing, which proof counts and why, and
 * what is wrong with it. `list`, `status`, `prune`, `show`, `verify`, `check` and the choice of what to restore rely on
 * it.
 */
import type { VolumeConfig } from '../../config/sections/volume.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import type { Backup, CompleteBackup } from '../../vault/catalog.js';
import type { Manifest } from '../../vault/formats/manifest.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { missingObject, requireParts } from '../../vault/require-parts.js';
import { openBackup, type StoredBackup } from './stored-backup.js';
import { largestToHold, notHeld } from './documents-to-hold.js';
import { findAnomalies, isAgainst, isDateDoubtful, isOfFuture, type Anomaly } from './anomalies.js';
import { chooseRead } from './choose-read.js';
import { findCollapses, findParts, isContested, isEmpty } from './collapse.js';
import type { JudgedBackup } from './judged-backup.js';
import { judgeProofs, readProofs, type ProofJudgment } from './proofs.js';
import { isOldEnough, readRemovalMark, type RemovalMark } from './removal-mark.js';
import { describeSource, OTHER_SOURCE, readSources, type Sources } from './sources.js';

/** Backups that are read at once. */
const READERS = 8;

export interface JudgeOptions {
  readonly now: Date;
  /** How much less than the previous one a backup may hold. */
  readonly limits: Pick<VolumeConfig, 'maxRowDrop' | 'maxByteDrop'>;
  /**
   * How many of the newest are read; of the older ones, only those that were verified.
   *
   * @default all
   */
  readonly depth?: number | undefined;
  /**
   * What is known about the database's sources, from `readSources`.
   *
   * @default read here; give it when `backups` is not all of them
   */
  readonly sources?: Sources | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * @param backups all of one database, newest first
 * @returns in the same order
 * @throws the signal's error; what cannot be read is a state, not an error
 */
export async function judgeBackups(
  store: ObjectStore,
  backups: readonly Backup[],
  options: JudgeOptions,
): Promise<JudgedBackup[]> {
  const { signal, depth = Infinity, now } = options;
  const [first] = backups;
  if (!first) return [];
  const sources = options.sources ?? (await readSources(store, first.database, backups, { now, signal }));
  const most = largestToHold(backups.map(sizeOfDocuments));
  const wanted = chooseRead(backups, depth, now);
  const read = (backup: Backup) =>
    wanted.has(backup)
      ? judge(store, backup, { ...options, sources, fits: sizeOfDocuments(backup) <= most })
      : Promise.resolve(unread(backup, now));
  const judged = await mapBounded(backups, READERS, read, signal);
  const isAccepted = ({ stored }: JudgedBackup) =>
    stored !== undefined && sources.acceptsVolume(stored.manifest, stored.manifestSha256);
  const collapses = findCollapses(judged, options.limits, isAccepted);
  const parts = findParts(judged, isAccepted);
  return judged.map((one) => ({ ...one, collapse: collapses.get(one), part: parts.get(one) }));
}

/** Whether nothing at all is known against a backup, and no other holds more of the database. */
export function isSound(judged: JudgedBackup): boolean {
  return isWhole(judged) && judged.foreignSource === undefined && judged.part?.of === undefined;
}

/** Whether neither its date nor how much it holds is in doubt. */
export function isCertain({ collapse, anomalies }: JudgedBackup, datesKnown: boolean): boolean {
  return collapse === undefined && !(datesKnown && isDateDoubtful(anomalies));
}

/** Whether nothing is known against what a backup holds, whichever source that is of. */
export function isWhole(judged: JudgedBackup): boolean {
  const { state, standing, future, empty, collapse, anomalies } = judged;
  const meant = !future && !empty && !anomalies.some((anomaly) => isAgainst(anomaly, standing));
  const whole = collapse === undefined || isContested(judged);
  return state === 'complete' && (standing === 'proven' || standing === 'unverified') && meant && whole;
}

function unread(backup: Backup, now: Date): JudgedBackup {
  const { state } = backup;
  const why = state === 'complete' ? 'It was not read.' : 'It is incomplete, and was not read.';
  return {
    ...nothingKnown(backup),
    future: isOfFuture(backup.takenAt, undefined, now),
    anomalies: findAnomalies(backup, undefined, now),
    ...{ state, standing: state === 'complete' ? 'unverified' : 'incomplete', why },
  };
}

function nothingKnown(
  backup: Backup,
): Omit<JudgedBackup, 'state' | 'standing' | 'why' | 'anomalies'> & { anomalies: readonly Anomaly[] } {
  return {
    backup,
    key: backup.key,
    takenAt: backup.takenAt,
    problem: undefined,
    faults: [],
    stored: undefined,
    proof: undefined,
    across: [],
    provenAt: undefined,
    future: false,
    empty: false,
    collapse: undefined,
    part: undefined,
    source: undefined,
    foreignSource: undefined,
    anomalies: [] as readonly Anomaly[],
  };
}

interface Judging extends JudgeOptions {
  readonly sources: Sources;
  /** Whether what is read of the backup can be held beside the others. */
  readonly fits: boolean;
}

/** Bytes of the manifest and the proofs, as the store lists them. */
function sizeOfDocuments({ manifestKey, proofKeys, objects }: Backup): number {
  const keys = new Set([manifestKey, ...proofKeys]);
  return objects.reduce((sum, { key, size }) => sum + (keys.has(key) ? size : 0), 0);
}

async function judge(store: ObjectStore, backup: Backup, options: Judging): Promise<JudgedBackup> {
  const { now, signal, fits } = options;
  const base = {
    ...nothingKnown(backup),
    future: isOfFuture(backup.takenAt, undefined, now),
    anomalies: findAnomalies(backup, undefined, now),
  };
  const mark = await readRemovalMark(store, backup, signal);
  if (mark?.anomaly) base.anomalies = [...base.anomalies, mark.anomaly];
  if (backup.state === 'incomplete') return incomplete(base, backup, mark, now);
  let stored: StoredBackup | undefined;
  try {
    if (!fits) throw new HoldfastError('OUT_OF_MEMORY', notHeld('manifest', backup.manifestKey));
    stored = await openBackup(store, backup, signal);
    requireParts(backup, stored.manifest);
    const { manifest, manifestSha256: sha256 } = stored;
    const proofs = judgeProofs(await readProofs(store, backup, signal), { key: manifest.key, sha256 }, now);
    return complete(base, stored, proofs, mark, options);
  } catch (error) {
    throwIfAborted(signal);
    if (!(error instanceof HoldfastError)) throw error;
    const problem = error.message;
    const why = 'What is stored cannot be read or is not what it should be.';
    const seen = stored && { stored, key: stored.manifest.key, ...factsOf(backup, stored.manifest, mark, options) };
    return { ...base, ...seen, state: 'unreadable', standing: 'unreadable', why, problem, faults: [problem] };
  }
}

function incomplete(
  base: ReturnType<typeof nothingKnown>,
  backup: Backup,
  mark: RemovalMark | undefined,
  now: Date,
): JudgedBackup {
  const gone = missingObject(backup);
  if (gone !== undefined) {
    const began = mark && mark.fault === undefined ? ' Prune began to remove it, by the mark beside it.' : '';
    const problem = `${gone}${began}`;
    const damage = { problem, why: 'A part that it needs is gone.', faults: [problem] };
    return { ...base, state: 'unreadable', standing: 'unreadable', ...damage };
  }
  const why = 'It has no manifest: a run is in progress, or was interrupted.';
  const common = { ...base, standing: 'incomplete' as const, why };
  if (mark && mark.fault === undefined) {
    const left = 'It was left behind by an interrupted prune';
    if (isOldEnough(backup, now)) return { ...common, state: 'left-over', why: `${left}.` };
    const problem = 'left behind by an interrupted prune, or still being stored: removed once it is 7 days old';
    return { ...common, state: 'incomplete', why: `${left}, or is still being stored.`, problem };
  }
  return { ...common, state: 'incomplete', problem: 'it has no manifest: in progress, or interrupted' };
}

function complete(
  base: ReturnType<typeof nothingKnown>,
  stored: StoredBackup,
  proofs: ProofJudgment,
  mark: RemovalMark | undefined,
  options: Judging,
): JudgedBackup {
  const facts = factsOf(stored.backup, stored.manifest, mark, options);
  const common = {
    ...base,
    ...facts,
    key: stored.manifest.key,
    stored,
    proof: proofs.proof,
    across: proofs.across,
    provenAt: proofs.provenAt,
    anomalies: [...facts.anomalies, ...proofs.anomalies],
  };
  const { faults } = proofs;
  // A bad verdict that can be read counts, whatever else cannot be read.
  if (faults[0] !== undefined && (proofs.standing === 'proven' || proofs.standing === 'unverified')) {
    const why = 'A proof that cannot be read may be the one that says that the backup does not restore.';
    return { ...common, state: 'unreadable', standing: 'unreadable', why, problem: faults[0], faults };
  }
  return { ...common, state: 'complete', standing: proofs.standing, why: proofs.why, faults };
}

function factsOf(backup: CompleteBackup, manifest: Manifest, mark: RemovalMark | undefined, { now, sources }: Judging) {
  const source = sources.standingOf(manifest);
  return {
    future: isOfFuture(backup.takenAt, manifest, now),
    empty: isEmpty(manifest.totals),
    source,
    foreignSource:
      source.relation === 'foreign' && sources.counting
        ? `${OTHER_SOURCE}${describeSource(source)}, but the backups of ${backup.database} should be of ${describeSource(sources.counting)}.`
        : undefined,
    anomalies: [...findAnomalies(backup, manifest, now), ...(mark?.anomaly ? [mark.anomaly] : [])],
  };
}

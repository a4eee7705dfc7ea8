/** The named backup, what is known about it, and which one would be better. */
import { formatInstant } from '../../core/times.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { resolveSpec } from '../../vault/resolve-backup.js';
import { isAgainst, isHarmless } from './anomalies.js';
import { describeBad } from './describe-bad.js';
import { isSound, judgeBackups } from './judge-backups.js';
import type { JudgedBackup } from './judged-backup.js';
import { readSources } from './sources.js';

/** Backups that are judged first: if the newest of them is sound, the others do not matter. */
const NEAR = 20;

export interface BetterBackup {
  /** What names exactly this backup on the command line. */
  readonly spec: string;
  readonly key: string;
  readonly takenAt: Date;
  readonly standing: JudgedBackup['standing'];
}

export interface ChosenBackup {
  readonly backup: CompleteBackup;
  readonly judged: JudgedBackup;
  /** Whether it was named exactly, and not as the newest of several. */
  readonly exact: boolean;
  /** Which newer ones were passed over, and why: sentences. */
  readonly skipped: readonly string[];
  /** Reasons not to use it without asking: sentences. */
  readonly doubts: readonly string[];
  /** What is worth knowing and no reason to ask: sentences. */
  readonly notes: readonly string[];
  /** The newest proven one without such reasons, otherwise the newest one; absent where there is none, or none is needed. */
  readonly better: BetterBackup | undefined;
  /** One without such reasons that is newer than `better` and not verified: it may hold what that one does not. */
  readonly newer: BetterBackup | undefined;
}

export interface ChoiceOptions {
  readonly now: Date;
  readonly volumeOf: (database: string) => VolumeConfig;
  readonly signal?: AbortSignal | undefined;
}

/** @throws HoldfastError UNKNOWN_BACKUP naming what exists instead; VAULT_UNREADABLE; the signal's error */
export async function chooseBackup(store: ObjectStore, spec: string, options: ChoiceOptions): Promise<ChosenBackup> {
  const { now, volumeOf, signal } = options;
  const { backup, exact, all, limit, skipped } = await resolveSpec(store, spec, { now, signal });
  const limits = volumeOf(backup.database);
  const sources = await readSources(store, backup.database, all, { now, signal });
  const judge = (depth: number) => judgeBackups(store, all, { now, limits, depth, sources, signal });
  const at = all.indexOf(backup);
  let judged = await judge(at + NEAR);
  let doubts = doubtsOf(judged[at] as JudgedBackup);
  if (doubts.length > 0 && all.length > at + NEAR) {
    judged = await judge(all.length);
    doubts = doubtsOf(judged[at] as JudgedBackup);
  }
  const own = judged[at] as JudgedBackup;
  const others = judged.filter((one) => one !== own && (limit === undefined || one.takenAt <= limit) && isSound(one));
  const [newest] = others;
  const best = others.find(({ standing }) => standing === 'proven') ?? newest;
  // For a database that never held a row, an empty backup is all that can be expected.
  const meant = own.empty && own.collapse === undefined && best === undefined && doubts.length === 1;
  return {
    backup: own.key === undefined ? backup : { ...backup, key: own.key },
    judged: own,
    exact,
    skipped,
    doubts: meant ? [] : doubts,
    notes: [...(meant ? doubts : []), ...backupNotes(own)],
    better: doubts.length > 0 && best ? toBetter(best) : undefined,
    newer: doubts.length > 0 && newest && newest !== best ? toBetter(newest) : undefined,
  };
}

function doubtsOf({
  standing,
  why,
  empty,
  collapse,
  part,
  future,
  foreignSource,
  anomalies,
  problem,
  proof,
  stored,
}: JudgedBackup): string[] {
  const bad = proof && standing === proof.proof.verdict ? describeBad(proof.proof) : why;
  return [
    ...(standing === 'differs' || standing === 'unreadable' ? [problem ?? bad] : []),
    ...(empty ? [stored?.manifest.totals.tables === 0 ? 'It holds no tables and no rows.' : 'It holds no rows.'] : []),
    ...(collapse ? [collapse.message] : []),
    ...(part?.of ? [part.message] : []),
    ...(foreignSource === undefined ? [] : [foreignSource]),
    ...(future && anomalies.length === 0 ? ['It is dated in the future.'] : []),
    ...anomalies.filter((anomaly) => isAgainst(anomaly, standing)).map(({ message }) => message),
  ];
}

/** An object beside a backup, or a mark, takes nothing from what the backup holds. */
function backupNotes({ standing, anomalies }: JudgedBackup): string[] {
  return anomalies
    .filter((anomaly) => !isHarmless(anomaly) && !isAgainst(anomaly, standing))
    .map(({ message }) => message);
}

/** What names exactly this backup on the command line, and says of when it is: `orders@2026-11-22T03:00:00Z`. */
export function specOf({ backup, takenAt }: Pick<JudgedBackup, 'backup' | 'takenAt'>): string {
  return `${backup.database}@${formatInstant(takenAt)}`;
}

function toBetter({ backup, key, takenAt, standing }: JudgedBackup): BetterBackup {
  return { spec: specOf({ backup, takenAt }), key: key ?? backup.baseKey, takenAt, standing };
}

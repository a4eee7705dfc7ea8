/** The named backup, what is known about it, and which one would be better. */
import type { VolumeConfig } from '../../config/sections/volume.js';
import type { CompleteBackup } from '../../vault/catalog.js';
import type { ObjectStore } from '../../vault/object-store.js';
import { resolveSpec } from '../../vault/resolve-backup.js';
import { isHarmless } from './anomalies.js';
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
  /** The newest without such reasons, preferring a proven one; absent where there is none, or none is needed. */
  readonly better: BetterBackup | undefined;
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
  const best = others.find(({ standing }) => standing === 'proven') ?? others[0];
  // For a database that never held a row, an empty backup is all that can be expected.
  const meant = own.empty && own.collapse === undefined && best === undefined && doubts.length === 1;
  return {
    backup: own.key === undefined ? backup : { ...backup, key: own.key },
    judged: own,
    exact,
    skipped,
    doubts: meant ? [] : doubts,
    better: doubts.length > 0 && best ? toBetter(best) : undefined,
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
}: JudgedBackup): string[] {
  return [
    ...(standing === 'differs' || standing === 'unreadable' ? [problem ?? why] : []),
    ...(empty ? ['It holds no rows.'] : []),
    ...(collapse ? [collapse.message] : []),
    ...(part?.of ? [part.message] : []),
    ...(foreignSource === undefined ? [] : [foreignSource]),
    ...(future && anomalies.length === 0 ? ['It is dated in the future.'] : []),
    ...anomalies.filter((anomaly) => !isHarmless(anomaly)).map(({ message }) => message),
  ];
}

function toBetter({ backup, key, takenAt, standing }: JudgedBackup): BetterBackup {
  const stamp = takenAt.toISOString().replace('.000Z', 'Z');
  return { spec: `${backup.database}@${stamp}`, key: key ?? backup.baseKey, takenAt, standing };
}

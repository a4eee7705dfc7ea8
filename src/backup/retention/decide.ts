/** Which backups of one database a retention policy keeps, and why: grandfather, father, son. */
import type { RetentionConfig } from '../../config/sections/retention.js';

/** What is known of a backup. */
export interface Assessed {
  readonly takenAt: Date;
  /** `left-over`: what an interrupted prune has left. */
  readonly state: 'complete' | 'incomplete' | 'unreadable' | 'left-over';
  /** Of its newest proof; absent where it was never verified. */
  readonly verdict?: 'proven' | 'differs' | 'unreadable' | 'incomplete' | undefined;
}

export interface Decision<T extends Assessed> {
  readonly backup: T;
  readonly action: 'keep' | 'remove';
  /** `daily 2026-11-20`, `newest proven` …; for a removal, why nothing keeps it. */
  readonly reasons: readonly string[];
}

/** The periods of a policy, and what names the one that a moment lies in. All in UTC. */
const PERIODS: ReadonlyArray<readonly [name: string, option: keyof RetentionConfig, of: (moment: Date) => string]> = [
  ['daily', 'keepDaily', (moment) => moment.toISOString().slice(0, 10)],
  ['weekly', 'keepWeekly', isoWeek],
  ['monthly', 'keepMonthly', (moment) => moment.toISOString().slice(0, 7)],
  ['yearly', 'keepYearly', (moment) => moment.toISOString().slice(0, 4)],
];

/**
 * Of each period the newest backup is kept, for as many periods as the policy says that have one. A backup whose
 * proof says that it does not restore takes no other's place: both are kept then.
 *
 * Whatever the policy says, these stay: the newest proven backup; while none is proven, the newest; while the proofs of
 * all say that they do not restore, all; what cannot be read; and what is incomplete, which may be a backup that is
 * being taken.
 *
 * @param backups newest first
 */
export function decide<T extends Assessed>(backups: readonly T[], policy: RetentionConfig): Decision<T>[] {
  const complete = backups.filter(({ state }) => state === 'complete');
  const reasons = new Map<T, Set<string>>();
  const keep = (backup: T | undefined, reason: string) => {
    if (backup) reasons.set(backup, (reasons.get(backup) ?? new Set()).add(reason));
  };
  // The least damaged of them may be all that there is.
  if (complete.every(isBad)) for (const backup of complete) keep(backup, 'as no backup is good');
  const proven = complete.find(({ verdict }) => verdict === 'proven');
  if (proven) keep(proven, 'newest proven');
  else keep(complete[0], 'newest, as none is proven');
  for (const candidates of [complete, complete.filter((backup) => !isBad(backup))]) {
    candidates.slice(0, policy.keepLast).forEach((backup, index) => keep(backup, `last ${index + 1}`));
    for (const [name, option, periodOf] of PERIODS) {
      const periods = new Set<string>();
      for (const backup of candidates) {
        if (periods.size >= policy[option]) break;
        const period = periodOf(backup.takenAt);
        if (periods.has(period)) continue;
        periods.add(period);
        keep(backup, `${name} ${period}`);
      }
    }
  }
  return backups.map((backup) => {
    if (backup.state === 'left-over') return { backup, action: 'remove', reasons: ['left by an interrupted prune'] };
    if (backup.state === 'unreadable') return { backup, action: 'keep', reasons: ['cannot be read'] };
    if (backup.state === 'incomplete') return { backup, action: 'keep', reasons: ['incomplete'] };
    const kept = reasons.get(backup);
    return kept
      ? { backup, action: 'keep', reasons: [...kept] }
      : { backup, action: 'remove', reasons: ['kept by no rule'] };
  });
}

function isBad({ verdict }: Assessed): boolean {
  return verdict === 'differs' || verdict === 'unreadable';
}

/** `2026-W47`: weeks begin on Monday, and belong to the year that their Thursday lies in. */
export function isoWeek(moment: Date): string {
  const day = new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()));
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const year = day.getUTCFullYear();
  const week = Math.ceil(((day.getTime() - Date.UTC(year, 0, 1)) / 86_400_000 + 1) / 7);
  return `${String(year).padStart(4, '0')}-W${String(week).padStart(2, '0')}`;
}

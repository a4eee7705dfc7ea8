/** Which backups of one database a retention policy keeps, and why: grandfather, father, son. */
import { DAY_MS, formatDay } from '../../core/times.js';
import type { RetentionConfig } from '../../config/sections/retention.js';
import type { Standing } from '../stored/judged-backup.js';

/** What is known about a backup. */
export interface Assessed {
  readonly takenAt: Date;
  /** `left-over`: left behind by an interrupted prune. */
  readonly state: 'complete' | 'incomplete' | 'unreadable' | 'left-over';
  readonly standing: Standing;
  /** Whether it is dated in the future. */
  readonly future: boolean;
  /** Whether it holds what it should: it is not empty and has not collapsed. */
  readonly sound: boolean;
  /** Whether neither its date nor how much it holds is in doubt. @default true */
  readonly certain?: boolean;
  /** Whether its source has not been accepted. @default false */
  readonly foreign?: boolean;
}

export interface Decision<T extends Assessed> {
  readonly backup: T;
  readonly action: 'keep' | 'remove';
  /** `daily 2026-11-20`, `newest proven` …; for a removal, why nothing keeps it. */
  readonly reasons: readonly string[];
}

/** The periods of a policy, and the name of the one that contains a moment. All in UTC. */
const PERIODS: ReadonlyArray<readonly [name: string, option: keyof RetentionConfig, of: (moment: Date) => string]> = [
  ['daily', 'keepDaily', formatDay],
  ['weekly', 'keepWeekly', isoWeek],
  ['monthly', 'keepMonthly', (moment) => moment.toISOString().slice(0, 7)],
  ['yearly', 'keepYearly', (moment) => moment.toISOString().slice(0, 4)],
];

/**
 * The newest backup of each period is kept, for as many periods with a backup as the policy says. What a writer can
 * choose, dates and contents, removes nothing by itself. So the rules are applied repeatedly, each time to fewer
 * backups, and whatever any pass keeps stays: to all; to those whose proof is not bad; to those that hold what they
 * should; to those of them that are proven; to the last two again without those whose source has not been accepted; and
 * to the last four again without those whose date or amount is in doubt. So a doubtful backup may stay beside a better
 * known one, but never takes its place.
 *
 * Whatever the policy says, these stay: the newest proven backup; while none is proven, the newest; while the proofs of
 * all of them say that they do not restore, all; those dated in the future, until then; those that cannot be read; and
 * those that are incomplete, which may still be in progress.
 *
 * @param backups newest first
 */
export function decide<T extends Assessed>(backups: readonly T[], policy: RetentionConfig): Decision<T>[] {
  const complete = backups.filter(({ state, future }) => state === 'complete' && !future);
  const restorable = complete.filter((backup) => !isBad(backup));
  const sound = restorable.filter((backup) => backup.sound);
  const proven = sound.filter(({ standing }) => standing === 'proven');
  const own = sound.filter(({ foreign }) => foreign !== true);
  const ownProven = proven.filter(({ foreign }) => foreign !== true);
  const reasons = new Map<T, Set<string>>();
  const keep = (backup: T | undefined, reason: string) => {
    if (backup) reasons.set(backup, (reasons.get(backup) ?? new Set()).add(reason));
  };
  // The least damaged of them may be all that is left.
  if (restorable.length === 0) for (const backup of complete) keep(backup, 'as no backup is good');
  const newestProven =
    ownProven[0] ??
    restorable.find(({ standing, foreign }) => standing === 'proven' && foreign !== true) ??
    proven[0] ??
    restorable.find(({ standing }) => standing === 'proven');
  if (newestProven) keep(newestProven, 'newest proven');
  else keep(complete[0], 'newest, as none is proven');
  if (newestProven === undefined || !newestProven.sound || newestProven.foreign === true) {
    const best = own[0] ?? sound[0];
    // If it is the newest anyway, that reason is given instead.
    if (best !== complete[0]) keep(best, 'newest that holds what it should');
  }
  // They show which source came first: without them another source would take that place without having been accepted.
  if (complete.some(({ foreign }) => foreign === true) && own.length === 0) {
    keep(
      complete.find(({ foreign }) => foreign !== true),
      'newest of the accepted source',
    );
  }
  const known: [T[], string][] = [
    [sound, ' of the sound ones'],
    [proven, ' of the proven'],
    [own, ' of the accepted source'],
    [ownProven, ' of the proven of the accepted source'],
  ];
  const certain = known.map(([some, of]): [T[], string] => [
    some.filter((backup) => backup.certain !== false),
    `${of} and not in doubt`,
  ]);
  // The first pass that keeps a backup by a rule names the reason: every later one is about fewer.
  const ruled = new Map<T, Set<string>>();
  const keepBy = (rule: string, backup: T, reason: string) => {
    const rules = ruled.get(backup) ?? new Set();
    if (!rules.has(rule)) keep(backup, reason);
    ruled.set(backup, rules.add(rule));
  };
  for (const [candidates, of] of [
    [complete, ''] as const,
    [restorable, ' of those without a bad proof'] as const,
    ...known,
    ...certain,
  ]) {
    candidates.slice(0, policy.keepLast).forEach((backup, index) => keepBy('last', backup, `last ${index + 1}${of}`));
    for (const [name, option, periodOf] of PERIODS) {
      const periods = new Set<string>();
      for (const backup of candidates) {
        if (periods.size >= policy[option]) break;
        const period = periodOf(backup.takenAt);
        if (periods.has(period)) continue;
        periods.add(period);
        keepBy(`${name} ${period}`, backup, `${name} ${period}${of}`);
      }
    }
  }
  return backups.map((backup) => {
    if (backup.state === 'left-over') return { backup, action: 'remove', reasons: ['left by an interrupted prune'] };
    if (backup.state === 'unreadable') return { backup, action: 'keep', reasons: ['cannot be read'] };
    if (backup.state === 'incomplete') return { backup, action: 'keep', reasons: ['incomplete'] };
    if (backup.future) return { backup, action: 'keep', reasons: ['dated in the future, so in no period until then'] };
    const kept = reasons.get(backup);
    return kept
      ? { backup, action: 'keep', reasons: [...kept] }
      : { backup, action: 'remove', reasons: ['kept by no rule'] };
  });
}

/**
 * The rules for backups with different selections: a part never takes the place of the whole, since whoever takes a backup
 * chooses its selection. So the rules are applied, for each selection, to the backups that were asked for at least as
 * much, and whatever any pass keeps stays.
 *
 * @param backups newest first
 * @param series for each selection, the backups that were asked for at least as much; in any order
 */
export function decideSeries<T extends Assessed>(
  backups: readonly T[],
  series: ReadonlyArray<ReadonlySet<T>>,
  policy: RetentionConfig,
): Decision<T>[] {
  const kept = new Map<T, Set<string>>();
  const removed = new Map<T, readonly string[]>();
  const groups = series.length === 0 ? [new Set(backups)] : series;
  for (const group of groups) {
    const own = backups.filter((backup) => group.has(backup) || backup.state !== 'complete');
    for (const { backup, action, reasons } of decide(own, policy)) {
      if (action === 'remove') removed.set(backup, reasons);
      else kept.set(backup, new Set([...(kept.get(backup) ?? []), ...reasons]));
    }
  }
  return backups.map((backup) => {
    const reasons = kept.get(backup);
    const why = removed.get(backup);
    // What was not judged is not removed.
    if (reasons || !why) return { backup, action: 'keep', reasons: [...(reasons ?? ['not judged'])] };
    return { backup, action: 'remove', reasons: why };
  });
}

function isBad({ standing }: Assessed): boolean {
  return standing === 'differs' || standing === 'unreadable';
}

/** `2026-W47`: weeks begin on Monday and belong to the year that contains their Thursday. */
export function isoWeek(moment: Date): string {
  const day = new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth(), moment.getUTCDate()));
  day.setUTCDate(day.getUTCDate() + 4 - (day.getUTCDay() || 7));
  const year = day.getUTCFullYear();
  const week = Math.ceil(((day.getTime() - Date.UTC(year, 0, 1)) / DAY_MS + 1) / 7);
  return `${String(year).padStart(4, '0')}-W${String(week).padStart(2, '0')}`;
}

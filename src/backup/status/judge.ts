/** Checks what the vault says about a database against its objectives. */
import { formatDay } from '../../core/times.js';
import type { ObjectivesConfig } from '../../config/sections/objectives.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import { isHarmless, type Anomaly } from '../stored/anomalies.js';
import {
  STATES,
  type DatabaseHistory,
  type DatabaseStatus,
  type LastProof,
  type StatusProblem,
} from './database-status.js';
import { describeEmpty } from '../stored/describe-volume.js';
import { describeSource } from '../stored/sources.js';
import { formatSpan } from '../../syntax/duration.js';

/** What is expected of a database. */
export interface Expectations {
  /** Whether the config has it. */
  readonly configured: boolean;
  readonly objectives: ObjectivesConfig;
  readonly volume: VolumeConfig;
}

export function judgeDatabase(history: DatabaseHistory, expected: Expectations, now: Date): DatabaseStatus {
  const age = (moment: Date | undefined) => (moment === undefined ? undefined : now.getTime() - moment.getTime());
  const backupAgeMs = age(history.lastBackup?.takenAt);
  const proofAgeMs = age(history.lastProof?.provenAt);
  const problems = [
    ...backupProblems(history, backupAgeMs, expected.objectives.backupAgeMs),
    ...proofProblems(history, proofAgeMs, expected.objectives.proofAgeMs),
    ...upgradeProblems(history),
    ...sourceProblems(history),
    ...anomalyProblems(history.anomalies),
    ...history.drops.map((message) => ({
      kind: 'volume-dropped' as const,
      severity: expected.volume.onDrop === 'fail' ? ('broken' as const) : ('warning' as const),
      message,
    })),
    ...(history.part === undefined
      ? []
      : [
          {
            kind: 'part' as const,
            severity: expected.volume.onDrop === 'fail' ? ('broken' as const) : ('warning' as const),
            message: `Of the newest: ${history.part} If that was intended: \`holdfast accept ${history.database} --volume\`.`,
          },
        ]),
    ...emptyProblems(history),
    ...history.unreadable.map((message) => ({ kind: 'unreadable' as const, severity: 'unreadable' as const, message })),
  ];
  problems.sort((a, b) => STATES.indexOf(a.severity) - STATES.indexOf(b.severity));
  return {
    ...history,
    configured: expected.configured,
    state: problems[0]?.severity ?? 'ok',
    objectives: expected.objectives,
    backupAgeMs,
    proofAgeMs,
    problems,
  };
}

function backupProblems(
  { backups, lastBackup, unreadable, anomalies }: DatabaseHistory,
  ageMs: number | undefined,
  objectiveMs: number | undefined,
): StatusProblem[] {
  if (ageMs === undefined || lastBackup === undefined) {
    if (objectiveMs === undefined) return [];
    // What could not be read may be a backup; one that is dated in the future is reported separately.
    if (unreadable.length > 0 || anomalies.some(({ kind }) => kind === 'backup-in-future')) return [];
    const begun =
      backups.incomplete > 0 ? ' What the vault holds is incomplete: a run is in progress, or was interrupted.' : '';
    return [{ kind: 'no-backup', severity: 'broken', message: `There is no backup.${begun}` }];
  }
  if (objectiveMs === undefined || ageMs <= objectiveMs) return [];
  const message = `The newest backup is ${formatSpan(ageMs)} old; at most ${formatSpan(objectiveMs)} is allowed.`;
  return [{ kind: 'backup-too-old', severity: 'broken', message }];
}

/** It breaks no objective: a drop from what was there before is reported as `volume`. */
function emptyProblems({ lastBackup }: DatabaseHistory): StatusProblem[] {
  const empty = lastBackup && describeEmpty(lastBackup);
  return empty === undefined ? [] : [{ kind: 'empty', severity: 'warning', message: `The newest backup: ${empty}` }];
}

function proofProblems(
  { database, lastBackup, lastProof, source }: DatabaseHistory,
  ageMs: number | undefined,
  objectiveMs: number | undefined,
): StatusProblem[] {
  if (lastProof?.fault !== undefined) {
    const { backupKey, fault, provenSince } = lastProof;
    const better =
      provenSince === undefined ? '' : ` A newer backup is proven, ${provenSince}, which does not mend this one.`;
    const settle = `It is reported until \`holdfast verify ${backupKey}\` proves it, or \`holdfast prune\` removes it when no rule keeps it.`;
    return [{ kind: 'proof-failed', severity: 'broken', message: `${fault}${better} ${settle}` }];
  }
  if (objectiveMs === undefined || lastBackup === undefined) return [];
  if (ageMs === undefined || lastProof?.verdict !== 'proven') {
    const which = source.hasOtherProofs ? 'No backup of the present source' : 'No backup';
    const tried = lastProof === undefined ? `${which} has ever been verified` : triedOnly(lastProof);
    const others = source.hasOtherProofs ? ' Proofs of backups of another source do not count.' : '';
    const message = `${tried}: \`holdfast verify ${database}\`.${others}`;
    return [{ kind: 'never-proven', severity: 'broken', message }];
  }
  if (ageMs <= objectiveMs) return [];
  const message = `The newest proof is ${formatSpan(ageMs)} old; at most ${formatSpan(objectiveMs)} is allowed: \`holdfast verify ${database}\`.`;
  return [{ kind: 'proof-too-old', severity: 'broken', message }];
}

/** A verification that proves nothing. */
function triedOnly({ verdict, beside: { across } }: LastProof): string {
  if (verdict !== 'restores' || !across) return 'No verification has reached a verdict';
  return `It restores into PostgreSQL ${across.serverMajor}, and no server of its own major has been asked`;
}

/** A backup that is proven may not survive an upgrade. */
function upgradeProblems({ across, lastProof }: DatabaseHistory): StatusProblem[] {
  return across.flatMap(({ key, fault }) =>
    fault === undefined || key === lastProof?.key
      ? []
      : [{ kind: 'upgrade-fails' as const, severity: 'warning' as const, message: fault }],
  );
}

/** Reported whatever else is in order: backups of another database are not backups of this one. */
function sourceProblems({ database, source }: DatabaseHistory): StatusProblem[] {
  const { counting, newest, unanswered, accepted } = source;
  if (!counting || !newest) return [];
  const [first] = unanswered;
  const accept = `holdfast accept ${database}`;
  if (newest.relation === 'foreign' || first) {
    const found = newest.relation === 'foreign' ? newest : (first?.source ?? newest);
    const which = newest.relation === 'foreign' ? 'The newest backup' : `The backup ${first?.key ?? ''}`;
    const then =
      newest.relation === 'foreign'
        ? `If it has moved there, accept that: \`${accept}\`. Otherwise find out what stores another database under this name.`
        : `Find out what stores another database under this name; then confirm the present source: \`${accept}\`.`;
    const message = `${which} is of another source: ${describeSource(found)}. Those of ${database} should be of ${describeSource(counting)}. ${then}`;
    return [{ kind: 'source-changed', severity: 'broken', message }];
  }
  if (newest.relation === 'former') {
    const when = accepted ? ` on ${formatDay(accepted.at)}` : '';
    const message = `No backup has been taken yet of ${describeSource(counting)}, which was accepted${when}.`;
    return [{ kind: 'source-changed', severity: 'warning', message }];
  }
  if (newest.systemIdentifier === undefined && counting.systemIdentifier !== undefined) {
    const message = `It is not known whether the newest backup is of the cluster ${counting.systemIdentifier}, as the earlier ones are: its server did not reveal its system identifier (pg_control_system()).`;
    return [{ kind: 'source-unknown', severity: 'warning', message }];
  }
  return [];
}

/** How many anomalies of one kind are reported individually. */
const TOLD = 3;

function anomalyProblems(anomalies: readonly Anomaly[]): StatusProblem[] {
  const kinds = new Map<Anomaly['kind'], Anomaly[]>();
  for (const anomaly of anomalies) {
    if (!isHarmless(anomaly)) kinds.set(anomaly.kind, [...(kinds.get(anomaly.kind) ?? []), anomaly]);
  }
  return [...kinds].flatMap(([kind, found]) => {
    const problem =
      kind === 'backup-in-future' || kind === 'proof-in-future'
        ? { kind, severity: 'broken' as const }
        : { kind: 'anomaly' as const, severity: 'warning' as const };
    const more = found.length - TOLD;
    return found.slice(0, TOLD).map(({ message }, index) => {
      const others = index === TOLD - 1 && more > 0 ? ` And ${more} more of this kind: \`holdfast list\`.` : '';
      return { ...problem, message: message + others };
    });
  });
}

/**
 * Worst first: by state; among those that break an objective, first those without any backup, then those that exceed it
 * most; then by name.
 */
export function worstFirst(a: DatabaseStatus, b: DatabaseStatus): number {
  return (
    STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
    excess(b) - excess(a) ||
    (a.database < b.database ? -1 : a.database > b.database ? 1 : 0)
  );
}

/** How many times over its objective a database is, the worse of the two. */
function excess({ state, problems, objectives, backupAgeMs, proofAgeMs }: DatabaseStatus): number {
  if (state !== 'broken') return 0;
  if (problems.some(({ kind }) => kind === 'no-backup' || kind === 'backup-in-future')) return Number.MAX_VALUE;
  const over = (ageMs: number | undefined, objectiveMs: number | undefined) =>
    ageMs === undefined || !objectiveMs ? 0 : ageMs / objectiveMs;
  return Math.max(over(backupAgeMs, objectives.backupAgeMs), over(proofAgeMs, objectives.proofAgeMs));
}

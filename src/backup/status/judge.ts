/** Holds what the vault says of a database against its objectives. */
import type { ObjectivesConfig } from '../../config/sections/objectives.js';
import type { VolumeConfig } from '../../config/sections/volume.js';
import { isHarmless, type Anomaly } from '../stored/anomalies.js';
import { STATES, type DatabaseHistory, type DatabaseStatus, type StatusProblem } from './database-status.js';
import { describeEmpty } from '../volume/describe-empty.js';
import { describeSource } from '../stored/sources.js';
import { formatSpan } from './format-span.js';

/** What is asked of a database. */
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
    ...sourceProblems(history),
    ...anomalyProblems(history.anomalies),
    ...history.drops.map((message) => ({
      kind: 'volume-dropped' as const,
      severity: expected.volume.onDrop === 'fail' ? ('broken' as const) : ('warning' as const),
      message,
    })),
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
    // What could not be read may be one; what is dated in the future is told of by itself.
    if (unreadable.length > 0 || anomalies.some(({ kind }) => kind === 'backup-in-future')) return [];
    const begun =
      backups.incomplete > 0 ? ' What lies in the vault is incomplete: a run is under way, or was interrupted.' : '';
    return [{ kind: 'no-backup', severity: 'broken', message: `There is no backup.${begun}` }];
  }
  if (objectiveMs === undefined || ageMs <= objectiveMs) return [];
  const message = `The newest backup is ${formatSpan(ageMs)} old, and may be ${formatSpan(objectiveMs)}.`;
  return [{ kind: 'backup-too-old', severity: 'broken', message }];
}

/** Nothing is broken by it: what it fell from, `volume` says. */
function emptyProblems({ lastBackup }: DatabaseHistory): StatusProblem[] {
  const empty = lastBackup && describeEmpty(lastBackup);
  return empty === undefined ? [] : [{ kind: 'empty', severity: 'warning', message: `Of the newest: ${empty}` }];
}

function proofProblems(
  { database, lastBackup, lastProof, source }: DatabaseHistory,
  ageMs: number | undefined,
  objectiveMs: number | undefined,
): StatusProblem[] {
  if (lastProof?.verdict === 'differs' || lastProof?.verdict === 'unreadable') {
    const message = `The verdict on ${lastProof.backupKey} is ${lastProof.verdict}. ${lastProof.why}`;
    return [{ kind: 'proof-failed', severity: 'broken', message }];
  }
  if (objectiveMs === undefined || lastBackup === undefined) return [];
  if (ageMs === undefined || lastProof?.verdict !== 'proven') {
    const which = source.hasOtherProofs ? 'No backup of the present source' : 'No backup';
    const tried = lastProof === undefined ? `${which} was ever verified` : 'No verification came to a verdict';
    const others = source.hasOtherProofs ? ' Proofs of backups of another source do not count.' : '';
    const message = `${tried}: \`holdfast verify ${database}\`.${others}`;
    return [{ kind: 'never-proven', severity: 'broken', message }];
  }
  if (ageMs <= objectiveMs) return [];
  const message = `The newest proof is ${formatSpan(ageMs)} old, and may be ${formatSpan(objectiveMs)}: \`holdfast verify ${database}\`.`;
  return [{ kind: 'proof-too-old', severity: 'broken', message }];
}

/** Whatever else is in order: backups of another database are none of this one. */
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
        ? `Where it has moved there, say so: \`${accept}\`. Else find out what stores another database under this name.`
        : `Find out what stores another database under this name; \`${accept}\` then says that the present source is right.`;
    const message = `${which} is of another source: of ${describeSource(found)}. Those of ${database} are to be of ${describeSource(counting)}. ${then}`;
    return [{ kind: 'source-changed', severity: 'broken', message }];
  }
  if (newest.relation === 'former') {
    const when = accepted ? ` on ${accepted.at.toISOString().slice(0, 10)}` : '';
    const message = `No backup was taken yet of ${describeSource(counting)}, which was accepted${when}.`;
    return [{ kind: 'source-changed', severity: 'warning', message }];
  }
  if (newest.systemIdentifier === undefined && counting.systemIdentifier !== undefined) {
    const message = `Whether the newest backup is of the cluster ${counting.systemIdentifier}, as those before, is not known: its server did not tell its system identifier (pg_control_system()).`;
    return [{ kind: 'source-unknown', severity: 'warning', message }];
  }
  return [];
}

/** How many anomalies of one kind are told of one by one. */
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
 * Worst first: by state, and of those that break an objective, those without any backup, then those that exceed it by
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

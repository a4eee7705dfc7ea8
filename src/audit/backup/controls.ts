/** What is required of backups: that they run, are fresh, plausible and proven. */
import { CLOCK_TOLERANCE_MS } from '../../core/clock.js';
import { quoted } from '../../core/quoted.js';
import { parseSchedule, recurs, scheduleProblem } from '../../syntax/schedule.js';
import { keyProblems } from '../kms/facts.js';
import { type ControlContext, controlList } from '../model/control.js';
import { UnknownReading, valueOf } from '../model/reading.js';
import { type BackupFact, isBackupProject } from './facts.js';

const { controls, define } = controlList();
export { controls };

export const backupEveryDatabaseScheduled = define({
  id: 'backup-every-database-scheduled',
  title: 'Every database has an enabled schedule.',
  severity: 'high',
  references: { soc2: ['A1.2'], nist: ['CP-9'], iso: ['A.8.13'] },
  remediation: "Deploy the source account's stack or enable the schedule.",
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  concerns: isBackupProject,
  expects: (declared) => declared.backupProjects,
  *check(project, context) {
    const schedules = valueOf(context.facts.schedules).filter((one) =>
      valueOf(one.targetArn).endsWith(`project/${project.name}`),
    );
    if (schedules.length === 0) yield 'No schedule starts it.';
    else if (!schedules.some((one) => valueOf(one.enabled))) yield 'Its schedule is disabled.';
    else if (!schedules.some((one) => valueOf(one.enabled) && recurring(valueOf(one.expression), context.facts.readAt)))
      yield 'Its schedule is not recurring.';
  },
});

/** @throws UnknownReading for an expression that cannot be read */
function recurring(expression: string, now: Date): boolean {
  const schedule = parseSchedule(expression);
  if (schedule) return recurs(schedule, now);
  throw new UnknownReading({
    reason: `The schedule ${quoted(expression)} cannot be read. ${scheduleProblem(expression)}`,
  });
}

export const backupRolePerDatabase = define({
  id: 'backup-role-per-database',
  title: 'Each backup job has its own role.',
  severity: 'medium',
  references: { pci: ['7.2.5'], nist: ['AC-6'], iso: ['A.8.3'] },
  remediation: 'Keep `roles` at per-database in the config.',
  evaluatedOn: ['template', 'live'],
  kind: 'codeBuildProjects',
  concerns: isBackupProject,
  *check(project, context) {
    const role = valueOf(project.roleArn);
    const sharing = valueOf(context.facts.codeBuildProjects).filter(
      (one) => one.id !== project.id && valueOf(one.roleArn) === role,
    );
    if (sharing.length > 0)
      yield `It shares its role with ${sharing.map((one) => one.name).join(', ')}: nothing binds a job to the prefix of its database.`;
  },
});

export const backupVolumePlausible = define({
  id: 'backup-volume-plausible',
  title: 'The newest backup is about as large as the one before it.',
  severity: 'high',
  references: { soc2: ['CC7.2'], nist: ['CP-9(1)'], iso: ['A.8.13'] },
  remediation: 'See what is gone: compare the backup with the one before it (holdfast compare).',
  evaluatedOn: ['live'],
  kind: 'backups',
  concerns: (backup) => valueOf(backup.newest) !== undefined,
  *check(backup) {
    yield* valueOf(backup.volumeWarnings);
  },
});

export const backupFresh = define({
  id: 'backup-fresh',
  title: 'The newest backup is within its objective and encrypted with the expected key.',
  severity: 'high',
  references: { soc2: ['A1.2'], nist: ['CP-9'], iso: ['A.8.13'] },
  remediation: 'Look at the log of the last build; holdfast run <db> starts one now.',
  evaluatedOn: ['live'],
  kind: 'backups',
  expects: (declared) => declared.databases,
  exempts: exemptFromAge,
  *check(backup, context) {
    // Among them what is dated in the future, and would seem fresh.
    if (backup.anomalies) yield* valueOf(backup.anomalies);
    const newest = valueOf(backup.newest);
    if (!newest) {
      yield 'There is no backup.';
      return;
    }
    yield* ageProblems('backup', newest.takenAt, backup.backupObjectiveMs, context);
    const encryption = valueOf(backup.encryption);
    // In a vault that is a directory, there is none.
    if (encryption) yield* keyProblems(encryption.kmsKeyId, context, 'vault');
  },
});

export const backupProven = define({
  id: 'backup-proven',
  title: 'The newest proof is within its objective, and its verdict is good.',
  severity: 'high',
  references: { soc2: ['A1.3'], nist: ['CP-4', 'CP-9(1)'], iso: ['A.5.30', 'A.8.13'] },
  remediation: 'Run a restore drill: holdfast verify <db>.',
  evaluatedOn: ['live'],
  kind: 'backups',
  expects: (declared) => declared.databases,
  exempts: exemptFromAge,
  *check(backup, context) {
    const proof = valueOf(backup.newestProof);
    if (!proof) yield 'No backup has ever been proven.';
    else if (proof.verdict !== 'proven') yield `The verdict of the newest verification is ${proof.verdict}.`;
    else yield* ageProblems('proof', proof.verifiedAt, backup.proofObjectiveMs, context);
  },
});

/**
 * @param objectiveMs `undefined`: no limit is set
 * @throws UnknownReading where no limit is set: any age would be good enough
 */
function* ageProblems(
  what: 'backup' | 'proof',
  of: Date,
  objectiveMs: number | undefined,
  { facts }: ControlContext,
): Iterable<string> {
  const ageMs = facts.readAt.getTime() - of.getTime();
  if (ageMs < -CLOCK_TOLERANCE_MS) yield `The newest ${what} is dated ${of.toISOString()}, which is in the future.`;
  if (objectiveMs === undefined)
    throw new UnknownReading({ reason: `The config sets no maximum age for its newest ${what}.` });
  if (ageMs > objectiveMs)
    yield `The newest ${what} is dated ${of.toISOString()}; at most ${hours(objectiveMs)} hours are allowed.`;
}

/** `26`, `1.5`. */
function hours(ms: number): string {
  return String(Math.round(ms / 360_000) / 10);
}

/** Nothing is required of a database that is not in the config. */
function exemptFromAge({ configured }: BackupFact): string | undefined {
  return configured ? undefined : 'The database is not in the config, so no maximum age is set for its backups.';
}

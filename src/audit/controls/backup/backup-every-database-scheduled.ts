import { isBackupProject } from '../../backup-projects.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const backupEveryDatabaseScheduled = defineControl({
  id: 'backup-every-database-scheduled',
  title: 'Every database has an enabled schedule.',
  severity: 'high',
  references: { soc2: ['A1.2'] },
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
    else if (!schedules.some((one) => valueOf(one.enabled) && recurs(valueOf(one.expression), context.facts.readAt)))
      yield 'Its schedule is not recurring.';
  },
});

/** Not `at(…)`, which runs once; nor a cron expression whose last year is past. */
function recurs(expression: string, now: Date): boolean {
  if (/^at\(/.test(expression)) return false;
  const years = /^cron\((?:\S+ +){5}([\d,-]+)\)$/.exec(expression.trim())?.[1];
  return years === undefined || Math.max(...years.split(/[,-]/).map(Number)) >= now.getUTCFullYear();
}

import { isBackupProject } from '../../backup-projects.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const backupEveryDatabaseScheduled = defineControl({
  id: 'backup-every-database-scheduled',
  title: 'Every database has an enabled schedule.',
  severity: 'high',
  references: { soc2: ['A1.2'] },
  remediation: "Deploy the source account's stack, or enable the schedule.",
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
  },
});

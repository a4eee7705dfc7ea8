import { isBackupProject } from '../../backup-projects.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const backupRolePerDatabase = defineControl({
  id: 'backup-role-per-database',
  title: 'Each backup job has its own role.',
  severity: 'medium',
  references: { pci: ['7.2.5'] },
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

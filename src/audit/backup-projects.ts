/** Which CodeBuild projects back up a database. */
import type { ControlContext } from './control.js';
import type { CodeBuildProjectFact } from './facts/model.js';

/** By the config, and by the name that Holdfast gives them. */
export function isBackupProject({ name }: CodeBuildProjectFact, { declared }: ControlContext): boolean {
  return declared.backupProjects.includes(name) || name.startsWith('rds-pgdump-backup-');
}

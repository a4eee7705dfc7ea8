import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraBackupRetention = defineControl({
  id: 'aurora-backup-retention',
  title: 'Automatic backups are kept for 35 days and taken in a set window.',
  severity: 'medium',
  references: { soc2: ['A1.2'], runbook: ['2.2'], knownAs: ['SH RDS.50'] },
  remediation: 'Set BackupRetentionPeriod to 35, the maximum, and set a PreferredBackupWindow.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const days = valueOf(cluster.backupRetentionPeriod);
    if (days < 35) yield `Backups are kept for ${days} days; at least 35 are required.`;
    if (valueOf(cluster.preferredBackupWindow) === undefined) yield 'No backup window is set.';
  },
});

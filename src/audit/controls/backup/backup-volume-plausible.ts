import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const backupVolumePlausible = defineControl({
  id: 'backup-volume-plausible',
  title: 'The newest backup is about as large as the one before it.',
  severity: 'high',
  references: { soc2: ['CC7.2'] },
  remediation: 'See what is gone: compare the backup with the one before it (holdfast compare).',
  evaluatedOn: ['live'],
  kind: 'backups',
  concerns: (backup) => valueOf(backup.newest) !== undefined,
  *check(backup) {
    yield* valueOf(backup.volumeWarnings);
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const backupVolumePlausible = defineControl({
  id: 'backup-volume-plausible',
  title: 'The newest backup holds about as much as the one before.',
  severity: 'high',
  references: { soc2: ['CC7.2'] },
  remediation: 'Look at what vanished: holdfast compare <db> with the backup before.',
  evaluatedOn: ['live'],
  kind: 'backups',
  concerns: (backup) => valueOf(backup.newest) !== undefined,
  *check(backup) {
    yield* valueOf(backup.volumeWarnings);
  },
});

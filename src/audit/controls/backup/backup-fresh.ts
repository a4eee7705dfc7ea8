import { ageProblems, exemptFromAge } from '../../backup-age.js';
import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const backupFresh = defineControl({
  id: 'backup-fresh',
  title: 'The newest backup is within its objective and encrypted with the expected key.',
  severity: 'high',
  references: { soc2: ['A1.2'] },
  remediation: 'Look at the log of the last build; holdfast run <db> starts one now.',
  evaluatedOn: ['live'],
  kind: 'backups',
  expects: (declared) => declared.databases,
  exempts: exemptFromAge,
  *check(backup, context) {
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

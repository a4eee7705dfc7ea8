import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const backupFresh = defineControl({
  id: 'backup-fresh',
  title: 'The newest backup is younger than its objective, under the expected key.',
  severity: 'high',
  references: { soc2: ['A1.2'] },
  remediation: 'Look at the last build: holdfast run <db> starts one now.',
  evaluatedOn: ['live'],
  kind: 'backups',
  expects: (declared) => declared.databases,
  *check(backup, context) {
    const newest = valueOf(backup.newest);
    if (!newest) yield 'There is no backup.';
    else if (context.facts.readAt.getTime() - newest.takenAt.getTime() > backup.backupObjectiveMs) {
      yield `The newest backup is of ${newest.takenAt.toISOString()}.`;
    }
    // In a vault that is a directory, there is none.
    if (newest?.kmsKeyId !== undefined) yield* keyProblems(newest.kmsKeyId, context);
  },
});

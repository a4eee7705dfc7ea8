import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const backupProven = defineControl({
  id: 'backup-proven',
  title: 'The newest proof is younger than its objective, and good.',
  severity: 'high',
  references: { soc2: ['A1.3'] },
  remediation: 'Run a restore drill: holdfast verify <db>.',
  evaluatedOn: ['live'],
  kind: 'backups',
  expects: (declared) => declared.databases,
  *check(backup, context) {
    const proof = valueOf(backup.newestProof);
    if (!proof) yield 'No backup was ever proven.';
    else if (proof.verdict !== 'proven') yield `The newest verification says ${proof.verdict}.`;
    else if (context.facts.readAt.getTime() - proof.verifiedAt.getTime() > backup.proofObjectiveMs) {
      yield `The newest proof is of ${proof.verifiedAt.toISOString()}.`;
    }
  },
});

import { ageProblems, exemptFromAge } from '../../backup-age.js';
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
  exempts: exemptFromAge,
  *check(backup, context) {
    const proof = valueOf(backup.newestProof);
    if (!proof) yield 'No backup was ever proven.';
    else if (proof.verdict !== 'proven') yield `The newest verification says ${proof.verdict}.`;
    else yield* ageProblems('proof', proof.verifiedAt, backup.proofObjectiveMs, context);
  },
});

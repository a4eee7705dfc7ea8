import { ageProblems, exemptFromAge } from '../../backup-age.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const backupProven = defineControl({
  id: 'backup-proven',
  title: 'The newest proof is within its objective, and its verdict is good.',
  severity: 'high',
  references: { soc2: ['A1.3'] },
  remediation: 'Run a restore drill: holdfast verify <db>.',
  evaluatedOn: ['live'],
  kind: 'backups',
  expects: (declared) => declared.databases,
  exempts: exemptFromAge,
  *check(backup, context) {
    const proof = valueOf(backup.newestProof);
    if (!proof) yield 'No backup has ever been proven.';
    else if (proof.verdict !== 'proven') yield `The verdict of the newest verification is ${proof.verdict}.`;
    else yield* ageProblems('proof', proof.verifiedAt, backup.proofObjectiveMs, context);
  },
});

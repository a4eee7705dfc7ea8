import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraSnapshotsPrivate = defineControl({
  id: 'aurora-snapshots-private',
  title: 'No snapshot is public or shared with an untrusted account.',
  severity: 'critical',
  references: { pci: ['10.3.2'], soc2: ['CC6.6'], runbook: ['2.2'], knownAs: ['SH RDS.1'] },
  remediation:
    'Remove the attribute: aws rds modify-db-cluster-snapshot-attribute --attribute-name restore --values-to-remove all.',
  evaluatedOn: ['live'],
  kind: 'auroraSnapshots',
  *check(snapshot, context) {
    for (const account of valueOf(snapshot.sharedWith)) {
      if (account === 'all') yield 'Everyone can restore it.';
      else if (!context.declared.trustedAccounts.includes(account)) yield `It is shared with account ${account}.`;
    }
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraDeletionProtection = defineControl({
  id: 'aurora-deletion-protection',
  title: 'Clusters are protected from deletion.',
  severity: 'medium',
  references: { soc2: ['C1.1'], runbook: ['2.2'], knownAs: ['SH RDS.7', 'CKV_AWS_139'] },
  remediation: 'aws rds modify-db-cluster --deletion-protection.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    if (!valueOf(cluster.deletionProtection)) yield 'Deletion protection is off.';
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraNotPublic = defineControl({
  id: 'aurora-not-public',
  title: 'No instance has a public address.',
  severity: 'critical',
  references: { pci: ['1.4.4'], soc2: ['CC6.6'], runbook: ['2.2'], knownAs: ['SH RDS.2', 'CKV_AWS_17'] },
  remediation: 'aws rds modify-db-instance --no-publicly-accessible.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const instance of valueOf(cluster.instances)) {
      if (valueOf(instance.publiclyAccessible)) yield `${instance.name} is publicly accessible.`;
    }
  },
});

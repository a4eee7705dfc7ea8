import { defineControl } from '../../control.js';
import { keyProblems } from '../../expected-key.js';
import { valueOf } from '../../reading.js';

export const auroraManagedSecret = defineControl({
  id: 'aurora-managed-secret',
  title: 'RDS manages the master password, in a secret under the expected key.',
  severity: 'high',
  references: { pci: ['8.3.2'], soc2: ['CC6.1'], runbook: ['2.2'] },
  remediation: 'aws rds modify-db-cluster --manage-master-user-password --master-user-secret-kms-key-id <key>.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster, context) {
    const { managed, kmsKeyId } = valueOf(cluster.masterUserSecret);
    if (!managed) yield 'RDS does not manage the master password.';
    else yield* keyProblems(kmsKeyId, context, 'dataLayer');
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraIamAuth = defineControl({
  id: 'aurora-iam-auth',
  title: 'IAM authentication is on.',
  severity: 'medium',
  references: { pci: ['7.2.1'], runbook: ['2.2'], knownAs: ['SH RDS.12', 'CKV_AWS_162', 'N RDS6'] },
  remediation: 'aws rds modify-db-cluster --enable-iam-database-authentication.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    if (!valueOf(cluster.iamAuthentication)) yield 'IAM authentication is off.';
  },
});

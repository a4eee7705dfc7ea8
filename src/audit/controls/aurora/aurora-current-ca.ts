import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraCurrentCa = defineControl({
  id: 'aurora-current-ca',
  title: 'The certificate authority is current.',
  severity: 'medium',
  references: { runbook: ['2.2'], knownAs: ['CKV_AWS_211'] },
  remediation: 'Set CACertificateIdentifier to rds-ca-rsa2048-g1.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    for (const instance of valueOf(cluster.instances)) {
      const authority = valueOf(instance.caCertificateIdentifier);
      if (authority === undefined || CURRENT.has(authority)) continue;
      yield `${instance.name} uses ${authority}, which is not a current authority.`;
    }
  },
});

/** Absent: RDS uses the account's default, which is current. */
const CURRENT: ReadonlySet<string> = new Set(['rds-ca-rsa2048-g1', 'rds-ca-rsa4096-g1', 'rds-ca-ecc384-g1']);

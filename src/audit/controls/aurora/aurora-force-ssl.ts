import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraForceSsl = defineControl({
  id: 'aurora-force-ssl',
  title: 'Connections without TLS are refused.',
  severity: 'high',
  references: { pci: ['4.2.1'], soc2: ['CC6.7'], runbook: ['2.1'], knownAs: ['P rds_instance_transport_encrypted'] },
  remediation: 'Set rds.force_ssl=1 in the cluster parameter group.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const value = valueOf(cluster.parameters)['rds.force_ssl'];
    const effective = value?.applied ?? value?.declared;
    if (effective !== '1') yield `rds.force_ssl is ${effective ?? 'not set'}.`;
  },
});

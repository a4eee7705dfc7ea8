import { isPostgres, majorOf } from '../../aurora-engine.js';
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
  concerns: isPostgres,
  *check(cluster) {
    const { declared, applied } = valueOf(cluster.parameters)['rds.force_ssl'] ?? {};
    if (declared === undefined && applied === undefined) {
      if ((majorOf(cluster) ?? 0) < ON_BY_DEFAULT) yield 'rds.force_ssl is not set.';
    } else if (declared !== undefined && declared !== '1') yield `rds.force_ssl is ${declared}.`;
    else if (applied !== undefined && applied !== '1') yield `rds.force_ssl is set, but ${applied} is in effect.`;
  },
});

/** The first major in which Aurora refuses connections without TLS unless it is told otherwise. */
const ON_BY_DEFAULT = 17;

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraAdminName = defineControl({
  id: 'aurora-admin-name',
  title: 'The master user has no default name.',
  severity: 'medium',
  references: { pci: ['2.2.2'], runbook: ['2.2'], knownAs: ['SH RDS.24'] },
  remediation: 'A name cannot be changed afterwards: restore into a cluster with another one.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const name = valueOf(cluster.masterUsername);
    if (name !== undefined && DEFAULT_NAMES.has(name.toLowerCase())) yield `The master user is called ${name}.`;
  },
});

const DEFAULT_NAMES: ReadonlySet<string> = new Set(['postgres', 'admin', 'root', 'rdsadmin', 'master']);

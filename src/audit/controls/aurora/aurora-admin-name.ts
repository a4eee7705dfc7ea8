import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraAdminName = defineControl({
  id: 'aurora-admin-name',
  title: 'The name of the master user is not a default one.',
  severity: 'medium',
  references: { pci: ['2.2.2'], runbook: ['2.2'], knownAs: ['SH RDS.24'] },
  remediation: 'The name cannot be changed later: restore into a cluster with another name.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const name = valueOf(cluster.masterUsername);
    if (name !== undefined && DEFAULT_NAMES.has(name.toLowerCase())) yield `The master user is called ${name}.`;
  },
});

const DEFAULT_NAMES: ReadonlySet<string> = new Set(['postgres', 'admin', 'root', 'rdsadmin', 'master']);

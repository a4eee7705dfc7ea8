import { isPostgres } from '../../aurora-engine.js';
import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraLogExport = defineControl({
  id: 'aurora-log-export',
  title: "PostgreSQL's log is exported to CloudWatch.",
  severity: 'medium',
  references: { pci: ['10.4.2'], soc2: ['CC7.2'], runbook: ['2.2'], knownAs: ['SH RDS.37', 'CKV_AWS_324'] },
  remediation: 'Enable the export of the log type postgresql.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster) {
    if (!valueOf(cluster.logExports).includes('postgresql')) yield 'The log type postgresql is not exported.';
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const auroraNoLiteralsInLogs = defineControl({
  id: 'aurora-no-literals-in-logs',
  title: 'Slow-query logs hold no bind values.',
  severity: 'medium',
  references: { pci: ['3.3.x'], runbook: ['2.1'] },
  remediation:
    'Set log_parameter_max_length=0 (and log_parameter_max_length_on_error=0) beside log_min_duration_statement.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  *check(cluster) {
    const parameters = valueOf(cluster.parameters);
    if ((parameters.log_min_duration_statement?.declared ?? '-1') === '-1') return;
    const length = parameters.log_parameter_max_length?.declared;
    if (length !== '0') yield `log_parameter_max_length is ${length ?? 'not set'}: bind values are written to the log.`;
  },
});

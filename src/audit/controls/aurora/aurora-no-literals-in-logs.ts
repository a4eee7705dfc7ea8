import { isPostgres } from '../../aurora-engine.js';
import { parametersInUse } from '../../aurora-parameters.js';
import { defineControl } from '../../control.js';

export const auroraNoLiteralsInLogs = defineControl({
  id: 'aurora-no-literals-in-logs',
  title: 'Statement logs contain no bind values.',
  severity: 'medium',
  references: { pci: ['3.3.1', '3.5.1'], runbook: ['2.1'] },
  remediation:
    'Set log_parameter_max_length=0 (and log_parameter_max_length_on_error=0) beside log_min_duration_statement.',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster) {
    for (const { where, parameters } of parametersInUse(cluster)) {
      const value = (name: string) => parameters[name]?.applied ?? parameters[name]?.declared;
      const logsSlow = (value('log_min_duration_statement') ?? '-1') !== '-1';
      if (logsSlow || ['mod', 'all'].includes(value('log_statement') ?? 'none')) {
        const length = value('log_parameter_max_length');
        if (length !== '0') yield `${where}log_parameter_max_length is ${length ?? 'not set'}: bind values are logged.`;
      }
      const onError = value('log_parameter_max_length_on_error') ?? '0';
      if (onError !== '0')
        yield `${where}log_parameter_max_length_on_error is ${onError}: bind values of failed statements are logged.`;
    }
  },
});

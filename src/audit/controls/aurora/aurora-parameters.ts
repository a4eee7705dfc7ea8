import { isPostgres } from '../../aurora-engine.js';
import { parametersInUse } from '../../aurora-parameters.js';
import { defineControl } from '../../control.js';

export const auroraParameters = defineControl({
  id: 'aurora-parameters',
  title: 'The cluster parameter group logs DDL and slow statements, and ends idle transactions.',
  severity: 'medium',
  references: { pci: ['10.2.1'], runbook: ['2.1', '7.1 Param Group', '7.2.4'] },
  remediation: 'Set the parameters in the cluster parameter group (not in an instance parameter group).',
  evaluatedOn: ['template', 'live'],
  kind: 'auroraClusters',
  concerns: isPostgres,
  *check(cluster) {
    for (const { where, parameters } of parametersInUse(cluster)) {
      for (const [name, expected] of Object.entries(EXPECTED)) {
        const { declared, applied } = parameters[name] ?? {};
        if (declared !== expected) yield `${where}${name} is ${declared ?? 'not set'}; ${expected} is required.`;
        else if (applied !== undefined && applied !== expected)
          yield `${where}${name} is set to ${expected}, but ${applied} is in effect.`;
      }
    }
  },
});

/** Times in milliseconds. */
const EXPECTED: Readonly<Record<string, string>> = {
  log_statement: 'ddl',
  log_min_duration_statement: '500',
  idle_in_transaction_session_timeout: '60000',
};

/** Runbook 2.1: what the cluster logs, and how long a transaction may idle. */
import type { IConstruct } from 'constructs';
import { requireOptOut, type OptOutReasons } from '../opt-outs.js';

/** The runbook's three. Times in milliseconds. */
export const RUNBOOK_PARAMETERS = {
  log_statement: 'ddl',
  log_min_duration_statement: '500',
  idle_in_transaction_session_timeout: '60000',
} as const;

const ADDITIONS = {
  'rds.force_ssl': '1',
  log_connections: '1',
  log_disconnections: '1',
  // Slow statements are logged with their parameters otherwise, and those may be card numbers.
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  // Static: in force from the first start, since the group is there before the instances.
  shared_preload_libraries: 'pg_stat_statements,pgaudit',
  'pgaudit.log': 'ddl,role',
} as const;

/**
 * The parameters of the cluster: the runbook's and ours, with a team's own over them.
 *
 * @throws HoldfastError CONFIG_INVALID when one of them gives up a requirement without an opt-out
 */
export function clusterParameters(
  scope: IConstruct,
  own: Readonly<Record<string, string>>,
  optOuts: OptOutReasons | undefined,
): Record<string, string> {
  const differs = (name: string, wanted: string) => own[name] !== undefined && own[name] !== wanted;
  for (const [name, wanted] of Object.entries(RUNBOOK_PARAMETERS)) {
    if (differs(name, wanted)) requireOptOut(scope, optOuts, 'aurora-parameters', `${name}: ${own[name]}`);
  }
  if (differs('rds.force_ssl', '1')) {
    requireOptOut(scope, optOuts, 'aurora-force-ssl', `rds.force_ssl: ${own['rds.force_ssl']}`);
  }
  for (const name of ['log_parameter_max_length', 'log_parameter_max_length_on_error'] as const) {
    if (differs(name, '0')) requireOptOut(scope, optOuts, 'aurora-no-literals-in-logs', `${name}: ${own[name]}`);
  }
  return { ...RUNBOOK_PARAMETERS, ...ADDITIONS, ...own };
}

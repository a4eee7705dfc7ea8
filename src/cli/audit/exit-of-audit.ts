/** The exit status of an audit. */
import type { AuditReport } from '../../audit/audit-report.js';
import type { BaselineComparison } from '../../audit/baseline/compare-baseline.js';
import { EXIT_BAD_VERDICT, EXIT_DONE, EXIT_INCOMPLETE, worstExitCode } from '../exit-code.js';

/**
 * Findings make it 3, what could not be evaluated makes it 4, and findings are the worse of the two.
 *
 * @param onlyNew findings that the baseline has already do not count
 */
export function exitOfAudit(
  { findings }: AuditReport,
  { comparison, onlyNew }: { readonly comparison?: BaselineComparison | undefined; readonly onlyNew: boolean },
): number {
  const fails = onlyNew
    ? comparison?.changes.some(({ change }) => change === 'new')
    : findings.some(({ status }) => status === 'fail');
  const incomplete = findings.some(({ status }) => status === 'not-evaluated');
  return worstExitCode([fails ? EXIT_BAD_VERDICT : EXIT_DONE, incomplete ? EXIT_INCOMPLETE : EXIT_DONE]);
}

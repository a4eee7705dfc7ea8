/** How much of the audit reached an answer. */
import type { AuditReport } from '../audit-report.js';
import { SEVERITIES, type Severity } from '../model/control.js';
import type { Status } from '../model/finding.js';

export interface Coverage {
  /** Findings by status. */
  readonly findings: Readonly<Record<Status, number>>;
  /** Findings that fail, by severity. */
  readonly failed: Readonly<Record<Severity, number>>;
  /** Controls, each counted once, at the worst of its findings. */
  readonly controls: {
    readonly asked: number;
    /** Reached an answer on everything that they are about. */
    readonly evaluated: number;
    /** Something that they need could not be read. */
    readonly notEvaluated: number;
    /** There is nothing that they are about. */
    readonly absent: number;
    /** Can be evaluated only on the other source. */
    readonly elsewhere: number;
  };
}

export function coverageOf({ controls, elsewhere, findings }: AuditReport): Coverage {
  const statuses = new Map<string, Set<Status>>();
  const byStatus: Record<Status, number> = { pass: 0, fail: 0, waived: 0, 'not-evaluated': 0, absent: 0 };
  const failed = Object.fromEntries(SEVERITIES.map((severity) => [severity, 0])) as Record<Severity, number>;
  for (const { control, status, about } of findings) {
    byStatus[status]++;
    if (status === 'fail') failed[about.severity]++;
    statuses.set(control, (statuses.get(control) ?? new Set()).add(status));
  }
  const count = (matches: (found: ReadonlySet<Status>) => boolean) => [...statuses.values()].filter(matches).length;
  const notEvaluated = count((found) => found.has('not-evaluated'));
  const absent = count((found) => found.size === 1 && found.has('absent'));
  return {
    findings: byStatus,
    failed,
    controls: {
      asked: controls.length,
      evaluated: statuses.size - notEvaluated - absent,
      notEvaluated,
      absent,
      elsewhere: elsewhere.length,
    },
  };
}

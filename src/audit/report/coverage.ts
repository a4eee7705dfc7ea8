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
  /** Of templates, each stack; empty for an account. */
  readonly stacks: readonly StackCoverage[];
}

/** How much of one stack reached an answer. */
export interface StackCoverage {
  readonly stack: string;
  /** Verdicts about its resources. */
  readonly checks: number;
  readonly notEvaluated: number;
}

export function coverageOf(report: AuditReport): Coverage {
  const { controls, elsewhere, findings } = report;
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
    stacks: stackCoverages(report),
  };
}

function stackCoverages({ places, findings }: AuditReport): StackCoverage[] {
  const counts = new Map(
    places.flatMap(({ stacks = [] }) => stacks).map((stack) => [stack, { checks: 0, notEvaluated: 0 }]),
  );
  for (const { resource, status } of findings) {
    const count = resource === undefined ? undefined : counts.get(resource.slice(0, resource.lastIndexOf('/')));
    if (!count) continue;
    count.checks += 1;
    if (status === 'not-evaluated') count.notEvaluated += 1;
  }
  return [...counts].map(([stack, count]) => ({ stack, ...count }));
}

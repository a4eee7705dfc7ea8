/** What has changed since an earlier audit. */
import type { AuditReport } from '../audit-report.js';
import type { Baseline } from './baseline.js';

/**
 * - `new`: fails, and did not fail then.
 * - `open`: failed then, and still does.
 * - `fixed`: failed then, and passes or is gone.
 * - `waived`: failed then, and a waiver accepts it now.
 * - `unknown`: failed then, and could not be evaluated now, or was not looked at: that is not fixed.
 */
export type Change = 'new' | 'open' | 'fixed' | 'waived' | 'unknown';

export interface ChangedFinding {
  readonly change: Change;
  readonly key: string;
  readonly control: string;
  readonly resource?: string;
  readonly resourceName?: string;
}

export interface BaselineComparison {
  /** When the earlier audit was made. */
  readonly readAt: string;
  readonly changes: readonly ChangedFinding[];
}

/** Compares the controls that were asked for now; what the earlier audit says about others is left out. */
export function compareWithBaseline(report: AuditReport, before: Baseline): BaselineComparison {
  const { findings, controls, elsewhere } = report;
  const failedThen = new Map(
    before.findings.filter(({ status }) => status === 'fail').map((finding) => [finding.key, finding]),
  );
  const changes: ChangedFinding[] = [];
  for (const finding of findings) {
    const then = failedThen.get(finding.key);
    failedThen.delete(finding.key);
    const change = changeOf(finding.status, then !== undefined);
    if (change === undefined) continue;
    const { key, control, resource, resourceName } = finding;
    changes.push({ change, key, control, ...(resource && { resource }), ...(resourceName && { resourceName }) });
  }
  const asked = new Set(controls.filter((control) => !elsewhere.includes(control)).map(({ id }) => id));
  // A control whose resources could not even be listed has one finding, without a resource.
  const blind = new Set(
    findings
      .filter(({ status, resource }) => status === 'not-evaluated' && resource === undefined)
      .map((f) => f.control),
  );
  for (const finding of failedThen.values()) {
    const { key, control, resource, resourceName } = finding;
    if (!asked.has(control)) continue;
    const change = blind.has(control) || !isLookedAt(finding, before, report) ? 'unknown' : 'fixed';
    changes.push({ change, key, control, ...(resource && { resource }), ...(resourceName && { resourceName }) });
  }
  return { readAt: before.audit.readAt, changes };
}

function changeOf(now: string, failedThen: boolean): Change | undefined {
  if (now === 'fail') return failedThen ? 'open' : 'new';
  if (!failedThen) return undefined;
  return now === 'waived' ? 'waived' : now === 'not-evaluated' ? 'unknown' : 'fixed';
}

/** Whether what failed then would be in the report if it were still there. */
function isLookedAt(
  { resource, account, region }: Baseline['findings'][number],
  before: Baseline,
  { source, places }: AuditReport,
): boolean {
  if (source === 'template') {
    if (resource === null) return true;
    const stack = resource.slice(0, resource.lastIndexOf('/'));
    return places.some(({ stacks = [] }) => stacks.includes(stack));
  }
  const same = places.find((place) => place.account === account && place.region === region);
  const then = before.audit.places.find((place) => place.account === account && place.region === region);
  // What the config declares is less than everything.
  return same !== undefined && (resource === null || same.scope !== 'declared' || then?.scope === 'declared');
}

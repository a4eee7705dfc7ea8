/** What the audit was asked about and does not look at: it is reported as not evaluated, whatever else is asked for. */
import type { Control } from './model/control.js';
import type { Facts } from './model/facts.js';
import type { Finding } from './model/finding.js';

/** Stands for all controls, in a report that something is missing from: it is not one of the catalog. */
export const AUDIT_SCOPE: Control = {
  id: 'audit-scope',
  title: 'Everything that the audit was asked about is read.',
  severity: 'high',
  references: {},
  remediation: 'Give the audit what is missing, or look at this by hand.',
  evaluatedOn: ['template', 'live'],
  kind: 'accounts',
  check: () => [],
};

export function scopeFindings({ source, unread = [] }: Facts): Finding[] {
  return unread.map(({ id, name, file, type, reason }) => ({
    control: AUDIT_SCOPE.id,
    status: 'not-evaluated',
    source,
    resource: id,
    resourceName: name,
    ...(file !== undefined && { file }),
    problems: [],
    unknown: { reason: `${type}: ${reason}.` },
  }));
}

/**
 * One line per finding, in the form of RFC 4180: for spreadsheets.
 *
 * By hand: quoting is one line, and defusing formulas is ours in any case.
 */
import type { Rendering } from './document.js';
import { detailsOf } from './sentences.js';

const COLUMNS = [
  'control',
  'severity',
  'status',
  'resource',
  'resource_name',
  'account',
  'region',
  'details',
  'remediation',
  'pci_dss',
  'soc2',
  'nist',
  'cis',
  'iso',
  'runbook',
  'change',
] as const;

export function renderCsv({ report, comparison }: Rendering): string {
  const changes = new Map(comparison?.changes.map(({ key, change }) => [key, change]));
  const rows = report.findings.map((finding) => [
    finding.control,
    finding.about.severity,
    finding.status,
    finding.resource ?? '',
    finding.resourceName ?? '',
    finding.account ?? '',
    finding.region ?? '',
    detailsOf(finding).join(' '),
    finding.status === 'fail' ? finding.about.remediation : '',
    (finding.about.references.pci ?? []).join(' '),
    (finding.about.references.soc2 ?? []).join(' '),
    (finding.about.references.nist ?? []).join(' '),
    (finding.about.references.cis ?? []).join(' '),
    (finding.about.references.iso ?? []).join(' '),
    (finding.about.references.runbook ?? []).join('; '),
    changes.get(finding.key) ?? '',
  ]);
  return [COLUMNS, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** A spreadsheet takes text that begins like a formula for one, and anybody may have chosen the names in an account. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

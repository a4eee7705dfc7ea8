/**
 * SARIF 2.1.0, for code scanning: controls are rules, findings are results. What passes or does not exist is left out;
 * what was not evaluated is `open`, as the format calls a question without an answer.
 */
import { createHash } from 'node:crypto';
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import type { ReportedFinding } from '../audit-report.js';
import type { Change } from '../baseline/compare-baseline.js';
import type { Severity } from '../model/control.js';
import { type Rendering, toControl } from './document.js';
import { detailsOf, subjectOf } from './sentences.js';

const LEVELS: Readonly<Record<Severity, Result.level>> = {
  critical: 'error',
  high: 'error',
  medium: 'warning',
  low: 'note',
};
/** CVSS-like scores, as GitHub sorts by: each in the middle of the band that it shows under the same name. */
const SCORES: Readonly<Record<Severity, string>> = { critical: '9.5', high: '8.0', medium: '5.5', low: '2.0' };
const BASELINE_STATES: Readonly<Partial<Record<Change, Result.baselineState>>> = {
  new: 'new',
  open: 'unchanged',
  waived: 'updated',
};

export function renderSarif({ report, comparison, tool }: Rendering): string {
  const changes = new Map(comparison?.changes.map(({ key, change }) => [key, change]));
  const index = new Map(report.controls.map(({ id }, position) => [id, position]));
  const results = report.findings
    .filter(({ status }) => status === 'fail' || status === 'waived' || status === 'not-evaluated')
    .map((finding): Result => ({
      ruleId: finding.control,
      ruleIndex: index.get(finding.control),
      kind: finding.status === 'not-evaluated' ? 'open' : 'fail',
      level: finding.status === 'not-evaluated' ? 'none' : LEVELS[finding.about.severity],
      message: { text: [subjectOf(finding), detailsOf(finding).join(' ')].filter(Boolean).join(': ') },
      locations: locationsOf(finding),
      partialFingerprints: { 'holdfastFinding/v1': createHash('sha256').update(finding.key).digest('hex') },
      ...(finding.status === 'waived' && {
        suppressions: [{ kind: 'external', status: 'accepted', justification: finding.note ?? '' }],
      }),
      ...(comparison && { baselineState: BASELINE_STATES[changes.get(finding.key) ?? 'open'] ?? 'unchanged' }),
    }));
  const incomplete = results.some(({ kind }) => kind === 'open');
  const log: Log = {
    $schema: 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: tool.name, version: tool.version, rules: report.controls.map(toRule) } },
        automationDetails: { id: `holdfast-audit/${report.source}/` },
        invocations: [{ executionSuccessful: !incomplete, startTimeUtc: report.readAt.toISOString() }],
        columnKind: 'utf16CodeUnits',
        results,
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function toRule(control: Parameters<typeof toControl>[0]): ReportingDescriptor {
  const { id, title, severity, references, remediation } = toControl(control);
  const { pci, soc2, nist, cis, iso, runbook } = references;
  return {
    id,
    shortDescription: { text: title },
    fullDescription: { text: title },
    help: { text: remediation },
    defaultConfiguration: { level: LEVELS[severity] },
    properties: {
      'security-severity': SCORES[severity],
      tags: [
        'security',
        ...pci.map((requirement) => `PCI DSS ${requirement}`),
        ...soc2.map((criterion) => `SOC 2 ${criterion}`),
        ...nist.map((one) => `NIST 800-53 ${one}`),
        ...cis.map((one) => `CIS AWS ${one}`),
        ...iso.map((one) => `ISO 27001 ${one}`),
        ...runbook.map((line) => `runbook ${line}`),
      ],
    },
  };
}

/** In templates the file that holds the resource; a live resource has no file, so its ARN is the place. */
function locationsOf({ source, resource, resourceName, file: known }: ReportedFinding): Location[] {
  if (resource === undefined) return [];
  const slash = resource.lastIndexOf('/');
  const logical = {
    fullyQualifiedName: resource,
    ...(resourceName !== undefined && { name: resourceName }),
    kind: 'resource',
  };
  if (source === 'live' || slash < 0) return [{ logicalLocations: [logical] }];
  const file = known?.replaceAll('\\', '/') ?? `${resource.slice(0, slash)}.template.json`;
  return [
    {
      physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine: 1 } },
      logicalLocations: [logical],
    },
  ];
}

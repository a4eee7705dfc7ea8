/** An audit for people: what has to be done first, what is in order as a number. */
import type { AuditReport, ReportedFinding } from '../../audit/audit-report.js';
import type { BaselineComparison } from '../../audit/baseline/compare-baseline.js';
import type { Control, Severity } from '../../audit/model/control.js';
import { FRAMEWORK_KEYS } from '../../audit/frameworks/framework.js';
import type { Status } from '../../audit/model/finding.js';
import type { RequirementStatus } from '../../audit/frameworks/requirement-view.js';
import {
  controlsInWords,
  coveredOf,
  detailsOf,
  frameworkSummary,
  openShares,
  placesOf,
  REQUIREMENT_WORDS,
  subjectOf,
  summaryOf,
  waiverProblems,
} from '../../audit/report/sentences.js';
import type { Framework } from '../../audit/select-controls.js';
import { formatPlural } from '../../core/amounts.js';
import type { Style } from '../text/style.js';
import { type Cell, formatTable, formatTableWithDetails } from '../text/table.js';
import { wrapSentence } from '../text/wrap.js';

export interface AuditTableOptions {
  /** Its requirements are shown, one by one. @default none */
  readonly framework?: Framework | undefined;
  readonly comparison?: BaselineComparison | undefined;
  /** Shows what passes and what is not there as well. */
  readonly all: boolean;
}

const IN_ORDER: ReadonlySet<Status> = new Set(['pass', 'absent']);

export function formatAudit(
  report: AuditReport,
  { comparison, all, framework }: AuditTableOptions,
  style: Style,
): string {
  const shown = report.findings.filter(({ status }) => all || !IN_ORDER.has(status));
  const changes = new Map(comparison?.changes.map(({ key, change }) => [key, change]));
  const blocks = [
    formatRequirements(report, framework, style),
    shown.length === 0 ? '' : formatFindings(shown, comparison && (({ key }) => changes.get(key) ?? ''), style),
    comparison ? wrapSentence(formatChanges(comparison), style) : '',
    formatParameters(report, all, style),
    waiverProblems(report)
      .map((problem) => style.colors.yellow(wrapSentence(problem, style)))
      .join('\n'),
    [...openShares(report), `${placesOf(report)}: ${summaryOf(report)}`]
      .map((sentence) => wrapSentence(sentence, style))
      .join('\n'),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** What each requirement of the framework that was asked for comes to, by the controls behind it. */
function formatRequirements(report: AuditReport, asked: Framework | undefined, style: Style): string {
  const view = report.frameworks.find(({ framework }) => framework.key === asked);
  if (!view) return '';
  const columns = [{ title: 'requirement' }, { title: 'status' }, { title: 'about', flexible: true }];
  const rows = coveredOf(view).map((row) => ({
    cells: [row.id, { text: REQUIREMENT_WORDS[row.status], paint: paintRequirement(row.status, style) }, row.title],
    details: [controlsInWords(row)],
  }));
  return [
    formatTableWithDetails(columns, { title: 'controls' }, rows, style),
    wrapSentence(frameworkSummary(view), style),
  ].join('\n\n');
}

function paintRequirement(status: RequirementStatus, { colors }: Style): (text: string) => string {
  const paints = {
    met: colors.green,
    partly: colors.yellow,
    'not-met': colors.red,
    'not-evaluated': colors.magenta,
    'not-covered': colors.dim,
  };
  return paints[status];
}

type ChangeOf = (finding: ReportedFinding) => string;

/** One row a finding where that fits; on a narrower screen what is wrong comes below. */
function formatFindings(findings: readonly ReportedFinding[], changeOf: ChangeOf | undefined, style: Style): string {
  const columns = [
    ...[{ title: 'severity' }, { title: 'status' }, { title: 'control' }, { title: 'resource' }],
    ...(changeOf ? [{ title: 'since' }] : []),
  ];
  const cells = (finding: ReportedFinding): Cell[] => [
    { text: finding.about.severity, paint: paintSeverity(finding.about.severity, style) },
    { text: wordOf(finding.status), paint: paintStatus(finding.status, style) },
    finding.control,
    subjectOf(finding),
    ...(changeOf ? [changeOf(finding)] : []),
  ];
  const rows = findings.map((finding) => ({ cells: cells(finding), details: detailsOf(finding) }));
  return formatTableWithDetails(columns, { title: 'what' }, rows, style);
}

function formatChanges({ readAt, changes }: BaselineComparison): string {
  const count = (change: string) => changes.filter((one) => one.change === change).length;
  const more = [
    ...(count('waived') > 0 ? [`${count('waived')} waived since`] : []),
    ...(count('unknown') > 0 ? [`${count('unknown')} that could not be evaluated again`] : []),
  ];
  const fixed = changes.filter(({ change }) => change === 'fixed');
  return [
    `Since ${readAt}: ${[`${count('new')} new`, `${count('open')} still open`, `${count('fixed')} fixed`, ...more].join(', ')}.`,
    ...fixed.map(({ control, resourceName, resource }) => `  fixed: ${control} ${resourceName ?? resource ?? ''}`),
  ].join('\n');
}

/** Templates only declare; what is in effect is known of a live cluster. */
function formatParameters({ auroraParameters, source }: AuditReport, all: boolean, style: Style): string {
  if (auroraParameters.length === 0 || (source === 'template' && !all)) return '';
  return formatTable(
    [{ title: 'cluster' }, { title: 'parameter' }, { title: 'declared' }, { title: 'applied' }, { title: 'pending' }],
    auroraParameters.map(({ cluster, parameter, declared = '', applied = '', pending = '' }) => [
      cluster,
      parameter,
      declared,
      { text: applied, paint: applied === '' || applied === declared ? String : style.colors.red },
      { text: pending, paint: style.colors.yellow },
    ]),
    style,
  );
}

/** `holdfast audit --list`: what a control asserts comes below it where the terminal is too narrow. */
export function formatControls(controls: readonly Control[], style: Style): string {
  const columns = [
    ...['control', 'severity', 'on'].map((title) => ({ title })),
    ...['PCI DSS', 'SOC 2', 'NIST', 'CIS', 'ISO'].map((title) => ({ title, flexible: true })),
  ];
  const cells = ({ id, severity, evaluatedOn, references }: Control): Cell[] => [
    id,
    { text: severity, paint: paintSeverity(severity, style) },
    evaluatedOn.join(', '),
    ...FRAMEWORK_KEYS.map((key) => (references[key] ?? []).join(', ')),
  ];
  const rows = controls.map((control) => ({ cells: cells(control), details: [control.title] }));
  const table = formatTableWithDetails(columns, { title: 'asserts' }, rows, style);
  return `${table}\n\n${formatPlural(controls.length, 'control')}.`;
}

function wordOf(status: Status): string {
  return { pass: 'passes', fail: 'fails', waived: 'waived', 'not-evaluated': 'not evaluated', absent: 'nothing there' }[
    status
  ];
}

function paintSeverity(severity: Severity, { colors }: Style): (text: string) => string {
  switch (severity) {
    case 'critical':
      return (text) => colors.bold(colors.red(text));
    case 'high':
      return colors.red;
    case 'medium':
      return colors.yellow;
    case 'low':
      return colors.dim;
  }
}

function paintStatus(status: Status, { colors }: Style): (text: string) => string {
  switch (status) {
    case 'fail':
      return colors.red;
    case 'not-evaluated':
      return colors.magenta;
    case 'waived':
      return colors.yellow;
    case 'pass':
      return colors.green;
    case 'absent':
      return colors.dim;
  }
}

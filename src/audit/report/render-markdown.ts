/** Markdown, for a pull request or a ticket: what has to be done in full, what is in order in one line. */
import type { AuroraParameterRow, ReportedFinding } from '../audit-report.js';
import type { Rendering } from './document.js';
import type { RequirementRow } from '../frameworks/requirement-view.js';
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
} from './sentences.js';

export function renderMarkdown({ report, comparison }: Rendering): string {
  const changes = new Map(comparison?.changes.map(({ key, change }) => [key, change]));
  const by = (status: string) => report.findings.filter((finding) => finding.status === status);
  const fixed = comparison?.changes.filter(({ change }) => change === 'fixed') ?? [];
  const blocks = [
    '# Audit',
    `${escape(placesOf(report))}, ${report.readAt.toISOString()}.`,
    [summaryOf(report), ...openShares(report).map(escape)].join(' '),
    ...section('Findings', findingTable(by('fail'), comparison ? ({ key }) => changes.get(key) ?? '' : undefined)),
    ...section('Not evaluated', findingTable(by('not-evaluated'))),
    ...section('Waived', findingTable(by('waived'))),
    ...section(
      'Fixed',
      bulletList(
        fixed.map(({ control, resource, resourceName }) => `\`${control}\` ${escape(resourceName ?? resource ?? '')}`),
      ),
    ),
    ...section('Remedies', bulletList(remedies(by('fail')))),
    ...section('Requirements', bulletList(report.frameworks.map((view) => escape(frameworkSummary(view))))),
    ...report.frameworks.flatMap((view) =>
      section(`${escape(view.framework.name)}: what is not met`, requirementTable(coveredOf(view).filter(isToDo))),
    ),
    ...section('Waiver file', bulletList(waiverProblems(report).map(escape))),
    ...section('Parameters of Aurora', parameterTable(report.auroraParameters)),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function section(title: string, text: string): string[] {
  return text === '' ? [] : [`## ${title}`, text];
}

function findingTable(findings: readonly ReportedFinding[], changeOf?: (finding: ReportedFinding) => string): string {
  if (findings.length === 0) return '';
  return table(
    ['severity', 'control', 'resource', 'what', ...(changeOf ? ['since the baseline'] : [])],
    findings.map((finding) => [
      finding.about.severity,
      `\`${finding.control}\``,
      escape(subjectOf(finding)),
      detailsOf(finding).map(escape).join('<br>'),
      ...(changeOf ? [changeOf(finding)] : []),
    ]),
  );
}

function remedies(findings: readonly ReportedFinding[]): string[] {
  return [...new Map(findings.map(({ about }) => [about.id, about])).values()].map(
    ({ id, remediation }) => `\`${id}\`: ${escape(remediation)}`,
  );
}

/** What is met or could not be looked at is in the counts. */
function isToDo({ status }: RequirementRow): boolean {
  return status === 'not-met' || status === 'partly';
}

function requirementTable(rows: readonly RequirementRow[]): string {
  if (rows.length === 0) return '';
  return table(
    ['requirement', 'about', 'status', 'controls'],
    rows.map((row) => [row.id, escape(row.title), REQUIREMENT_WORDS[row.status], escape(controlsInWords(row))]),
  );
}

function parameterTable(rows: readonly AuroraParameterRow[]): string {
  if (rows.length === 0) return '';
  return table(
    ['cluster', 'parameter', 'declared', 'applied', 'pending'],
    rows.map(({ cluster, parameter, declared = '', applied = '', pending = '' }) =>
      [cluster, parameter, declared, applied, pending].map(escape),
    ),
  );
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  return [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function bulletList(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Anybody may have chosen the names in an account: they must not become links, images or HTML. */
function escape(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replace(/[\\`*_[\]|~#!]/g, '\\$&');
}

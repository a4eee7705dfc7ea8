/** The audit as HTML: tiles, what has changed, findings with their filter, parameters. */
import { SEVERITIES } from '../../control.js';
import type { Status } from '../../finding.js';
import type { AuditReport, AuroraParameterRow, ReportedFinding } from '../audit-report.js';
import { coverageOf } from '../coverage.js';
import type { Rendering } from '../document.js';
import { escapeMarkup as x } from '../escape-markup.js';
import { detailsOf, placesOf, summaryOf, waiverProblems } from '../sentences.js';

const STATUS_NAMES: Readonly<Record<Status, string>> = {
  fail: 'fails',
  'not-evaluated': 'not evaluated',
  waived: 'waived',
  pass: 'passes',
  absent: 'nothing there',
};
/** What is shown before the reader chooses. */
const SHOWN_AT_FIRST: ReadonlySet<string> = new Set(['fail', 'not-evaluated', 'waived']);

export function auditSection({ report, comparison, tool }: Rendering): string {
  const changes = new Map(comparison?.changes.map(({ key, change }) => [key, change]));
  const waivers = waiverProblems(report);
  return [
    `<p class="soft">${x(placesOf(report))} · ${x(report.readAt.toISOString())} · ${x(tool.name)} ${x(tool.version)}</p>`,
    `<p>${x(summaryOf(report))}</p>`,
    tiles(report),
    ...(comparison ? [`<h2>Since ${x(comparison.readAt)}</h2>`, changeTiles(comparison.changes)] : []),
    '<h2>Findings</h2>',
    filter(),
    findingTable(report.findings, comparison ? ({ key }) => changes.get(key) ?? '' : undefined),
    ...(waivers.length > 0
      ? ['<h2>Waiver file</h2>', `<ul>${waivers.map((text) => `<li>${x(text)}</li>`).join('')}</ul>`]
      : []),
    ...(report.auroraParameters.length > 0
      ? ['<h2>Parameters of Aurora</h2>', parameterTable(report.auroraParameters)]
      : []),
    elsewhere(report),
  ].join('\n');
}

function tiles(report: AuditReport): string {
  const { findings, failed } = coverageOf(report);
  const items = [
    ...SEVERITIES.map((severity) => tile(severity, failed[severity], severity)),
    tile('not-evaluated', findings['not-evaluated'], 'not evaluated'),
    tile('waived', findings.waived, 'waived'),
    tile('pass', findings.pass, 'passed'),
  ];
  return `<ul class="tiles">${items.join('')}</ul>`;
}

function changeTiles(changes: readonly { readonly change: string }[]): string {
  const kinds = { new: 'fail', open: 'high', fixed: 'pass', waived: 'waived', unknown: 'not-evaluated' };
  const items = Object.entries(kinds).map(([change, tone]) =>
    tile(tone, changes.filter((one) => one.change === change).length, change === 'open' ? 'still open' : change),
  );
  return `<ul class="tiles">${items.join('')}</ul>`;
}

function tile(tone: string, count: number, name: string): string {
  return `<li class="${tone}"><b>${count}</b>${name}</li>`;
}

function filter(): string {
  const box = (name: string, value: string, text: string, checked: boolean) =>
    `<label><input type="checkbox" name="${name}" value="${value}"${checked ? ' checked' : ''}> ${text}</label>`;
  const severities = SEVERITIES.map((severity) => box('severity', severity, severity, true)).join('');
  const statuses = Object.entries(STATUS_NAMES)
    .map(([status, name]) => box('status', status, name, SHOWN_AT_FIRST.has(status)))
    .join('');
  return `<form data-filter hidden>
<fieldset><legend>Severity</legend>${severities}</fieldset>
<fieldset><legend>Status</legend>${statuses}</fieldset>
<label>Text <input type="search" name="text"></label>
<span class="soft" data-shown aria-live="polite"></span>
</form>`;
}

function findingTable(
  findings: readonly ReportedFinding[],
  changeOf: ((finding: ReportedFinding) => string) | undefined,
): string {
  const head = ['Severity', 'Status', 'Control', 'Resource', 'What', ...(changeOf ? ['Since'] : [])];
  const rows = findings.map((finding) => findingRow(finding, changeOf?.(finding)));
  return `<div class="scroll"><table>
<thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody></table></div>`;
}

function findingRow(finding: ReportedFinding, change: string | undefined): string {
  const { about, status, resource, resourceName } = finding;
  const cells = [
    `<td class="severity ${about.severity}">${about.severity}</td>`,
    `<td class="status ${status}">${STATUS_NAMES[status]}</td>`,
    `<td><code>${x(about.id)}</code>${moreOf(finding)}</td>`,
    `<td>${resourceName === undefined ? '' : `${x(resourceName)}<br>`}${resource === undefined ? '' : `<code class="soft">${x(resource)}</code>`}</td>`,
    `<td>${detailsOf(finding)
      .map((text) => `<p>${x(text)}</p>`)
      .join('')}</td>`,
    ...(change === undefined ? [] : [`<td>${x(change)}</td>`]),
  ];
  return `<tr data-status="${status}" data-severity="${about.severity}">${cells.join('')}</tr>`;
}

function moreOf({ about, status }: ReportedFinding): string {
  const { pci = [], soc2 = [], runbook = [], knownAs = [] } = about.references;
  const references = [
    ...pci.map((requirement) => `PCI DSS ${requirement}`),
    ...soc2.map((criterion) => `SOC 2 ${criterion}`),
    ...runbook.map((line) => `runbook ${line}`),
    ...knownAs,
  ].join(', ');
  const remedy = status === 'fail' ? `<p>${x(about.remediation)}</p>` : '';
  return `<details><summary>${x(about.title)}</summary>${remedy}<p class="soft">${x(references)}</p></details>`;
}

function parameterTable(rows: readonly AuroraParameterRow[]): string {
  const body = rows.map(
    ({ cluster, parameter, declared = '', applied = '', pending = '' }) =>
      `<tr>${[cluster, parameter, declared, applied, pending].map((text) => `<td>${x(text)}</td>`).join('')}</tr>`,
  );
  const head = ['Cluster', 'Parameter', 'Declared', 'Applied', 'Pending'];
  return `<div class="scroll"><table><thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`;
}

function elsewhere({ elsewhere: controls, source }: AuditReport): string {
  if (controls.length === 0) return '';
  const where = source === 'template' ? 'the live account' : 'templates';
  const items = controls.map(({ id, title }) => `<li><code>${x(id)}</code> ${x(title)}</li>`).join('');
  return `<h2>Can only be evaluated on ${where}</h2>\n<details><summary>${controls.length === 1 ? '1 control' : `${controls.length} controls`}</summary><ul>${items}</ul></details>`;
}

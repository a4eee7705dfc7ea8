/** The audit as HTML: tiles, what has changed, findings with their filter, parameters. */
import type { AuditReport, AuroraParameterRow, ReportedFinding } from '../../audit-report.js';
import { type Control, SEVERITIES } from '../../model/control.js';
import type { Status } from '../../model/finding.js';
import { coverageOf } from '../coverage.js';
import type { Rendering } from '../document.js';
import { escapeMarkup as x } from '../escape-markup.js';
import type { FrameworkView, RequirementStatus } from '../../frameworks/requirement-view.js';
import {
  controlsInWords,
  coveredOf,
  detailsOf,
  frameworkSummary,
  openShares,
  placesOf,
  REQUIREMENT_WORDS,
  summaryOf,
  waiverProblems,
} from '../sentences.js';
import { momentOf, shortMoment } from './moment.js';

const STATUS_NAMES: Readonly<Record<Status, string>> = {
  fail: 'fails',
  'not-evaluated': 'not evaluated',
  waived: 'waived',
  pass: 'passes',
  absent: 'nothing there',
};
/** What is shown before the reader chooses. */
const SHOWN_AT_FIRST: ReadonlySet<string> = new Set(['fail', 'not-evaluated', 'waived']);

/** @param heading of its parts: one level below that of the section around it */
export function auditSection({ report, comparison, tool }: Rendering, heading: 'h2' | 'h3' = 'h2'): string {
  const titled = (text: string) => `<${heading}>${x(text)}</${heading}>`;
  const changes = new Map(comparison?.changes.map(({ key, change }) => [key, change]));
  const waivers = waiverProblems(report);
  return [
    `<p class="soft">${x(placesOf(report))} · ${momentOf(report.readAt)} · ${x(tool.name)} ${x(tool.version)}</p>`,
    `<p>${x([summaryOf(report), ...openShares(report)].join(' '))}</p>`,
    tiles(report),
    ...(comparison
      ? [titled(`Since ${shortMoment(new Date(comparison.readAt))}`), changeTiles(comparison.changes)]
      : []),
    titled('Requirements'),
    requirements(report.frameworks),
    titled('Findings'),
    filter(),
    '<p class="soft" data-shown aria-live="polite" hidden></p>',
    findingTable(report.findings, comparison ? ({ key }) => changes.get(key) ?? '' : undefined),
    ...(waivers.length > 0
      ? [titled('Waiver file'), `<ul>${waivers.map((text) => `<li>${x(text)}</li>`).join('')}</ul>`]
      : []),
    ...(report.auroraParameters.length > 0
      ? [titled('Parameters of Aurora'), parameterTable(report.auroraParameters)]
      : []),
    ...elsewhere(report, titled),
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
<label class="text">Contains <input type="search" name="text" placeholder="control, resource, PCI DSS 3.5.1"></label>
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
    `<td data-label="Control"><code>${x(about.id)}</code><p class="soft">${x(about.title)}</p>${referencesOf(about)}</td>`,
    `<td data-label="Resource">${resourceName === undefined ? '' : `${x(resourceName)}<br>`}${resource === undefined ? '' : `<code class="soft">${x(resource)}</code>`}</td>`,
    `<td data-label="What">${detailsOf(finding)
      .map((text) => `<p>${x(text)}</p>`)
      .join('')}${status === 'fail' ? `<p class="remedy">${x(about.remediation)}</p>` : ''}</td>`,
    ...(change === undefined ? [] : [`<td data-label="Since">${x(change)}</td>`]),
  ];
  return `<tr data-status="${status}" data-severity="${about.severity}">${cells.join('')}</tr>`;
}

function referencesOf({ references }: Control): string {
  const { pci = [], soc2 = [], nist = [], cis = [], iso = [], runbook = [], knownAs = [] } = references;
  const all = [
    ...pci.map((requirement) => `PCI DSS ${requirement}`),
    ...soc2.map((criterion) => `SOC 2 ${criterion}`),
    ...nist.map((control) => `NIST 800-53 ${control}`),
    ...cis.map((recommendation) => `CIS ${recommendation}`),
    ...iso.map((control) => `ISO 27001 ${control}`),
    ...runbook.map((line) => `runbook ${line}`),
    ...knownAs,
  ].join(', ');
  return all && `<details><summary>References</summary><p class="soft">${x(all)}</p></details>`;
}

/** One part for each framework, unfolded by who needs it; requirements that no control answers are named at its end. */
function requirements(views: readonly FrameworkView[]): string {
  const note = `<p class="soft">Met: all that the controls behind a requirement look at passes. A requirement may ask for more than they look at.</p>`;
  return [note, ...views.map(frameworkPart)].join('\n');
}

function frameworkPart(view: FrameworkView): string {
  const { framework, requirements: all } = view;
  const rows = coveredOf(view).map(
    (row) =>
      `<tr><td data-label="Requirement">${x(row.id)}</td><td data-label="About">${x(row.title)}</td><td class="status ${TONES[row.status]}">${REQUIREMENT_WORDS[row.status]}</td><td data-label="Controls">${x(controlsInWords(row))}</td></tr>`,
  );
  const open = all.filter(({ status }) => status === 'not-covered').map(({ id, title }) => `${id} (${title})`);
  const head = ['Requirement', 'About', 'Status', 'Controls'].map((title) => `<th scope="col">${title}</th>`).join('');
  return `<details><summary>${x(frameworkSummary(view))}</summary>
<p class="soft">Requirements listed: ${x(framework.scope)}. Mapping: ${x(framework.source)}.</p>
<div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>
${open.length === 0 ? '' : `<p class="soft">No control answers ${x(open.join(', '))}.</p>`}</details>`;
}

const TONES: Readonly<Record<RequirementStatus, string>> = {
  met: 'pass',
  partly: 'warning',
  'not-met': 'fail',
  'not-evaluated': 'not-evaluated',
  'not-covered': 'absent',
};

function parameterTable(rows: readonly AuroraParameterRow[]): string {
  const head = ['Cluster', 'Parameter', 'Declared', 'Applied', 'Pending'];
  const body = rows.map(({ cluster, parameter, declared = '', applied = '', pending = '' }) => {
    const cells = [cluster, parameter, declared, applied, pending];
    return `<tr>${cells.map((text, index) => `<td data-label="${head[index]}">${x(text)}</td>`).join('')}</tr>`;
  });
  return `<div class="scroll"><table><thead><tr>${head.map((title) => `<th scope="col">${title}</th>`).join('')}</tr></thead>
<tbody>${body.join('\n')}</tbody></table></div>`;
}

function elsewhere({ elsewhere: controls, source }: AuditReport, titled: (text: string) => string): string[] {
  if (controls.length === 0) return [];
  const where = source === 'template' ? 'the live account' : 'templates';
  const items = controls.map(({ id, title }) => `<li><code>${x(id)}</code> ${x(title)}</li>`).join('');
  const count = controls.length === 1 ? '1 control' : `${controls.length} controls`;
  return [
    titled(`Can only be evaluated on ${where}`),
    `<details><summary>${count}</summary><ul>${items}</ul></details>`,
  ];
}

/** Backups and proofs as HTML: the same that `holdfast status` shows. */
import { formatBytes, formatCount } from '../../core/amounts.js';
import { formatAge } from '../../core/times.js';
import { describeVerdict } from '../../backup/stored/describe-volume.js';
import { escapeMarkup as x } from '../../audit/report/escape-markup.js';
import { momentOf } from '../../audit/report/html/moment.js';
import { STATES, type DatabaseStatus } from '../../backup/status/database-status.js';
import type { VaultStatus } from '../../backup/status/read-status.js';
import { NO_OBJECTIVE, shownState } from '../status/shown-state.js';
import { formatSpan } from '../../syntax/duration.js';
import { formatChange, sparkline } from '../text/sparkline.js';

const COLUMNS = [
  'Database',
  'State',
  'Last backup',
  'Backup at most',
  'Last proof',
  'Proof at most',
  'Rows',
  'Size',
  'Trend',
  'What',
];

/** @param vault its URL */
export function statusSection({ at, databases, unreadable }: VaultStatus, vault: string): string {
  const head = COLUMNS.map((title) => `<th scope="col">${title}</th>`).join('');
  const table = `<div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>
${databases.map(row).join('\n')}
</tbody></table></div>`;
  return [
    `<p class="soft"><code>${x(vault)}</code> · ${momentOf(at)}</p>`,
    ...(unreadable === undefined ? [] : [`<p class="status unreadable">${x(unreadable)}</p>`]),
    ...(databases.length > 0 ? [tiles(databases), table] : ['<p>There is no database.</p>']),
  ].join('\n');
}

/** How many databases are in which state, worst first. */
function tiles(databases: readonly DatabaseStatus[]): string {
  const count = (state: string) => databases.filter((one) => shownState(one) === state).length;
  const items = STATES.map((state) => `<li class="${state}"><b>${count(state)}</b>${state}</li>`);
  const unjudged = count(NO_OBJECTIVE);
  if (unjudged > 0) items.push(`<li><b>${unjudged}</b>${NO_OBJECTIVE}</li>`);
  return `<ul class="tiles">${items.join('')}</ul>`;
}

function row(status: DatabaseStatus): string {
  const { database, configured, state, lastBackup, lastProof, objectives, backupAgeMs, proofAgeMs = 0, trend } = status;
  const judged = shownState(status);
  const [before, last] = trend.slice(-2);
  const change = before && last ? ` ${formatChange(before.rawBytes, last.rawBytes)}` : '';
  const cells = [
    `<td class="name">${x(database)}${configured ? '' : ' <span class="soft">(not in the config)</span>'}</td>`,
    judged === state ? `<td class="status ${state}">${state}</td>` : `<td class="soft">${judged}</td>`,
    `<td${label(2)}>${ageOf(backupAgeMs)}</td>`,
    `<td${label(3)}>${spanOf(objectives.backupAgeMs)}</td>`,
    lastProof
      ? `<td${label(4)}><span class="status ${lastProof.verdict === 'proven' || lastProof.verdict === 'restores' ? 'proven' : 'fail'}">${x(describeVerdict(lastProof.verdict, lastProof.held, { ...lastProof.beside, elsewhere: status.across }))}</span>, ${ageOf(proofAgeMs)}</td>`
      : `<td${label(4)}>none</td>`,
    `<td${label(5)}>${spanOf(objectives.proofAgeMs)}</td>`,
    `<td class="number"${label(6)}>${lastBackup ? formatCount(lastBackup.rows) : ''}</td>`,
    `<td class="number"${label(7)}>${lastBackup ? x(formatBytes(lastBackup.rawBytes)) : ''}</td>`,
    `<td${label(8)}>${x(sparkline(trend.map(({ rawBytes }) => rawBytes)) + change)}</td>`,
    `<td${label(9)}>${status.problems.map(({ message }) => `<p>${x(message)}</p>`).join('')}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

/** Stands before the value where the screen is too narrow for columns. */
function label(column: number): string {
  return ` data-label="${COLUMNS[column]}"`;
}

function ageOf(ms: number | undefined): string {
  return ms === undefined ? 'none' : ms < 0 ? 'in the future' : `${formatAge(ms)} ago`;
}

function spanOf(ms: number | undefined): string {
  return ms === undefined ? '' : formatSpan(ms);
}

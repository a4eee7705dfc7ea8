/** Backups and proofs as HTML: the same that `holdfast status` shows. */
import { escapeMarkup as x } from '../../audit/report/escape-markup.js';
import type { DatabaseStatus } from '../../backup/status/database-status.js';
import type { VaultStatus } from '../../backup/status/read-status.js';
import { formatAge, formatBytes, formatCount } from '../text/format.js';
import { formatSpan } from '../../backup/status/format-span.js';
import { formatChange, sparkline } from '../text/sparkline.js';

const COLUMNS = ['Database', 'State', 'Last backup', 'May be', 'Last proof', 'May be', 'Rows', 'Size', 'Trend', 'What'];

/** @param vault its URL */
export function statusSection({ at, databases, unreadable }: VaultStatus, vault: string): string {
  const head = COLUMNS.map((title) => `<th scope="col">${title}</th>`).join('');
  const table = `<div class="scroll"><table><thead><tr>${head}</tr></thead>
<tbody>
${databases.map(row).join('\n')}
</tbody></table></div>`;
  return [
    `<p class="soft"><code>${x(vault)}</code> · ${x(at.toISOString())}</p>`,
    ...(unreadable === undefined ? [] : [`<p class="status unreadable">${x(unreadable)}</p>`]),
    databases.length > 0 ? table : '<p>There is no database.</p>',
  ].join('\n');
}

function row(status: DatabaseStatus): string {
  const { database, configured, state, lastBackup, lastProof, objectives, backupAgeMs, proofAgeMs = 0, trend } = status;
  const [before, last] = trend.slice(-2);
  const change = before && last ? ` ${formatChange(before.rawBytes, last.rawBytes)}` : '';
  const cells = [
    `<td>${x(database)}${configured ? '' : ' <span class="soft">(not in the config)</span>'}</td>`,
    `<td class="status ${state}">${state}</td>`,
    `<td>${ageOf(backupAgeMs)}</td>`,
    `<td>${spanOf(objectives.backupAgeMs)}</td>`,
    lastProof
      ? `<td><span class="status ${lastProof.verdict === 'proven' ? 'proven' : 'fail'}">${x(lastProof.verdict)}</span>, ${ageOf(proofAgeMs)}</td>`
      : '<td>none</td>',
    `<td>${spanOf(objectives.proofAgeMs)}</td>`,
    `<td class="number">${lastBackup ? formatCount(lastBackup.rows) : ''}</td>`,
    `<td class="number">${lastBackup ? x(formatBytes(lastBackup.rawBytes)) : ''}</td>`,
    `<td>${x(sparkline(trend.map(({ rawBytes }) => rawBytes)) + change)}</td>`,
    `<td>${status.problems.map(({ message }) => `<p>${x(message)}</p>`).join('')}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function ageOf(ms: number | undefined): string {
  return ms === undefined ? 'none' : ms < 0 ? 'to come' : `${formatAge(ms)} ago`;
}

function spanOf(ms: number | undefined): string {
  return ms === undefined ? '' : formatSpan(ms);
}

/** The status for people. */
import { formatSpan } from '../../syntax/duration.js';
import type { DatabaseStatus, StatusState } from '../../backup/status/database-status.js';
import type { VaultStatus } from '../../backup/status/read-status.js';
import { describeVerdict } from '../../backup/stored/describe-volume.js';
import { paintVerdict } from '../verdicts.js';
import { formatBytes, formatPlural } from '../../core/amounts.js';
import { printable } from '../../core/printable.js';
import { formatAge } from '../../core/times.js';
import { formatChange, sparkline } from '../text/sparkline.js';
import type { Style } from '../text/style.js';
import { formatTable, type Cell } from '../text/table.js';
import { wrapSentence } from '../text/wrap.js';
import { shownState } from './shown-state.js';

export function formatStatus({ databases, unreadable, hint }: VaultStatus, url: string, style: Style): string {
  const blocks: string[] = [];
  if (databases.length > 0) blocks.push(formatDatabases(databases, style));
  const problems =
    unreadable === undefined
      ? databases.flatMap((database) => problemsOf(database, style))
      : [wrapSentence(unreadable, style)];
  if (unreadable !== undefined && hint !== undefined) problems.push(wrapSentence(`hint: ${hint}`, style));
  if (problems.length > 0) blocks.push(problems.join('\n'));
  const notRead = databases.reduce((sum, database) => sum + database.notRead, 0);
  if (notRead > 0)
    blocks.push(
      wrapSentence(
        `Not read: ${formatPlural(notRead, 'older backup')}, only listed. \`holdfast list\` reads all.`,
        style,
      ),
    );
  if (blocks.length === 0) blocks.push(`Neither the config nor the vault ${printable(url)} has a database.`);
  return blocks.join('\n\n');
}

function formatDatabases(databases: readonly DatabaseStatus[], style: Style): string {
  const right = 'right' as const;
  const columns = [
    { title: 'database', flexible: true },
    { title: 'state' },
    { title: 'last backup', align: right, flexible: true },
    { title: 'backup at most', align: right },
    { title: 'last proof', flexible: true },
    { title: 'proof at most', align: right },
    { title: 'size', align: right },
    { title: 'trend', flexible: true },
  ];
  const rows = databases.map((database): Cell[] => {
    const { lastBackup, objectives, backupAgeMs, trend } = database;
    const [before, last] = trend.slice(-2);
    const change = before && last ? ` ${formatChange(before.rawBytes, last.rawBytes)}` : '';
    return [
      database.database + (database.configured ? '' : ' (not in the config)'),
      stateCell(database, style),
      backupAgeMs === undefined ? 'none' : backupAgeMs < 0 ? 'in the future' : `${formatAge(backupAgeMs)} ago`,
      objectives.backupAgeMs === undefined ? '' : formatSpan(objectives.backupAgeMs),
      proofCell(database, style),
      objectives.proofAgeMs === undefined ? '' : formatSpan(objectives.proofAgeMs),
      lastBackup === undefined ? '' : formatBytes(lastBackup.rawBytes),
      sparkline(trend.map(({ rawBytes }) => rawBytes)) + change,
    ];
  });
  return formatTable(columns, rows, style);
}

function stateCell(database: DatabaseStatus, style: Style): Cell {
  const text = shownState(database);
  return text === database.state ? { text, paint: paintState(database.state, style) } : text;
}

function proofCell({ lastProof, lastBackup, across, proofAgeMs = 0 }: DatabaseStatus, style: Style): Cell {
  if (lastProof === undefined) return 'none';
  const which = lastProof.fault === undefined || lastProof.backupKey === lastBackup?.key ? '' : ' (an older backup)';
  const verdict = describeVerdict(lastProof.verdict, lastProof.held, { ...lastProof.beside, elsewhere: across });
  return { text: `${verdict}${which}, ${formatAge(proofAgeMs)} ago`, paint: paintVerdict(lastProof.verdict, style) };
}

function problemsOf({ database, problems }: DatabaseStatus, style: Style): string[] {
  return problems.map(({ severity, message }) => {
    const text = wrapSentence(`${database}: ${message}`, style);
    return paintState(severity, style)(text);
  });
}

function paintState(state: StatusState, { colors }: Style): (text: string) => string {
  switch (state) {
    case 'broken':
      return colors.red;
    case 'unreadable':
    case 'warning':
      return colors.yellow;
    case 'ok':
      return colors.green;
  }
}

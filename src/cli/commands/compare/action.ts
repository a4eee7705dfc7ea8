/** The action of `holdfast compare`. */
import { compareBackups, type BackupComparison } from '../../../backup/compare/compare-backups.js';
import { formatBytes, formatCount, formatPlural } from '../../../core/amounts.js';
import { CLOCK_TOLERANCE_MS } from '../../../core/clock.js';
import type { CompleteBackup } from '../../../vault/catalog.js';
import { resolveSpec } from '../../../vault/resolve-backup.js';
import { formatObjectName } from '../../../backup/restore/selection/selection.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE } from '../../exit-code.js';
import { openSessionVault } from '../../inputs/open-context.js';
import type { Session } from '../../session.js';
import { printable, printableLine } from '../../../core/printable.js';
import type { Style } from '../../text/style.js';
import { formatTable } from '../../text/table.js';
import { wrapText, wrapSentence } from '../../text/wrap.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { compareDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof compareDocument>;

/** How many of each are shown; all of them are in the JSON document. */
const SHOWN = 50;

export async function compare(session: Session, first: string, second: string): Promise<CommandResult<Document>> {
  const store = await openSessionVault(session);
  const { signal } = session;
  const now = session.clock.now();
  const before = await resolveSpec(store, first, { now, signal });
  const after = await resolveSpec(store, second, { now, signal });
  const compared = await compareBackups({ before: before.backup, after: after.backup }, { store, signal });
  const comparison = {
    ...compared,
    notes: [
      ...before.skipped,
      ...after.skipped,
      ...[before, after].flatMap((one) => futureNote(one.backup, now)),
      ...compared.notes,
    ],
  };
  return {
    document: { comparison },
    format: (style) => formatComparison(comparison, style),
    exitCode: EXIT_DONE,
  };
}

function futureNote({ key, takenAt }: CompleteBackup, now: Date): string[] {
  const ahead = takenAt.getTime() - now.getTime() > CLOCK_TOLERANCE_MS;
  return ahead ? [`${key} is dated in the future: a clock is wrong, or someone made the date up.`] : [];
}

export function formatComparison(comparison: BackupComparison, style: Style): string {
  const { before, after, changes, tables, unchanged, notes } = comparison;
  const { colors, width } = style;
  const totals = (name: string, { key, entries, rows, rawBytes }: BackupComparison['before']) =>
    wrapText(
      printable(
        `${name} ${key}: ${formatPlural(entries, 'entry', 'entries')}, ${formatPlural(rows, 'row')}, ${formatBytes(rawBytes)} of SQL`,
      ),
      width,
      2,
    );
  const lines = [totals('before', before), totals('after ', after)];
  for (const note of notes) lines.push(wrapSentence(`note: ${note}`, { width }));
  if (tables.length > 0) {
    lines.push(
      '',
      colors.bold(`Rows of ${formatPlural(tables.length, 'table')} changed:`),
      formatTables(tables, style),
    );
  }
  if (changes.length > 0) {
    lines.push('', colors.bold(`Of the other entries, ${formatCount(changes.length)} changed:`));
    for (const { type, schema, name, change, detail } of changes.slice(0, SHOWN)) {
      const what = schema === null ? name : `${schema}.${name}`;
      const sign = { added: colors.green('+'), removed: colors.red('-'), changed: colors.yellow('~') }[change];
      const text = printableLine(`${type} ${what}${detail === '' ? '' : `: ${detail}`}`);
      lines.push(`${sign} ${wrapText(text, width - 2, 4)}`);
    }
    lines.push(...more(changes.length));
  }
  const nothing = tables.length === 0 && changes.length === 0;
  lines.push('', nothing ? 'Nothing changed.' : `${formatCount(unchanged)} unchanged.`);
  return lines.join('\n');
}

function formatTables(tables: BackupComparison['tables'], style: Style): string {
  const right = 'right' as const;
  const columns = [
    { title: 'table' },
    { title: 'rows before', align: right },
    { title: 'after', align: right },
    { title: 'bytes before', align: right },
    { title: 'after', align: right },
  ];
  const count = (value: number | null) => (value === null ? '–' : formatCount(value));
  const size = (value: number | null) => (value === null ? '–' : formatBytes(value));
  const rows = tables
    .slice(0, SHOWN)
    .map(({ schema, name, rows, bytes }) => [
      formatObjectName({ schema, name }),
      count(rows.before),
      count(rows.after),
      size(bytes.before),
      size(bytes.after),
    ]);
  return [formatTable(columns, rows, style), ...more(tables.length)].join('\n');
}

function more(count: number): string[] {
  return count > SHOWN ? [`… and ${formatCount(count - SHOWN)} more: --json shows all.`] : [];
}

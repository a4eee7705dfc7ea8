/** The action of `holdfast check`. */
import { checkBackup, type CheckResult } from '../../../backup/check/check-backup.js';
import type { CompleteBackup } from '../../../vault/catalog.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_DONE, EXIT_INCOMPLETE, worstExitCode } from '../../exit-code.js';
import { openContext } from '../../inputs/open-context.js';
import { selectBackups, type SkippedDatabase } from '../../inputs/select-backups.js';
import { runAll } from '../../run-all.js';
import type { Session } from '../../session.js';
import { formatBytes, formatPlural } from '../../../core/amounts.js';
import { printable } from '../../../core/printable.js';
import { formatDuration } from '../../../core/times.js';
import type { Style } from '../../text/style.js';
import { formatTableWithKeys } from '../../text/table.js';
import { wrapText, wrapSentence } from '../../text/wrap.js';
import { exitCodeOf, paintVerdict } from '../../verdicts.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { checkDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof checkDocument>;

export async function check(
  session: Session,
  specs: readonly string[],
  options: { readonly all?: boolean; readonly every?: boolean },
): Promise<CommandResult<Document>> {
  const context = await openContext(session);
  const { signal, progress } = session;
  const { all, every } = options;
  const now = session.clock.now();
  const { backups, skipped, notes, older } = await selectBackups(context.store, specs, { all, every, now, signal });
  const told = [...notes, ...older.map(describeOlder)];
  progress.start(backups.length);
  const work = async (backup: CompleteBackup) => {
    progress.begin(backup.database, 'checking');
    let outcome = 'failed';
    try {
      const result = await checkBackup(backup, context);
      outcome = `${result.verdict}, in ${formatDuration(result.durationMs)}`;
      return result;
    } finally {
      progress.end(backup.database, outcome);
    }
  };
  const { results, failures } = await runAll(backups, work, { limit: 1, subject: ({ key }) => key, signal });
  return {
    document: { checks: results, skipped, notes, notChecked: older },
    format: (style) => formatChecks(results, skipped, style, told),
    exitCode: worstExitCode([
      ...results.map(({ verdict }) => exitCodeOf(verdict)),
      skipped.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE,
    ]),
    failures,
  };
}

function describeOlder({ database, count }: { readonly database: string; readonly count: number }): string {
  return `${database}: ${formatPlural(count, 'older backup')} not checked; --every checks all.`;
}

export function formatChecks(
  results: readonly CheckResult[],
  skipped: readonly SkippedDatabase[],
  style: Style,
  notes: readonly string[] = [],
): string {
  const columns = [
    { title: 'database' },
    { title: 'verdict' },
    { title: 'read', align: 'right' as const },
    { title: 'time', align: 'right' as const },
  ];
  const rows = results.map((result) => ({
    key: result.key,
    cells: [
      result.database,
      { text: result.verdict, paint: paintVerdict(result.verdict, style) },
      formatBytes(result.storedBytes),
      formatDuration(result.durationMs),
    ],
  }));
  const lines = results.length > 0 ? [formatTableWithKeys(columns, rows, style)] : [];
  for (const { problems, anomalies } of results) {
    for (const { problem } of problems) lines.push(wrapText(`  ${printable(problem)}`, style.width, 2));
    for (const { message } of anomalies)
      lines.push(style.colors.yellow(wrapText(`  ${printable(message)}`, style.width, 2)));
  }
  for (const { database, reason } of skipped) lines.push(printable(`${database}: not checked. ${reason}`));
  for (const note of notes) lines.push(wrapSentence(`note: ${note}`, style));
  return lines.join('\n');
}

/** The action of `holdfast verify`. */
import { serverDrill } from '../../../backup/verify/server-drill.js';
import { throwawayDrill } from '../../../backup/verify/throwaway-drill.js';
import { verifyBackup, type VerifyResult } from '../../../backup/verify/verify-backup.js';
import { formatCount } from '../../../core/amounts.js';
import { messageOf } from '../../../core/errors.js';
import { describeGap, saidWithVerdict } from '../../../backup/stored/beside-verdict.js';
import { describeDifference } from '../../../backup/stored/describe-bad.js';
import { describeVerdict } from '../../../backup/stored/describe-volume.js';
import type { CompleteBackup } from '../../../vault/catalog.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE, EXIT_INCOMPLETE, worstExitCode } from '../../exit-code.js';
import { accessByUrl, type SignInOptions } from '../../inputs/connection.js';
import { openContext } from '../../inputs/open-context.js';
import { restoreSettings } from '../../inputs/restore-settings.js';
import { selectBackups, type SkippedDatabase } from '../../inputs/select-backups.js';
import { runAll } from '../../run-all.js';
import type { Session } from '../../session.js';
import { printable, printableLine } from '../../../core/printable.js';
import { formatDuration } from '../../../core/times.js';
import type { Style } from '../../text/style.js';
import { formatTableWithKeys } from '../../text/table.js';
import { wrapText, wrapSentence } from '../../text/wrap.js';
import { exitCodeOf, formatDifferences, paintVerdict } from '../../verdicts.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { verifyDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof verifyDocument>;

export interface VerifyOptions extends SignInOptions {
  readonly all?: boolean;
  readonly server?: string;
  readonly maxDuration?: number;
  readonly unconfined?: boolean;
}

export async function verify(
  session: Session,
  specs: readonly string[],
  options: VerifyOptions,
): Promise<CommandResult<Document>> {
  const onServer =
    options.server === undefined ? undefined : serverDrill(await accessByUrl(session, options.server, options));
  const context = await openContext(session);
  const config = await session.config.optional();
  const { signal, progress } = session;
  const now = session.clock.now();
  const { backups, skipped, notes } = await selectBackups(context.store, specs, { all: options.all, now, signal });
  progress.start(backups.length);
  const work = async (backup: CompleteBackup) => {
    progress.begin(backup.database, 'verifying');
    let outcome = 'failed';
    try {
      const { trusted, restoreMaxDurationMs } = restoreSettings(config, backup.database);
      const confinement = options.unconfined ? 'none' : trusted ? 'preferred' : 'required';
      const result = await verifyBackup(backup, context, {
        startDrill: onServer ?? throwawayDrill({ confinement }),
        maxDurationMs: options.maxDuration ?? restoreMaxDurationMs,
      });
      outcome = `${describeVerdict(result.verdict, result.held, result)}, in ${formatDuration(result.durationMs)}`;
      return result;
    } catch (error) {
      outcome = `failed: ${messageOf(error)}`;
      throw error;
    } finally {
      progress.end(backup.database, outcome);
    }
  };
  // One at a time: a drill uses all cores by itself.
  const { results, failures } = await runAll(backups, work, { limit: 1, subject: ({ key }) => key, signal });
  return {
    document: { proofs: results.map(toDocument), skipped, notes },
    format: (style) => formatProofs(results, skipped, style, notes),
    exitCode: exitOf(results, skipped),
    failures,
    unfinished: results.flatMap(({ database, notStored }) =>
      notStored ? [{ subject: database, error: notStored }] : [],
    ),
  };
}

/** A verdict that was not stored is a failure, except that a bad one says more. */
function exitOf(results: readonly VerifyResult[], skipped: readonly SkippedDatabase[]): number {
  const verdicts = worstExitCode(results.map(({ verdict }) => exitCodeOf(verdict)));
  if (verdicts === EXIT_BAD_VERDICT) return verdicts;
  const failures = results.flatMap(({ notStored }) => (notStored ? [notStored.exitCode] : []));
  return worstExitCode([verdicts, ...failures, skipped.length > 0 ? EXIT_INCOMPLETE : EXIT_DONE]);
}

const NO_MANIFEST = 'A proof names the manifest that it is about, and this one cannot be read.';

function toDocument(result: VerifyResult): Document['proofs'][number] {
  const { database, key, verdict, entries, matched, reprinted, differences } = result;
  const { derived, derivedDifferences, notCompared } = result;
  const { missingExtensions, notes, durationMs, confinement = null, proofKey = null, notStored, held } = result;
  return {
    ...{ database, key, verdict, entries, matched, reprinted, differences },
    ...{ missingExtensions, derived, derivedDifferences, notCompared, notes, durationMs, confinement, proofKey },
    ...{ tables: held?.tables ?? null, rows: held?.rows ?? null },
    ...{ stored: proofKey !== null, notStored: proofKey === null ? (notStored?.message ?? NO_MANIFEST) : null },
  };
}

export function formatProofs(
  results: readonly VerifyResult[],
  skipped: readonly SkippedDatabase[],
  style: Style,
  notes: readonly string[] = [],
): string {
  const right = 'right' as const;
  const columns = [
    { title: 'database' },
    { title: 'verdict' },
    { title: 'entries', align: right },
    { title: 'equal', align: right },
    { title: 'time', align: right },
  ];
  const rows = results.map((result) => ({
    key: result.key,
    cells: [
      result.database,
      { text: describeVerdict(result.verdict, result.held, result), paint: paintVerdict(result.verdict, style) },
      formatCount(result.entries),
      formatCount(result.matched),
      formatDuration(result.durationMs),
    ],
  }));
  const blocks = results.length > 0 ? [formatTableWithKeys(columns, rows, style)] : [];
  for (const result of results) blocks.push(...formatDetails(result, style));
  for (const { database, reason } of skipped) blocks.push(printable(`${database}: not verified. ${reason}`));
  for (const note of notes) blocks.push(wrapSentence(`note: ${note}`, style));
  return blocks.join('\n');
}

function formatDetails(result: VerifyResult, style: Style): string[] {
  const blocks: string[] = [];
  if (result.differences.length > 0) {
    blocks.push(`${printableLine(result.database)} ${result.verdict}:`, formatDifferences(result.differences, style));
  }
  for (const { name, dependents } of result.missingExtensions) {
    const needed = dependents.length > 0 ? `, needed by ${dependents.join(', ')}` : '';
    blocks.push(
      wrapText(printableLine(`${result.database}: the extension ${name} is missing here${needed}`), style.width, 2),
    );
  }
  for (const one of result.derivedDifferences ?? []) {
    blocks.push(wrapSentence(`derived: ${result.database}: ${describeDifference(one)}`, style));
  }
  for (const gap of saidWithVerdict(result.notCompared)) {
    blocks.push(wrapSentence(`not compared: ${result.database}: ${describeGap(gap)}`, style));
  }
  for (const note of result.notes) blocks.push(wrapSentence(`note: ${result.database}: ${note}`, style));
  return blocks;
}

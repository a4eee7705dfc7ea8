/** The action of `holdfast verify`. */
import type { DrillStarter } from '../../../backup/verify/drill.js';
import { serverDrill } from '../../../backup/verify/server-drill.js';
import { throwawayDrill } from '../../../backup/verify/throwaway-drill.js';
import { verifyBackup, type VerifyResult } from '../../../backup/verify/verify-backup.js';
import { findPrograms } from '../../../postgres/client-programs.js';
import { verifyFile, type VerifyFileResult } from '../../../backup/verify/verify-file.js';
import { formatBytes, formatCount, formatPlural } from '../../../core/amounts.js';
import { HoldfastError, messageOf } from '../../../core/errors.js';
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
import type { ForeignOptions } from '../../inputs/foreign-options.js';
import { limitsOf, openGiven, splitSpecs } from '../../inputs/foreign-files.js';
import { formatFields } from '../../text/fields.js';
import type { Style } from '../../text/style.js';
import { formatTableWithKeys } from '../../text/table.js';
import { wrapText, wrapSentence } from '../../text/wrap.js';
import { exitCodeOf, formatDifferences, paintVerdict } from '../../verdicts.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { verifyDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof verifyDocument>;

export interface VerifyOptions extends SignInOptions, ForeignOptions {
  readonly all?: boolean;
  readonly server?: string;
  readonly major?: readonly number[];
  readonly maxDuration?: number;
  readonly unconfined?: boolean;
}

export async function verify(
  session: Session,
  specs: readonly string[],
  options: VerifyOptions,
): Promise<CommandResult<Document>> {
  const { files, backups: named } = await splitSpecs(specs);
  if (files.length > 0 && (named.length > 0 || options.all)) {
    throw new HoldfastError('USAGE', 'Files are given, and backups of a vault too.', {
      hint: 'Verify them one after the other: a file is a path as ./orders.sql.gz, a backup is orders@latest.',
    });
  }
  const onServer =
    options.server === undefined ? undefined : serverDrill(await accessByUrl(session, options.server, options));
  if (files.length > 0) return verifyFiles(session, files, options, onServer);
  const context = await openContext(session);
  const config = await session.config.optional();
  const { signal, progress } = session;
  const now = session.clock.now();
  const { backups, skipped, notes } = await selectBackups(context.store, specs, { all: options.all, now, signal });
  const drills = backups.flatMap((backup) => (options.major ?? [undefined]).map((major) => ({ backup, major })));
  progress.start(drills.length);
  const work = async ({ backup, major }: Drill) => {
    progress.begin(backup.database, 'verifying');
    let outcome = 'failed';
    try {
      const { trusted, restoreMaxDurationMs } = restoreSettings(config, backup.database);
      const confinement = options.unconfined ? 'none' : trusted ? 'preferred' : 'required';
      const result = await verifyBackup(backup, context, {
        startDrill: onServer ?? throwawayDrill({ confinement, major }),
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
  const { results, failures } = await runAll(drills, work, { limit: 1, subject, signal });
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

async function verifyFiles(
  session: Session,
  paths: readonly string[],
  options: VerifyOptions,
  onServer: DrillStarter | undefined,
): Promise<CommandResult<Document>> {
  const config = await session.config.optional();
  const { env, logger, clock, signal, progress } = session;
  const installed = await findPrograms({ env, directory: config?.postgres.bin });
  const context = { installed, env, logger, clock, signal, onProgress: progress.listener };
  const confinement = options.unconfined ? 'none' : 'required';
  const drills = paths.flatMap((path) => (options.major ?? [undefined]).map((major) => ({ path, major })));
  progress.start(drills.length);
  const work = async ({ path, major }: (typeof drills)[number]): Promise<VerifyFileResult> => {
    const file = await openGiven(session, path);
    progress.begin(file.name, 'verifying');
    let outcome = 'failed';
    try {
      const result = await verifyFile(file, context, {
        startDrill: onServer ?? throwawayDrill({ confinement, major }),
        maxDurationMs: options.maxDuration,
        confinement,
        limits: limitsOf(options),
        timeZone: options.timeZone,
      });
      outcome = `${describeVerdict(result.verdict, result.held, result)}, in ${formatDuration(result.durationMs)}`;
      return result;
    } finally {
      progress.end(file.name, outcome);
    }
  };
  const { results, failures } = await runAll(drills, work, {
    limit: 1,
    subject: ({ path, major }) => named(path, major),
    signal,
  });
  const unstored = results.map((result) => ({ ...result, proofKey: undefined, notStored: undefined }));
  return {
    document: {
      proofs: unstored.map((result) => ({
        ...toDocument(result),
        notStored: 'A file has no vault in which its proof could be stored.',
        file: fileDocument(result.file),
      })),
      skipped: [],
      notes: [],
    },
    format: (style) =>
      [formatProofs(unstored, [], style), ...results.flatMap((result) => formatFile(result, style))].join('\n'),
    exitCode: worstExitCode(results.map(({ verdict }) => exitCodeOf(verdict))),
    failures,
  };
}

/** What is in a file, for people. */
function formatFile({ database, file }: VerifyFileResult, style: Style): string[] {
  if (!file) return [];
  const { original, claimed } = file;
  const packed = original.compression === 'none' ? '' : `, ${original.compression}`;
  const fields: [string, string][] = [
    ['format', `${original.format}${packed}, ${formatBytes(original.bytes)}`],
    ['SHA-256', original.sha256],
    [
      'says',
      `PostgreSQL ${claimed.server}, pg_dump ${claimed.client}${claimed.database === null ? '' : `, database ${claimed.database}`}`,
    ],
    [
      'holds',
      `${formatBytes(file.rawBytes)} of SQL in ${file.encoding}, ${formatPlural(file.largeObjects, 'large object')}`,
    ],
  ];
  if (file.extensions.length > 0) fields.push(['extensions', file.extensions.join(', ')]);
  if (file.rolesMissing.length > 0) fields.push(['needs roles', file.rolesMissing.join(', ')]);
  return [formatFields(database, fields, style)];
}

function fileDocument(file: VerifyFileResult['file']): Document['proofs'][number]['file'] {
  return file ? { ...file, extensions: [...file.extensions], rolesMissing: [...file.rolesMissing] } : null;
}

/** One restore of one backup. */
interface Drill {
  readonly backup: CompleteBackup;
  /** Of the server, where that was asked for. */
  readonly major: number | undefined;
}

function subject({ backup: { key }, major }: Drill): string {
  return named(key, major);
}

function named(what: string, major: number | undefined): string {
  return major === undefined ? what : `${what} into PostgreSQL ${major}`;
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
  const { derived, derivedDifferences, notCompared, across = null, server = null } = result;
  const { missingExtensions, notes, durationMs, confinement = null, proofKey = null, notStored, held } = result;
  return {
    ...{ across, serverVersion: server?.version ?? null },
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

function describeAcross({ sourceMajor, serverMajor, writtenDifferently }: NonNullable<VerifyResult['across']>): string {
  const kinds = writtenDifferently.map(({ type, count }) => `${count} ${type}`);
  const what = kinds.length === 0 ? 'nothing' : kinds.join(', ');
  return `from PostgreSQL ${sourceMajor} into ${serverMajor}; written differently by ${serverMajor}: ${what}.`;
}

function formatDetails(result: VerifyResult, style: Style): string[] {
  const blocks: string[] = [];
  if (result.differences.length > 0) {
    blocks.push(`${printableLine(result.database)} ${result.verdict}:`, formatDifferences(result.differences, style));
  }
  if (result.across) blocks.push(wrapSentence(`${result.database}: ${describeAcross(result.across)}`, style));
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

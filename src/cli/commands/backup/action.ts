/** The action of `holdfast backup`. */
import type { BackupRequest, BackupResult } from '../../../backup/create/backup-request.js';
import { createBackup } from '../../../backup/create/create-backup.js';
import { withDumpOptions, type DumpOptions } from '../../../config/sections/dump-settings.js';
import { formatBytes, formatCount, formatPlural, formatRatio } from '../../../core/amounts.js';
import { quoted } from '../../../core/quoted.js';
import { formatDuration } from '../../../core/times.js';
import { requireVaultMarker } from '../../../vault/formats/vault-marker.js';
import type { ObjectStore } from '../../../vault/object-store.js';
import type { CommandResult } from '../../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE } from '../../exit-code.js';
import { selectBackupSources, type BackupSource, type SourceOptions } from '../../inputs/backup-sources.js';
import { initSessionVault, openContext, openUnasked, requireNewSessionVault } from '../../inputs/open-context.js';
import { runAll } from '../../run-all.js';
import type { Session } from '../../session.js';
import type { Style } from '../../text/style.js';
import { formatTableWithKeys } from '../../text/table.js';
import { formatPlans, planBackup } from './plan.js';
import type { DocumentOf } from '../../json/document-of.js';
import type { backupDocument, backupDryRunDocument } from '../../json/documents.js';

type Document = DocumentOf<typeof backupDocument> | DocumentOf<typeof backupDryRunDocument>;

export interface BackupOptions extends SourceOptions, DumpOptions {
  readonly concurrency?: number;
  readonly createVault?: boolean;
  readonly dryRun?: boolean;
}

const DEFAULT_CONCURRENCY = 2;

export async function backup(
  session: Session,
  names: readonly string[],
  options: BackupOptions,
): Promise<CommandResult<Document>> {
  const selected = await selectBackupSources(session, names, options);
  const context = await openContext(session, openUnasked);
  await requireVault(session, context.store, options);
  const { sources, concurrency = DEFAULT_CONCURRENCY } = selected;
  const limit = options.concurrency ?? concurrency;
  const settings = {
    limit,
    subject: (source: BackupSource) => source.name,
    alone: selected.failures.length === 0,
    signal: session.signal,
  };

  if (options.dryRun) {
    const work = async (source: BackupSource) =>
      planBackup(await toRequest(source, options), context, options.createVault === true);
    const { results, failures } = await runAll(sources, work, settings);
    return {
      document: { dryRun: true, backups: results, notBackedUp: [...selected.skipped] },
      format: (style) => formatPlans(results, style),
      exitCode: EXIT_DONE,
      failures: [...selected.failures, ...failures],
    };
  }

  session.progress.start(sources.length);
  const work = async (source: BackupSource) => {
    session.progress.begin(source.name, 'backing up');
    let outcome = 'failed';
    try {
      const result = await createBackup(await toRequest(source, options), context);
      outcome = `stored, ${formatPlural(result.rows, 'row')} in ${formatDuration(result.durationMs)}`;
      return result;
    } finally {
      session.progress.end(source.name, outcome);
    }
  };
  const { results, failures } = await runAll(sources, work, settings);
  return {
    document: { backups: results, notBackedUp: [...selected.skipped] },
    format: (style) => formatBackups(results, style),
    exitCode: results.some((result) => isFailure(result, sources)) ? EXIT_BAD_VERDICT : EXIT_DONE,
    failures: [...selected.failures, ...failures],
  };
}

/** Once for all: a vault that is not there is one failure, and not one for each database. */
async function requireVault(session: Session, store: ObjectStore, options: BackupOptions): Promise<void> {
  // A bucket is made on purpose, and who stores backups there may not mark it.
  if (store.needsMarker !== true) return;
  if (!options.createVault) await requireVaultMarker(store, session.signal);
  else if (!(await requireNewSessionVault(session)) && !options.dryRun) {
    const { created, marker } = await initSessionVault(session);
    if (created) session.logger.info(`${store.url} is a vault now: ${marker.id}.`);
  }
}

/** Whether a backup holds so much less than the one before that its config calls it a failure. */
function isFailure({ database, volume }: BackupResult, sources: readonly BackupSource[]): boolean {
  const source = sources.find(({ name }) => name === database);
  return source?.volume?.onDrop === 'fail' && volume.comparedWith !== null && volume.drops.length > 0;
}

async function toRequest(source: BackupSource, options: BackupOptions): Promise<BackupRequest> {
  const { name, volume } = source;
  return { name, volume, access: await source.open(), ...withDumpOptions(source, options) };
}

/** A name in the vault, and the database that it stands for where that is called otherwise. */
export function shownName({ database, dbName }: { readonly database: string; readonly dbName: string }): string {
  return database === dbName ? database : `${database} (database ${quoted(dbName)})`;
}

/** The table at the end of `backup`. */
export function formatBackups(results: readonly Omit<BackupResult, 'warnings' | 'volume'>[], style: Style): string {
  if (results.length === 0) return '';
  const right = 'right' as const;
  const columns = [
    { title: 'database' },
    { title: 'rows', align: right },
    { title: 'tables', align: right },
    { title: 'raw', align: right },
    { title: 'stored', align: right },
    { title: 'ratio', align: right },
    { title: 'time', align: right },
  ];
  const rows = results.map((result) => ({
    key: result.key,
    cells: [
      shownName(result),
      formatCount(result.rows),
      formatCount(result.tables),
      formatBytes(result.rawBytes),
      formatBytes(result.storedBytes),
      formatRatio(result.rawBytes, result.storedBytes),
      formatDuration(result.durationMs),
    ],
  }));
  return formatTableWithKeys(columns, rows, style);
}

/** `holdfast backup`: dumps databases into the vault. */
import { Option, type Command } from 'commander';
import type { BackupJob, BackupResult } from '../../backup/create/backup-job.js';
import { createBackup } from '../../backup/create/create-backup.js';
import { COMPRESSIONS } from '../../config/schema.js';
import type { CompressionMethod } from '../../dump/compression/method.js';
import { requireVaultMarker } from '../../vault/formats/vault-marker.js';
import type { ObjectStore } from '../../vault/object-store.js';
import type { CommandResult } from '../command-result.js';
import { EXIT_BAD_VERDICT, EXIT_DONE } from '../exit-code.js';
import { selectBackupSources, type BackupSource, type SourceOptions } from '../inputs/backup-sources.js';
import { initSessionVault, openContext, openUnasked } from '../inputs/open-context.js';
import { collect, duration, signInOptions, wholeNumber } from '../inputs/option-parsers.js';
import type { RunCommand } from '../run-command.js';
import { runAll } from '../run-all.js';
import type { Session } from '../session.js';
import { formatBytes, formatCount, formatDuration, formatPlural, formatRatio } from '../text/format.js';
import type { Style } from '../text/style.js';
import { formatTableWithKeys } from '../text/table.js';
import { formatPlans, planBackup } from './backup-plan.js';

export interface BackupOptions extends SourceOptions {
  readonly compression?: CompressionMethod;
  readonly level?: number;
  readonly excludeTableData?: readonly string[];
  readonly schema?: readonly string[];
  /** Milliseconds. */
  readonly maxDuration?: number;
  /** Milliseconds. */
  readonly lockWaitTimeout?: number;
  readonly concurrency?: number;
  readonly createVault?: boolean;
  readonly dryRun?: boolean;
}

const DEFAULT_CONCURRENCY = 2;

export function addBackupCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('backup')
    .argument('[db...]', 'databases of the config, by name')
    .summary('dump databases into the vault')
    .description(
      'Dumps databases with pg_dump, compresses and fingerprints the stream, and stores it. A backup exists as a whole or not at all.',
    )
    .option('--all', 'all databases of the config, discovered ones included')
    .option('--url <url>', 'a database by its libpq URL, without a password; - reads it from standard input')
    .option('--name <name>', "what the database of --url is called in the vault (default: the URL's database)")
    .addOption(new Option('--compression <method>', "default: the config's, else gzip").choices(COMPRESSIONS))
    .option('--level <n>', 'of the compression: 1 to 9 for gzip, 1 to 19 for zstd', wholeNumber(1, 22))
    .option('--schema <pattern>', 'only these schemas; repeatable', collect)
    .option('--exclude-table-data <pattern>', 'tables to dump without their rows; repeatable', collect)
    .option('--max-duration <time>', 'end a backup that takes longer: 90m, 1h30m', duration)
    .option('--lock-wait-timeout <time>', 'how long to wait for a lock on a table (default: 60s)', duration)
    .option('--concurrency <n>', "databases at once (default: the config's, else 2)", wholeNumber(1, 64))
    .option('--create-vault', 'make the place known as a vault first, where it is not one yet')
    .option('--dry-run', 'check source and vault, say what would be done, leave nothing')
    .addHelpText('after', HELP);
  for (const option of signInOptions()) command.addOption(option);
  command.action((names: string[], _options: unknown, self: Command) =>
    run(self, (session) => backup(session, names, self.optsWithGlobals<BackupOptions>())),
  );
}

const HELP = `
Passwords come from PGPASSWORD, a passfile, a secret in Secrets Manager, or HOLDFAST_URL, which stands for --url where
neither databases nor --all are given. A secret that says everything needs no URL. Options win over the config.

Examples:
  holdfast backup --all
  holdfast backup orders billing --concurrency 1
  holdfast backup --url postgres://dumper@db.example.com/orders --vault file:///srv/vault
  holdfast backup orders --exclude-table-data 'audit.*' --dry-run
  holdfast backup --secret arn:aws:secretsmanager:us-east-1:111122223333:secret:orders --vault s3://backups

A directory takes backups only once it is known as a vault: \`holdfast vault init\`, or --create-vault here. So a path that
was mistyped, or is not mounted, is refused. Buckets need no marker.

A backup that holds far less than the one before is stored with a warning; where the config says so, the exit status
is then 3 (volume.onDrop: fail).

Exit status: 0 all stored · 1 at least one failed · 2 wrong usage or config ·
  3 all stored, and one holds far less than the one before · 130 interrupted; nothing half-written
`;

async function backup(session: Session, names: readonly string[], options: BackupOptions): Promise<CommandResult> {
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
      planBackup(await toJob(source, options), context, options.createVault === true);
    const { results, failures } = await runAll(sources, work, settings);
    return {
      document: { dryRun: true, backups: results },
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
      const result = await createBackup(await toJob(source, options), context);
      outcome = `stored, ${formatPlural(result.rows, 'row')} in ${formatDuration(result.durationMs)}`;
      return result;
    } finally {
      session.progress.end(source.name, outcome);
    }
  };
  const { results, failures } = await runAll(sources, work, settings);
  return {
    document: { backups: results },
    format: (style) => formatBackups(results, style),
    exitCode: results.some((result) => isFailure(result, sources)) ? EXIT_BAD_VERDICT : EXIT_DONE,
    failures: [...selected.failures, ...failures],
  };
}

/** Once for all: a vault that is not there is one failure, and not one for each database. */
async function requireVault(session: Session, store: ObjectStore, options: BackupOptions): Promise<void> {
  if (!options.createVault) await requireVaultMarker(store, session.signal);
  else if (!options.dryRun) {
    const { created, marker } = await initSessionVault(session);
    if (created) session.logger.info(`${store.url} is a vault now, ${marker.id}.`);
  }
}

/** Whether a backup holds so much less than the one before that its config calls it a failure. */
function isFailure({ database, volume }: BackupResult, sources: readonly BackupSource[]): boolean {
  const source = sources.find(({ name }) => name === database);
  return source?.volume?.onDrop === 'fail' && volume.comparedWith !== null && volume.drops.length > 0;
}

async function toJob(source: BackupSource, options: BackupOptions): Promise<BackupJob> {
  const { name, open, compression, compressionLevel, schemas, excludeTableData } = source;
  // A level belongs to its method: another method on the command line does not keep it.
  const sameMethod = options.compression === undefined || options.compression === compression;
  return {
    name,
    access: await open(),
    compression: options.compression ?? compression,
    compressionLevel: options.level ?? (sameMethod ? compressionLevel : undefined),
    schemas: options.schema ?? schemas,
    excludeTableData: options.excludeTableData ?? excludeTableData,
    lockWaitTimeoutMs: options.lockWaitTimeout ?? source.lockWaitTimeoutMs,
    maxDurationMs: options.maxDuration ?? source.maxDurationMs,
    volume: source.volume,
  };
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
      result.database,
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

/** `holdfast backup --dry-run`: everything that a backup checks before it dumps. */
import type { BackupContext } from '../../../backup/operation/context.js';
import type { BackupRequest } from '../../../backup/create/backup-request.js';
import { checkSource } from '../../../backup/create/check-source.js';
import { foreseeEmpty } from '../../../backup/create/foresee-empty.js';
import { inspectSource } from '../../../backup/create/inspect-source.js';
import { formatBytes } from '../../../core/amounts.js';
import { quoted } from '../../../core/quoted.js';
import { globalsBefore } from '../../../backup/create/source-globals.js';
import { chooseCompressor } from '../../../dump/compression/choose-compressor.js';
import { backupKeys } from '../../../vault/keys.js';
import type { PlannedBackup } from '../../json/documents.js';
import { tryVault } from './try-vault.js';
import { formatFields } from '../../text/fields.js';
import type { Style } from '../../text/style.js';

/** How many objects a line names. */
const SHOWN_OBJECTS = 5;

/** @throws HoldfastError as a backup would before it dumps, and as storing would: CONNECT_FAILED …, VAULT_UNWRITABLE */
export async function planBackup(
  request: BackupRequest,
  context: BackupContext,
  createVault: boolean,
): Promise<PlannedBackup> {
  const { env, clock } = context;
  const { method, level, program } = await chooseCompressor({
    method: request.compression,
    level: request.compressionLevel,
    env,
  });
  const source = await inspectSource(request, context);
  const { database: dbName, systemIdentifier } = source.facts;
  await globalsBefore(request, source, context.signal);
  const checked = await checkSource(request.name, { dbName, systemIdentifier }, context);
  const key = backupKeys({ database: request.name, takenAt: clock.now(), compression: method }).dump;
  const vault = await tryVault(key, createVault, context);
  return {
    database: request.name,
    dbName,
    source: request.access.describe(),
    key,
    vault,
    server: { version: source.facts.version, versionNum: source.facts.versionNum },
    client: { program: 'pg_dump', version: source.programs.version },
    databaseBytes: source.expectedBytes ?? null,
    compression: { method, level, program },
    schemas: [...request.schemas],
    excludeTableData: [...request.excludeTableData],
    extensions: source.extensions.map(({ name }) => name),
    warnings: [
      ...source.warnings,
      ...checked.warnings,
      ...roomWarning(vault.freeBytes, source.expectedBytes),
      ...(await foreseeEmpty(request, context)),
    ],
    omissions: source.omissions.map(({ kind, message, objects, total }) => ({
      kind,
      message,
      objects: [...objects],
      total,
    })),
  };
}

function roomWarning(free: number | null, expected: number | undefined): string[] {
  if (free === null || expected === undefined || free >= expected) return [];
  return [
    `The vault's disk has ${formatBytes(free)} left, and the database takes ${formatBytes(expected)} on its own: the backup may not fit.`,
  ];
}

export function formatPlans(plans: readonly PlannedBackup[], style: Style): string {
  const blocks = plans.map((plan) => formatPlan(plan, style));
  if (blocks.length > 0) blocks.push('Dry run: nothing was left in the vault.');
  return blocks.join('\n\n');
}

function formatPlan(plan: PlannedBackup, style: Style): string {
  const { method, level, program } = plan.compression;
  const lines: [string, string][] = [
    ...(plan.dbName === plan.database ? [] : [['database', quoted(plan.dbName)] as [string, string]]),
    ['source', `${plan.source}, PostgreSQL ${plan.server.version}`],
    ['size', plan.databaseBytes === null ? 'unknown' : `${formatBytes(plan.databaseBytes)} on its disk`],
    ['client', `pg_dump ${plan.client.version}`],
    ['compression', level === null ? method : `${method}, level ${level}, by ${program ?? ''}`],
    ['key', plan.key],
  ];
  lines.push(['vault', plan.vault.url]);
  if (plan.vault.freeBytes !== null) lines.push(['free there', formatBytes(plan.vault.freeBytes)]);
  for (const what of plan.vault.tried) lines.push(['tried', what]);
  for (const what of plan.vault.untried) lines.push(['not tried', what]);
  if (plan.schemas.length > 0) lines.push(['schemas', plan.schemas.join(', ')]);
  if (plan.excludeTableData.length > 0) lines.push(['without rows', plan.excludeTableData.join(', ')]);
  if (plan.extensions.length > 0) lines.push(['extensions', plan.extensions.join(', ')]);
  for (const warning of plan.warnings) lines.push(['warning', warning]);
  for (const { message, objects, total } of plan.omissions) {
    const more = total > SHOWN_OBJECTS ? ` and ${total - SHOWN_OBJECTS} more` : '';
    lines.push(['left out', `${message} ${objects.slice(0, SHOWN_OBJECTS).join(', ')}${more}`]);
  }
  return formatFields(plan.database, lines, style);
}

/** A backup within this process, for faults that need a clock or a store of their own. */
import { createBackup } from '../../../src/backup/create/create-backup.js';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import { asCodedError, errorDocument, formatError } from '../../../src/cli/report-error.js';
import { styleOf } from '../../../src/cli/text/style.js';
import { systemClock } from '../../../src/core/clock.js';
import type { ErrorCode } from '../../../src/core/errors.js';
import { silentLogger } from '../../../src/core/logger.js';
import type { CompressionMethod } from '../../../src/syntax/compression.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import { parseConnectionUrl } from '../../../src/syntax/libpq/connection-url.js';
import { openAccess } from '../../../src/postgres/connection.js';
import { environment } from './commands.js';
import type { Scene } from './fault-kind.js';
import type { FaultyRun } from './judge-run.js';

export interface BackupHere extends Pick<BackupContext, 'store'>, Partial<Pick<BackupContext, 'clock' | 'signal'>> {
  readonly database: string;
  /** In the vault. @default 'db' */
  readonly name?: string;
  readonly segmentBytes?: number;
  readonly compression?: CompressionMethod;
  /** Sessions that read tables beside pg_dump; all tables count as large then. @default 1 */
  readonly jobs?: number;
  /** Of a proxy before the server. */
  readonly port?: number;
  readonly expected: readonly ErrorCode[];
  /** @default no limit */
  readonly maxDurationMs?: number;
}

/** @returns what the command would have said */
export async function backupHere(scene: Pick<Scene, 'tmp' | 'world'>, options: BackupHere): Promise<FaultyRun> {
  const { store, database, name = 'db', compression = 'gzip', clock = systemClock, expected, signal } = options;
  const { maxDurationMs, segmentBytes, jobs = 1, port } = options;
  const env = environment(scene.tmp);
  const access = await openAccess({
    target: parseConnectionUrl(scene.world.source.url(database, port)),
    authentication: { kind: 'default' },
    env,
  });
  const context = { store, installed: await findPrograms({ env }), env, logger: silentLogger, clock, signal };
  const readers = { jobs, largeTables: { minPages: 0, unitPages: 4 } };
  const choice = {
    ...readers,
    compression,
    schemas: [],
    excludeTableData: [],
    lockWaitTimeoutMs: 20_000,
    maxDurationMs,
  };
  const common = { args: ['backup'], signal: null, killed: false, expected };
  try {
    const result = await createBackup({ name, access, segmentBytes, ...choice }, context);
    return { ...common, code: 0, stdout: JSON.stringify({ backups: [result] }), stderr: '' };
  } catch (error) {
    const coded = asCodedError(error);
    const style = styleOf({ stream: process.stderr, env, color: false });
    const stdout = JSON.stringify({ error: errorDocument(coded) });
    return { ...common, code: coded.exitCode, stdout, stderr: formatError(coded, style, coded.code === 'INTERNAL') };
  }
}

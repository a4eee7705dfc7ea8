/** What the tests of backups share: a vault in a temporary directory, a context, and short ways through the API. */
import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackupContext } from '../../../src/backup/operation/context.js';
import type { BackupRequest, BackupResult } from '../../../src/backup/create/backup-request.js';
import { createBackup } from '../../../src/backup/create/create-backup.js';
import { readExpectedEntries } from '../../../src/backup/stored/expected-entries.js';
import { restoreBackup } from '../../../src/backup/restore/restore-backup.js';
import type { RestoreRequest, RestoreResult } from '../../../src/backup/restore/restore-request.js';
import { openBackup, type StoredBackup } from '../../../src/backup/stored/stored-backup.js';
import type { DrillStarter } from '../../../src/backup/verify/drill.js';
import { verifyBackup, type VerifyResult } from '../../../src/backup/verify/verify-backup.js';
import type { Clock } from '../../../src/core/clock.js';
import { silentLogger } from '../../../src/core/logger.js';
import type { Entry } from '../../../src/dump/entry.js';
import { findPrograms } from '../../../src/postgres/client-programs.js';
import { openAccess, type DatabaseAccess } from '../../../src/postgres/connection.js';
import type { CompleteBackup } from '../../../src/vault/catalog.js';
import { openFileStore } from '../../../src/vault/file/file-store.js';
import { VAULT_MARKER_KEY } from '../../../src/vault/formats/vault-marker.js';
import { resolveBackup } from '../../../src/vault/resolve-backup.js';
import { sharedServer } from '../../helpers/postgres.js';
import type { SharedServer } from '../../helpers/shared-server.js';
import { newVault } from '../../helpers/vault.js';

/** The environment of everything that is started: nothing of the developer's own settings. */
export const bareEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  ...(process.env.HOLDFAST_PG_BIN && { HOLDFAST_PG_BIN: process.env.HOLDFAST_PG_BIN }),
};

/** A clock that is a second later each time it is asked, so that no two backups or proofs share a key. */
export function tickingClock(start = '2026-11-22T03:00:00Z'): Clock {
  let seconds = 0;
  return { now: () => new Date(Date.parse(start) + 1000 * seconds++) };
}

/** A context with a file vault of its own. */
export async function makeContext(overrides: Partial<BackupContext> = {}): Promise<BackupContext> {
  return {
    store: overrides.store ?? openFileStore(newVault().directory),
    installed: overrides.installed ?? (await findPrograms({ env: bareEnvironment })),
    env: bareEnvironment,
    logger: silentLogger,
    clock: tickingClock(),
    ...overrides,
  };
}

/** Access to a database of a server, the shared one by default. */
export function accessTo(
  database: string,
  options: { readonly server?: Pick<SharedServer, 'host' | 'port' | 'superuser'>; readonly user?: string } = {},
): Promise<DatabaseAccess> {
  const server = options.server ?? sharedServer();
  return openAccess({
    target: {
      host: server.host,
      port: String(server.port),
      user: options.user ?? server.superuser,
      database,
      parameters: {},
    },
    authentication: { kind: 'default' },
    env: bareEnvironment,
  });
}

export function requestFor(access: DatabaseAccess, overrides: Partial<BackupRequest> = {}): BackupRequest {
  return {
    name: 'db',
    access,
    compression: 'gzip',
    schemas: [],
    excludeTableData: [],
    lockWaitTimeoutMs: 20_000,
    ...overrides,
  };
}

export interface TakenBackup {
  readonly result: BackupResult;
  readonly backup: CompleteBackup;
}

/** The database that is called `db` in a vault. */
const first = new WeakMap<BackupContext['store'], string>();

/**
 * Backs up, and finds the backup as a command would. The first database of a vault is called `db` there; each other one
 * what it is called on its server, as a vault takes no other database under a known name.
 */
export async function takeBackup(
  access: DatabaseAccess,
  context: BackupContext,
  overrides: Partial<BackupRequest> = {},
): Promise<TakenBackup> {
  const { database } = access.target;
  if (!first.has(context.store)) first.set(context.store, database);
  const name = first.get(context.store) === database ? 'db' : database;
  const result = await createBackup(requestFor(access, { name, ...overrides }), context);
  return { result, backup: await resolveBackup(context.store, result.key) };
}

export function verify(backup: CompleteBackup, context: BackupContext, drill?: DrillStarter): Promise<VerifyResult> {
  return verifyBackup(backup, context, { startDrill: drill });
}

export function restore(
  backup: CompleteBackup,
  target: DatabaseAccess,
  context: BackupContext,
  overrides: Partial<RestoreRequest> = {},
): Promise<RestoreResult> {
  const request = { create: false, globals: false, owners: true, check: false, dryRun: false };
  return restoreBackup({ backup, target, ...request, ...overrides }, context);
}

/** The entries that a backup has stored, and its manifest. */
export async function readBackup(
  backup: CompleteBackup,
  context: BackupContext,
): Promise<{ readonly stored: StoredBackup; readonly entries: readonly Entry[] }> {
  const stored = await openBackup(context.store, backup);
  return { stored, entries: await readExpectedEntries(stored, context) };
}

/** Every file of a vault but its marker, of whatever name: temporary files too. */
export function filesIn(context: Pick<BackupContext, 'store'>): string[] {
  const root = fileURLToPath(context.store.url);
  try {
    return readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => !entry.isDirectory())
      .map(({ name }) => name)
      .filter((name) => name !== basename(VAULT_MARKER_KEY));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * `holdfast`: the config, and the operations on backups.
 *
 *     const store = await openVault('file:///srv/vault');
 *     const context = await createContext({ store });
 *     const access = await openDatabase('postgresql://backup@db.internal/appdb');
 *     const { key } = await createBackup({ name: 'appdb', access, ...BACKUP_DEFAULTS }, context);
 *     const { verdict } = await verifyBackup(await resolveBackup(store, key), context);
 *
 * Each fails with a `HoldfastError` that has a `code` (docs/reference/errors.md), a message and usually a hint. A verdict
 * is a result, not an error. Sizes are bytes, times milliseconds where the name ends in `Ms`, moments are `Date`.
 */
export { defineConfig } from './config/define-config.js';
export { loadConfig, loadInlineConfig } from './config/load.js';
export type { ConfigInput, DatabaseInput, DefaultsInput, EnvironmentInput } from './config/schema.js';
export type { DatabaseConfig, DiscoveryConfig, HoldfastConfig } from './config/config.js';

export { createBackup } from './backup/create/create-backup.js';
export type { BackupRequest, BackupResult } from './backup/create/backup-request.js';
export { restoreBackup } from './backup/restore/restore-backup.js';
export type { RestoreRequest, RestoreResult } from './backup/restore/restore-request.js';
export { verifyBackup, type VerifyOptions, type VerifyResult } from './backup/verify/verify-backup.js';
export { throwawayDrill, type ThrowawayDrillOptions } from './backup/verify/throwaway-drill.js';
export { serverDrill } from './backup/verify/server-drill.js';
export type { BackupContext } from './backup/operation/context.js';
export type { Progress, ProgressListener } from './backup/operation/context.js';
export {
  BACKUP_DEFAULTS,
  createContext,
  openDatabase,
  type ContextOptions,
  type OpenDatabaseOptions,
} from './operations.js';

export { openVault } from './vault/open-vault.js';
export { initVault, type InitOptions } from './backup/create/init-vault.js';
export { resolveBackup } from './vault/resolve-backup.js';
export type { CompleteBackup } from './vault/catalog.js';
export type { ObjectStore } from './vault/object-store.js';
export type { DatabaseAccess } from './postgres/connection.js';

export { HoldfastError, type DetailsOf, type ErrorCode } from './core/errors.js';
export type { ErrorDetails } from './core/error-details.js';
export { createLogger, type Logger } from './core/logger.js';

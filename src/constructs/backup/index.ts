/** The constructs of the backup system, and the stacks of both accounts. */
export {
  BACKUP_ACCOUNT_OUTPUTS,
  BackupAccountStack,
  type BackupAccountStackProps,
  type VaultSource,
} from './backup-account-stack.js';
export type { BackupDatabase } from './backup-database.js';
export { BackupJob, type BackupBuild, type BackupJobProps, type BackupStart } from './backup-job.js';
export { BackupJobs, KEY_PARAMETER, type BackupJobsConfigOptions, type BackupJobsProps } from './backup-jobs.js';
export { BackupVault, type BackupVaultProps, type VaultLifecycle, type VaultObjectLock } from './backup-vault.js';
export type { BuildImage } from './build-spec.js';
export { createApp, type CreateAppOptions } from './create-app.js';
export { JobFoundation, type JobFoundationProps } from './job-foundation.js';
export { layer2Names, type JobNames } from './job-names.js';
export { JobNetwork, type BackupNetwork, type JobNetworkProps } from './job-network.js';
export { SourceAccountStack, type SourceAccountStackProps } from './source-account-stack.js';
export type { VaultPlace } from './vault-permissions.js';
export { VaultRoles, type VaultRolesProps } from './vault-roles.js';
export { VaultWatch, type VaultWatchProps } from './vault-watch.js';
export { WorkerAsset, type WorkerAssetProps } from './worker-asset.js';
export { WorkerImage, type WorkerImageProps } from './worker-image.js';
export { WriterRole, type WriterRoleProps } from './writer-role.js';

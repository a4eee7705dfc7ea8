/** The constructs of the backup system, and the stacks of both accounts. */
export { BACKUP_ACCOUNT_OUTPUTS, BackupAccountStack } from './backup-account-stack.js';
export { BackupJob, type BackupJobProps } from './backup-job.js';
export { BackupJobs, KEY_PARAMETER, type BackupJobsProps } from './backup-jobs.js';
export { BackupVault, type BackupVaultProps } from './backup-vault.js';
export { createApp, type CreateAppOptions } from './create-app.js';
export { JobFoundation, type JobFoundationProps } from './job-foundation.js';
export { JobNetwork, type JobNetworkProps } from './job-network.js';
export { SourceAccountStack, type SourceAccountStackProps } from './source-account-stack.js';
export { VaultRoles, type VaultRolesProps } from './vault-roles.js';
export { VaultWatch, type VaultWatchProps } from './vault-watch.js';
export { WorkerAsset, type WorkerAssetProps } from './worker-asset.js';
export { WorkerImage, type WorkerImageProps } from './worker-image.js';
export { WriterRole, type WriterRoleProps } from './writer-role.js';

/** The catalog. */
import type { Control } from '../control.js';
import { auroraAdminName } from './aurora/aurora-admin-name.js';
import { auroraBackupRetention } from './aurora/aurora-backup-retention.js';
import { auroraCmk } from './aurora/aurora-cmk.js';
import { auroraCurrentCa } from './aurora/aurora-current-ca.js';
import { auroraDeletionProtection } from './aurora/aurora-deletion-protection.js';
import { auroraForceSsl } from './aurora/aurora-force-ssl.js';
import { auroraIamAuth } from './aurora/aurora-iam-auth.js';
import { auroraLogExport } from './aurora/aurora-log-export.js';
import { auroraManagedSecret } from './aurora/aurora-managed-secret.js';
import { auroraMinorUpgrades } from './aurora/aurora-minor-upgrades.js';
import { auroraMultiAz } from './aurora/aurora-multi-az.js';
import { auroraNoLiteralsInLogs } from './aurora/aurora-no-literals-in-logs.js';
import { auroraNotPublic } from './aurora/aurora-not-public.js';
import { auroraParametersInSync } from './aurora/aurora-parameters-in-sync.js';
import { auroraParameters } from './aurora/aurora-parameters.js';
import { auroraPerformanceInsights } from './aurora/aurora-performance-insights.js';
import { auroraPrivateSubnets } from './aurora/aurora-private-subnets.js';
import { auroraReaderScaling } from './aurora/aurora-reader-scaling.js';
import { auroraSnapshotsEncrypted } from './aurora/aurora-snapshots-encrypted.js';
import { auroraSnapshotsPrivate } from './aurora/aurora-snapshots-private.js';
import { auroraSupportedVersion } from './aurora/aurora-supported-version.js';
import { auroraTagsToSnapshots } from './aurora/aurora-tags-to-snapshots.js';
import { backupEveryDatabaseScheduled } from './backup/backup-every-database-scheduled.js';
import { backupFresh } from './backup/backup-fresh.js';
import { backupProven } from './backup/backup-proven.js';
import { backupRolePerDatabase } from './backup/backup-role-per-database.js';
import { backupVolumePlausible } from './backup/backup-volume-plausible.js';
import { codebuildCmk } from './codebuild/codebuild-cmk.js';
import { codebuildLogs } from './codebuild/codebuild-logs.js';
import { codebuildNoPlaintextCredentials } from './codebuild/codebuild-no-plaintext-credentials.js';
import { codebuildNotPrivileged } from './codebuild/codebuild-not-privileged.js';
import { dynamodbCmk } from './dynamodb/dynamodb-cmk.js';
import { dynamodbDeletionProtection } from './dynamodb/dynamodb-deletion-protection.js';
import { dynamodbNoForeignAccess } from './dynamodb/dynamodb-no-foreign-access.js';
import { dynamodbPitr } from './dynamodb/dynamodb-pitr.js';
import { dynamodbScaling } from './dynamodb/dynamodb-scaling.js';
import { dynamodbStream } from './dynamodb/dynamodb-stream.js';
import { iamConfusedDeputy } from './iam/iam-confused-deputy.js';
import { iamNoStarStar } from './iam/iam-no-star-star.js';
import { iamNoUnexplainedWildcard } from './iam/iam-no-unexplained-wildcard.js';
import { iamTaskRoleLeastPrivilege } from './iam/iam-task-role-least-privilege.js';
import { kmsAdminsCannotUse } from './kms/kms-admins-cannot-use.js';
import { kmsNoDecryptOnAll } from './kms/kms-no-decrypt-on-all.js';
import { kmsNoPublicPrincipal } from './kms/kms-no-public-principal.js';
import { kmsNotPendingDeletion } from './kms/kms-not-pending-deletion.js';
import { kmsRotationEnabled } from './kms/kms-rotation-enabled.js';
import { kmsViaService } from './kms/kms-via-service.js';
import { redisAtRestCmk } from './redis/redis-at-rest-cmk.js';
import { redisAuthVerified } from './redis/redis-auth-verified.js';
import { redisAuth } from './redis/redis-auth.js';
import { redisFailover } from './redis/redis-failover.js';
import { redisInTransit } from './redis/redis-in-transit.js';
import { redisMinorUpgrades } from './redis/redis-minor-upgrades.js';
import { redisSnapshots } from './redis/redis-snapshots.js';
import { redisSubnetGroup } from './redis/redis-subnet-group.js';
import { s3AccessLogging } from './s3/s3-access-logging.js';
import { s3AccountPublicAccessBlocked } from './s3/s3-account-public-access-blocked.js';
import { s3AclsOff } from './s3/s3-acls-off.js';
import { s3Cmk } from './s3/s3-cmk.js';
import { s3ForeignGrantsLimited } from './s3/s3-foreign-grants-limited.js';
import { s3Lifecycle } from './s3/s3-lifecycle.js';
import { s3LogsArriving } from './s3/s3-logs-arriving.js';
import { s3ObjectLock } from './s3/s3-object-lock.js';
import { s3PublicAccessBlocked } from './s3/s3-public-access-blocked.js';
import { s3Replication } from './s3/s3-replication.js';
import { s3TlsOnly } from './s3/s3-tls-only.js';
import { s3Versioning } from './s3/s3-versioning.js';
import { s3WrongKeyDenied } from './s3/s3-wrong-key-denied.js';
import { vaultWriterIsWriteOnly } from './s3/vault-writer-is-write-only.js';
import { secretsCmk } from './secrets/secrets-cmk.js';
import { secretsExist } from './secrets/secrets-exist.js';
import { secretsPolicy } from './secrets/secrets-policy.js';
import { secretsRotation } from './secrets/secrets-rotation.js';

/** Every control, service by service. */
export const CONTROLS: readonly Control[] = [
  kmsRotationEnabled,
  kmsNotPendingDeletion,
  kmsNoPublicPrincipal,
  kmsViaService,
  kmsAdminsCannotUse,
  kmsNoDecryptOnAll,
  auroraCmk,
  auroraDeletionProtection,
  auroraBackupRetention,
  auroraLogExport,
  auroraParameters,
  auroraParametersInSync,
  auroraForceSsl,
  auroraNoLiteralsInLogs,
  auroraNotPublic,
  auroraPrivateSubnets,
  auroraAdminName,
  auroraManagedSecret,
  auroraIamAuth,
  auroraMultiAz,
  auroraReaderScaling,
  auroraPerformanceInsights,
  auroraSupportedVersion,
  auroraSnapshotsPrivate,
  auroraSnapshotsEncrypted,
  auroraMinorUpgrades,
  auroraCurrentCa,
  auroraTagsToSnapshots,
  dynamodbCmk,
  dynamodbPitr,
  dynamodbDeletionProtection,
  dynamodbScaling,
  dynamodbNoForeignAccess,
  dynamodbStream,
  s3PublicAccessBlocked,
  s3AccountPublicAccessBlocked,
  s3TlsOnly,
  s3Cmk,
  s3Versioning,
  s3AccessLogging,
  s3LogsArriving,
  s3Replication,
  s3Lifecycle,
  s3ObjectLock,
  s3AclsOff,
  s3ForeignGrantsLimited,
  s3WrongKeyDenied,
  vaultWriterIsWriteOnly,
  redisAtRestCmk,
  redisInTransit,
  redisAuth,
  redisAuthVerified,
  redisFailover,
  redisSnapshots,
  redisMinorUpgrades,
  redisSubnetGroup,
  secretsExist,
  secretsCmk,
  secretsRotation,
  secretsPolicy,
  iamTaskRoleLeastPrivilege,
  iamNoStarStar,
  iamNoUnexplainedWildcard,
  iamConfusedDeputy,
  codebuildNoPlaintextCredentials,
  codebuildLogs,
  codebuildCmk,
  codebuildNotPrivileged,
  backupEveryDatabaseScheduled,
  backupRolePerDatabase,
  backupVolumePlausible,
  backupFresh,
  backupProven,
];

import { breaks, type Mutation } from '../mutation/mutation.js';

const DATA = 'fintech-data-layer/DataLakeData';
const LOGS = 'fintech-data-layer/DataLakeLogs';
const VAULT = 'rds-backup-layer2-prod/VaultBucket';
const VAULT_POLICY = 'rds-backup-layer2-prod/VaultBucketPolicy';
const STATEMENTS = 'Properties/PolicyDocument/Statement';
const ENCRYPTION = 'Properties/BucketEncryption/ServerSideEncryptionConfiguration/0';
const BY_DEFAULT = `${ENCRYPTION}/ServerSideEncryptionByDefault`;
const RULE = 'Properties/ReplicationConfiguration/Rules/0';
const ALLOW = `${STATEMENTS}/Sid=AllowNewObjectsAccount1Database1`;

const data = (setting: string, control: string, at: string, to?: unknown) =>
  breaks(setting, [control], { in: DATA, at, to });
const withoutDeny = (sid: string, control: string) =>
  breaks(`the vault's policy has no ${sid}`, [control], { in: VAULT_POLICY, at: `${STATEMENTS}/Sid=${sid}` });

export const S3_MUTATIONS: readonly Mutation[] = [
  data(
    'public policies',
    's3-public-access-blocked',
    'Properties/PublicAccessBlockConfiguration/BlockPublicPolicy',
    false,
  ),
  breaks('the log bucket blocks nothing', ['s3-public-access-blocked'], {
    in: LOGS,
    at: 'Properties/PublicAccessBlockConfiguration',
  }),
  breaks('the data bucket takes plain HTTP', ['s3-tls-only'], {
    in: `${DATA}Policy`,
    at: `${STATEMENTS}/0/Condition/Bool/aws:SecureTransport`,
    to: 'true',
  }),
  breaks("only another account's plain HTTP is denied", ['s3-tls-only'], {
    in: `${DATA}Policy`,
    at: `${STATEMENTS}/0/Condition/StringNotEquals`,
    to: { 'aws:PrincipalAccount': '111122223333' },
  }),
  withoutDeny('DenyWithoutTls', 's3-tls-only'),
  data('SSE-S3', 's3-cmk', `${BY_DEFAULT}/SSEAlgorithm`, 'AES256'),
  data("AWS's managed key", 's3-cmk', `${BY_DEFAULT}/KMSMasterKeyID`),
  breaks('the log bucket has a key, and gets no logs', ['s3-cmk'], {
    in: LOGS,
    at: `${BY_DEFAULT}/SSEAlgorithm`,
    to: 'aws:kms',
  }),
  data('no versions', 's3-versioning', 'Properties/VersioningConfiguration/Status', 'Suspended'),
  data('no access logs', 's3-access-logging', 'Properties/LoggingConfiguration'),
  data('access logs without a prefix', 's3-access-logging', 'Properties/LoggingConfiguration/LogFilePrefix', ''),
  data('replication is disabled', 's3-replication', `${RULE}/Status`, 'Disabled'),
  data('encrypted objects are not replicated', 's3-replication', `${RULE}/SourceSelectionCriteria`),
  data('replicas without a key', 's3-replication', `${RULE}/Destination/EncryptionConfiguration`),
  data('no replication', 's3-replication', 'Properties/ReplicationConfiguration'),
  data('no lifecycle', 's3-lifecycle', 'Properties/LifecycleConfiguration'),
  data(
    'no move to Glacier',
    's3-lifecycle',
    'Properties/LifecycleConfiguration/Rules/0/Transitions/0/StorageClass',
    'STANDARD_IA',
  ),
  breaks('incomplete uploads stay in the vault', ['s3-lifecycle'], {
    in: VAULT,
    at: 'Properties/LifecycleConfiguration/Rules/2/AbortIncompleteMultipartUpload',
  }),
  data('ACLs', 's3-acls-off', 'Properties/OwnershipControls/Rules/0/ObjectOwnership', 'ObjectWriter'),
  breaks('the vault locks nothing by default', ['s3-object-lock'], {
    in: VAULT,
    at: 'Properties/ObjectLockConfiguration/Rule',
  }),
  breaks(
    'the vault has no Object Lock',
    ['s3-object-lock'],
    { in: VAULT, at: 'Properties/ObjectLockConfiguration' },
    { in: VAULT, at: 'Properties/ObjectLockEnabled' },
  ),
  breaks('another account writes into the vault', ['s3-foreign-grants-limited'], {
    in: VAULT_POLICY,
    at: `${ALLOW}/Principal`,
    to: { AWS: 'arn:aws:iam::999999999999:root' },
  }),
  withoutDeny('DenyOtherEncryption', 's3-wrong-key-denied'),
  withoutDeny('DenyOtherKey', 's3-wrong-key-denied'),
  withoutDeny('DenyKmsWithoutKey', 's3-wrong-key-denied'),
  breaks(
    'the vault takes SSE-C',
    ['s3-wrong-key-denied'],
    { in: VAULT_POLICY, at: `${STATEMENTS}/Sid=DenyCustomerKeys` },
    { in: VAULT, at: `${ENCRYPTION}/BlockedEncryptionTypes` },
  ),
  breaks('another encryption is denied to one account only', ['s3-wrong-key-denied'], {
    in: VAULT_POLICY,
    at: `${STATEMENTS}/Sid=DenyOtherEncryption/Condition/StringEquals`,
    to: { 'aws:PrincipalAccount': '999999999999' },
  }),
  breaks("the vault's default is SSE-S3", ['s3-cmk', 's3-wrong-key-denied'], {
    in: VAULT,
    at: BY_DEFAULT,
    to: { SSEAlgorithm: 'AES256' },
  }),
  withoutDeny('DenyOverwriting', 'vault-writer-is-write-only'),
  breaks('writers read', ['vault-writer-is-write-only'], {
    in: VAULT_POLICY,
    at: `${ALLOW}/Action/-`,
    to: 's3:GetObject',
  }),
  breaks('writers write anywhere', ['vault-writer-is-write-only'], {
    in: VAULT_POLICY,
    at: `${ALLOW}/Resource`,
    to: 'arn:aws:s3:::rds-backup-layer2-prod/*',
  }),
  breaks('a build may delete in the vault', ['vault-writer-is-write-only'], {
    in: 'rds-pgdump-backup-prod/BackupsRoleledger',
    at: 'Properties/Policies/0/PolicyDocument/Statement/-',
    to: { Effect: 'Allow', Action: 's3:DeleteObject', Resource: 'arn:aws:s3:::rds-backup-layer2-prod/layer2/*' },
  }),
  // Its policy names the declared one, which is no sign that it exists.
  breaks('another bucket than declared', ['s3-public-access-blocked', 's3-tls-only'], {
    in: 'fintech-data-layer/DataLakeReplica',
    at: 'Properties/BucketName',
    to: 'other',
  }),
];

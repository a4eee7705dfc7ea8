/** `backupAccount`: the account that holds the vault, and that the source account cannot touch. */
import * as z from 'zod';
import { bucketNameProblem } from '../../syntax/bucket-name.js';
import { vaultPrefixProblem } from '../../syntax/vault-url.js';
import { accountProblem, keyArnProblem, principalProblem, roleProblem } from '../../syntax/arn.js';
import { projectNameProblem } from '../aws-values.js';
import { filled, text, whole } from '../fields.js';
import { nameProblem } from '../name.js';
import { deploymentOptions } from './deployment.js';
import { ROLE_LAYOUTS, type RoleLayout } from './source-account.js';

export const OBJECT_LOCK_MODES = ['GOVERNANCE', 'COMPLIANCE'] as const;
export const DEFAULT_LOCK_MODE = 'GOVERNANCE';
export const DEFAULT_LOCK_DAYS = 35;
export const DEFAULT_INFREQUENT_ACCESS_DAYS = 30;
export const DEFAULT_ARCHIVE_DAYS = 90;
export const DEFAULT_NONCURRENT_DAYS = 35;

const LONGEST_DAYS = 36_500;

const objectLockSchema = z.strictObject({
  mode: z.enum(OBJECT_LOCK_MODES).optional().meta({
    description:
      'GOVERNANCE can be lifted by the roles in `bypassRoles`; COMPLIANCE by nobody, not even AWS, until it ends.',
    default: DEFAULT_LOCK_MODE,
  }),
  days: whole(1, LONGEST_DAYS).optional().meta({
    description: 'The number of days for which nobody can delete or overwrite a stored object.',
    default: DEFAULT_LOCK_DAYS,
  }),
  bypassRoles: z.array(text(roleProblem)).optional().meta({
    description:
      'Roles of the backup account, by name or ARN, that the bucket allows to end a GOVERNANCE retention early, if their own policies allow it too.',
    default: [],
  }),
});

const lifecycleSchema = z.strictObject({
  infrequentAccessAfterDays: whole(30, LONGEST_DAYS).optional().meta({
    description: 'When objects move to S3 Standard-IA.',
    default: DEFAULT_INFREQUENT_ACCESS_DAYS,
  }),
  archiveAfterDays: whole(60, LONGEST_DAYS).optional().meta({
    description:
      'When objects move on to S3 Glacier Instant Retrieval, at least 30 days later: drills can still read them.',
    default: DEFAULT_ARCHIVE_DAYS,
  }),
  noncurrentDays: whole(1, LONGEST_DAYS).optional().meta({
    description: 'How long a version stays after a newer one or a delete marker hides it; never shorter than its lock.',
    default: DEFAULT_NONCURRENT_DAYS,
  }),
});

const sourceSchema = z.strictObject({
  account: text(accountProblem).meta({ description: 'The account whose backup roles may write.' }),
  prefix: text(vaultPrefixProblem)
    .optional()
    .meta({
      description:
        "The prefix of its keys in the bucket, before `layer2/`: the path of its vault's URL. No two accounts may share one. Default: none.",
      examples: ['team-a'],
    }),
  environment: filled().optional().meta({
    description: 'The environment in the names of its roles. Default: this environment.',
  }),
  databases: z
    .array(text(nameProblem))
    .optional()
    .meta({
      description:
        'Names of its databases: the policies then name their roles. Default: each role may write for the database that both its name and its tag `holdfast:database` give.',
      examples: [['appdb', 'dw']],
    }),
  roles: z.enum(ROLE_LAYOUTS).optional().meta({
    description:
      'A role for each database, or one that all share: a shared role does not limit a job to the prefix of its database.',
    default: 'per-database',
  }),
});

export const backupAccountSchema = z.strictObject({
  ...deploymentOptions,
  existingBucket: text(bucketNameProblem)
    .optional()
    .meta({
      description:
        'An existing bucket to use instead of creating one. Its policy is left unchanged: `holdfast policy bucket` prints the one that it needs.',
      examples: ['rds-backup-layer2-prod'],
    }),
  existingKeyArn: text(keyArnProblem).optional().meta({
    description:
      'An existing KMS key to use instead of creating one. Its policy is left unchanged: `holdfast policy key` prints the one that it needs.',
  }),
  keyAdminRoles: z
    .array(text(roleProblem))
    .optional()
    .meta({
      description:
        'Roles of the backup account, by name or ARN, that administer the key, and may disable or delete it. They cannot use it. Default: anyone whom IAM in that account allows to administer keys.',
      default: [],
      examples: [['KeyAdministrators']],
    }),
  objectLock: objectLockSchema.optional().meta({ description: 'How long stored objects are locked.' }),
  lifecycle: lifecycleSchema.optional().meta({
    description:
      'Where objects move as they age. None expires by age: if backups stopped, the last good one would be lost.',
  }),
  restorePrincipals: z.array(text(principalProblem)).optional().meta({
    description:
      'ARNs of roles or users, or accounts, that may assume the restore role, with a second factor. Default: anyone whom IAM in the backup account allows.',
    default: [],
  }),
  drillProject: text(projectNameProblem)
    .optional()
    .meta({
      description:
        'An existing CodeBuild project of the backup account that runs restore drills: the stack creates a role for it that reads all backups and writes proofs. Anyone who may change or create a project of that name can read all backups. Default: no such role.',
      examples: ['restore-drills'],
    }),
  sources: z.array(sourceSchema).optional().meta({
    description: "Further accounts that write into the vault. This config's own databases are always among them.",
    default: [],
  }),
});

export type BackupAccountInput = z.input<typeof backupAccountSchema>;

/** How the vault's account is built: defaults applied. */
export interface BackupAccountConfig {
  readonly account?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly existingBucket?: string;
  readonly existingKeyArn?: string;
  /** Names or ARNs. */
  readonly keyAdminRoles: readonly string[];
  readonly objectLock: {
    readonly mode: (typeof OBJECT_LOCK_MODES)[number];
    readonly days: number;
    /** Names or ARNs. */
    readonly bypassRoles: readonly string[];
  };
  readonly lifecycle: {
    readonly infrequentAccessAfterDays: number;
    readonly archiveAfterDays: number;
    readonly noncurrentDays: number;
  };
  /** ARNs or account numbers. */
  readonly restorePrincipals: readonly string[];
  /** The CodeBuild project that a role for restore drills is created for; absent: there is none. */
  readonly drillProject?: string;
  readonly sources: readonly SourceConfig[];
  readonly alarmEmails: readonly string[];
  readonly logRetentionDays: number;
}

/** A further account that writes into the vault. */
export interface SourceConfig {
  readonly account: string;
  /** Without slashes at its ends; empty for none. */
  readonly prefix: string;
  readonly environment?: string;
  /** Absent: not known here. */
  readonly databases?: readonly string[];
  readonly roles: RoleLayout;
}

export function resolveBackupAccount(
  input: BackupAccountInput,
  deployment: Pick<BackupAccountConfig, 'account' | 'profile' | 'roleArn' | 'alarmEmails' | 'logRetentionDays'>,
): BackupAccountConfig {
  const { objectLock = {}, lifecycle = {} } = input;
  return {
    ...deployment,
    existingBucket: input.existingBucket,
    existingKeyArn: input.existingKeyArn,
    keyAdminRoles: input.keyAdminRoles ?? [],
    objectLock: {
      mode: objectLock.mode ?? DEFAULT_LOCK_MODE,
      days: objectLock.days ?? DEFAULT_LOCK_DAYS,
      bypassRoles: objectLock.bypassRoles ?? [],
    },
    lifecycle: {
      infrequentAccessAfterDays: lifecycle.infrequentAccessAfterDays ?? DEFAULT_INFREQUENT_ACCESS_DAYS,
      archiveAfterDays: lifecycle.archiveAfterDays ?? DEFAULT_ARCHIVE_DAYS,
      noncurrentDays: lifecycle.noncurrentDays ?? DEFAULT_NONCURRENT_DAYS,
    },
    restorePrincipals: input.restorePrincipals ?? [],
    drillProject: input.drillProject,
    sources: (input.sources ?? []).map((source) => ({
      ...source,
      prefix: source.prefix ?? '',
      roles: source.roles ?? 'per-database',
    })),
  };
}

/** Names of what is created on AWS, as the source document has them, within the limits of each service. */
import { createHash } from 'node:crypto';
import { HoldfastError } from '../core/errors.js';
import { bucketNameProblem, LONGEST_BUCKET_NAME } from '../syntax/bucket-name.js';

/** What a service accepts as a name: the maximum length, and the characters. */
interface NameRule {
  readonly what: string;
  readonly longest: number;
  readonly takes: RegExp;
  readonly characters: string;
}

const PROJECT: NameRule = {
  what: 'CodeBuild project',
  longest: 150,
  takes: /^[A-Za-z0-9][A-Za-z0-9_-]*$/,
  characters: 'letters, digits, hyphens and underscores',
};
const ROLE: NameRule = {
  what: 'IAM role',
  longest: 64,
  takes: /^[\w+=,.@-]+$/,
  characters: 'letters, digits and +=,.@_-',
};
const SCHEDULE: NameRule = { ...PROJECT, what: 'schedule', longest: 64 };
const ALIAS: NameRule = { ...PROJECT, what: 'key alias', longest: 240 };

export const vaultBucketName = (environment: string) => bucketName(`rds-backup-layer2-${environment}`);
/** The bucket of the vault's access logs. */
export const accessLogBucketName = (vaultBucket: string) =>
  bucketName(shortened(`${vaultBucket}-access-logs`, LONGEST_BUCKET_NAME));
export const vaultKeyAlias = (environment: string) => `alias/${validName(ALIAS, `rds-backup-layer2-${environment}`)}`;
export const restoreRoleName = (environment: string) =>
  validName(ROLE, `rds-backup-layer2-restore-role-${environment}`);
export const drillRoleName = (environment: string) => validName(ROLE, `rds-backup-layer2-drill-role-${environment}`);
export const backupStackName = (environment: string) => stackName(`rds-backup-layer2-${environment}`);

export const projectName = (environment: string, database: string) =>
  jobProjectName(`rds-pgdump-backup-${environment}`, database);
/** The project of a database's job under a name of one's own. */
export const jobProjectName = (before: string, database: string) => validName(PROJECT, `${before}-${database}`);
export const scheduleName = (environment: string, database: string) =>
  validName(SCHEDULE, `rds-pgdump-backup-${environment}-${database}`);
/** The role of one database's job; without a database, the one that all jobs share. */
export const writerRoleName = (environment: string, database?: string) =>
  validName(ROLE, ['rds-pgdump-codebuild-role', environment, ...(database === undefined ? [] : [database])].join('-'));
/** How {@link writerRoleName} names the roles of an environment, whatever the databases are. */
export interface WriterRoleNames {
  /** What precedes a database's name, where both together are short enough for a role. */
  readonly prefix: string;
  /** The maximum length of that name. */
  readonly room: number;
  /** What the other names, which are shortened, match. */
  readonly shortened: string;
}
export function writerRoleNames(environment: string): WriterRoleNames {
  const prefix = validName({ ...ROLE, longest: Infinity }, `rds-pgdump-codebuild-role-${environment}-`);
  return { prefix, room: ROLE.longest - prefix.length, shortened: `${headOf(prefix, ROLE.longest)}*-????????` };
}
/** The project that builds the image of the jobs. */
export const imageProjectName = (environment: string) => validName(PROJECT, `rds-pgdump-image-${environment}`);
export const schedulerRoleName = (environment: string) => validName(ROLE, `rds-pgdump-scheduler-role-${environment}`);
/**
 * What belongs to all jobs of an environment: the group of schedules, the alarms' topic, the image, the key of logs.
 */
export const jobsName = (environment: string) => validName(SCHEDULE, `rds-pgdump-backup-${environment}`);
export const sourceStackName = (environment: string) => stackName(`rds-pgdump-backup-${environment}`);

/** What belongs to the vault besides the bucket: the alarms' topic, the key of logs. */
export const watchName = (environment: string) => validName(SCHEDULE, `rds-backup-layer2-${environment}-alarms`);

/** CloudFormation does not accept underscores, which environments may contain. */
function stackName(name: string): string {
  return shortened(name.replace(/_/g, '-'), 128);
}

/** @throws HoldfastError CONFIG_INVALID */
function bucketName(name: string): string {
  const problem = bucketNameProblem(name);
  if (problem === undefined) return name;
  throw new HoldfastError('CONFIG_INVALID', `"${name}" cannot be the name of a bucket. ${problem}`, {
    hint: 'Give the bucket under vault (s3://NAME), or rename the environment.',
  });
}

/** @throws HoldfastError CONFIG_INVALID when a character is not allowed; what is too long is shortened */
function validName({ what, longest, takes, characters }: NameRule, name: string): string {
  if (takes.test(name)) return shortened(name, longest);
  throw new HoldfastError(
    'CONFIG_INVALID',
    `"${name}" cannot be the name of a ${what}: it may contain only ${characters}.`,
    {
      hint: 'Give the database another name in the config; dbName remains its name on the server.',
    },
  );
}

/** The same text always becomes the same name, and two texts with the same beginning do not become one. */
function shortened(name: string, longest: number): string {
  if (name.length <= longest) return name;
  return `${headOf(name, longest)}-${createHash('sha256').update(name).digest('hex').slice(0, DIGEST_LENGTH)}`;
}

const DIGEST_LENGTH = 8;

/** What remains of a name before the digest. */
function headOf(name: string, longest: number): string {
  const room = longest - DIGEST_LENGTH - 1;
  return name.length < room ? name : name.slice(0, room).replace(/[^A-Za-z0-9]+$/, '');
}

/** Tag of a job's role: the database whose backups it writes. Policies of a vault bind roles by it. */
export const DATABASE_TAG = 'holdfast:database';
/** Tag of what belongs to an environment. */
export const ENVIRONMENT_TAG = 'holdfast:environment';

/** Tag of secrets whose value only people can renew; its value is `manual`. The audit looks at its age. */
export const ROTATION_TAG = 'holdfast:rotation';

/** The tags of a job's role; of one that several databases share, without a database. */
export function writerRoleTags(environment: string, database?: string): Readonly<Record<string, string>> {
  return { ...(database !== undefined && { [DATABASE_TAG]: database }), [ENVIRONMENT_TAG]: environment };
}

/** What a policy that binds roles by their tags needs of an account, as a sentence. */
export function needsTags(account: string): string {
  return `The policies of the vault bind the roles of account ${account} by their tags: each needs ${DATABASE_TAG} with the name of its database, and ${ENVIRONMENT_TAG}, or its backups are refused. Roles that \`holdfast deploy\` creates have them: deploy that account's stack first.`;
}

/** What no policy can limit, as a sentence. */
export function sharesRole(account: string): string {
  return `The jobs of account ${account} share one role: nothing binds a job to the prefix of its database, and each can write for every other. Set roles to per-database.`;
}

/** Names of what is made on AWS, as the source document has them, within the limits of each service. */
import { createHash } from 'node:crypto';
import { bucketNameProblem } from '../config/aws-values.js';
import { HoldfastError } from '../core/errors.js';

/** What a service takes as a name: its longest, and which characters. */
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
export const accessLogBucketName = (vaultBucket: string) => bucketName(shortened(`${vaultBucket}-access-logs`, 63));
export const vaultKeyAlias = (environment: string) => `alias/${named(ALIAS, `rds-backup-layer2-${environment}`)}`;
export const restoreRoleName = (environment: string) => named(ROLE, `rds-backup-layer2-restore-role-${environment}`);
export const drillRoleName = (environment: string) => named(ROLE, `rds-backup-layer2-drill-role-${environment}`);
export const backupStackName = (environment: string) => stackName(`rds-backup-layer2-${environment}`);

export const projectName = (environment: string, database: string) =>
  named(PROJECT, `rds-pgdump-backup-${environment}-${database}`);
export const scheduleName = (environment: string, database: string) =>
  named(SCHEDULE, `rds-pgdump-backup-${environment}-${database}`);
/** The role of one database's job; without a database, the one that all jobs share. */
export const writerRoleName = (environment: string, database?: string) =>
  named(ROLE, ['rds-pgdump-codebuild-role', environment, ...(database === undefined ? [] : [database])].join('-'));
/** What the names of all roles of {@link writerRoleName} match, where the databases are not known. */
export const writerRolePattern = (environment: string) => `${writerRoleName(environment)}*`;
/** The project that builds the image of the jobs. */
export const imageProjectName = (environment: string) => named(PROJECT, `rds-pgdump-image-${environment}`);
export const schedulerRoleName = (environment: string) => named(ROLE, `rds-pgdump-scheduler-role-${environment}`);
/** What belongs to all jobs of an environment: the group of schedules, the alarms' topic, the image, the key of logs. */
export const jobsName = (environment: string) => named(SCHEDULE, `rds-pgdump-backup-${environment}`);
export const sourceStackName = (environment: string) => stackName(`rds-pgdump-backup-${environment}`);

/** What belongs to the vault beside it: the alarms' topic, the key of logs. */
export const watchName = (environment: string) => named(SCHEDULE, `rds-backup-layer2-${environment}-alarms`);

/** CloudFormation takes no underscores, which environments may have. */
function stackName(name: string): string {
  return shortened(name.replace(/_/g, '-'), 128);
}

/** @throws HoldfastError CONFIG_INVALID */
function bucketName(name: string): string {
  const problem = bucketNameProblem(name);
  if (problem === undefined) return name;
  throw new HoldfastError('CONFIG_INVALID', `"${name}" cannot be the name of a bucket. ${problem}`, {
    hint: 'Give the bucket under vault (s3://NAME), or name the environment otherwise.',
  });
}

/** @throws HoldfastError CONFIG_INVALID when a character is not allowed; what is too long is shortened */
function named({ what, longest, takes, characters }: NameRule, name: string): string {
  if (takes.test(name)) return shortened(name, longest);
  throw new HoldfastError('CONFIG_INVALID', `"${name}" cannot be the name of a ${what}: it takes ${characters}.`, {
    hint: 'Give the database another name in the config; dbName stays what the server calls it.',
  });
}

/** The same text always becomes the same name, and two texts with the same beginning do not become one. */
function shortened(name: string, longest: number): string {
  if (name.length <= longest) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, longest - digest.length - 1).replace(/[^A-Za-z0-9]+$/, '')}-${digest}`;
}

/** Tag of secrets whose value only people can renew; its value is `manual`. The audit looks at its age. */
export const ROTATION_TAG = 'holdfast:rotation';

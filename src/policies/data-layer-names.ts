/** The runbook's names, from its two prefixes. */
import { backupSecretName } from '../config/sections/data-layer-database.js';

export interface DataLayerNames {
  readonly keyAlias: string;
  readonly keyDescription: string;
  readonly databaseSecret: string;
  readonly apiKeysSecret: string;
  readonly encryptionKeySecret: string;
  readonly redisSecret: string;
  /** The secret of the role that dumps; created when a database of the backup config is in the cluster. */
  readonly backupSecret: string;
  readonly parameterGroup: string;
  readonly parameterGroupDescription: string;
  readonly databaseSubnetGroup: string;
  readonly cluster: string;
  readonly writer: string;
  /** The first reader; those that scaling adds are named by AWS. */
  readonly reader: (number: number) => string;
  /** The policy by which readers are added. */
  readonly readerScalingPolicy: string;
  readonly masterUser: string;
  readonly applicationUser: string;
  /** The role that dumps for Holdfast. */
  readonly backupUser: string;
  readonly table: (name: string) => string;
  /** Unique among all buckets by the account and the Region. */
  readonly bucket: (kind: 'data' | 'data-replica' | 'logs', account: string, region: string) => string;
  readonly redisSubnetGroup: string;
  readonly redis: string;
  readonly redisDescription: string;
  readonly redisUser: string;
  readonly taskRole: string;
  readonly taskPolicy: string;
  /** Of the key of logs and alarms, with `alias/`. */
  readonly operationsKeyAlias: string;
  readonly rotationAlarms: string;
  /** A function that rotates, or watches. */
  readonly rotationFunction: (name: string) => string;
}

/** What the names are made of. */
export interface NameParts {
  /** `fintech`: prefix of the names of most resources, and of the paths of secrets. */
  readonly prefix: string;
  /** `FinTech`: prefix of the names of tables and roles, and of descriptions. */
  readonly displayPrefix: string;
  /** `prod`: part of the names of buckets and of the key. */
  readonly stage: string;
  /** `Production`: the value of the tag `Environment`. */
  readonly environmentTag: string;
}

/** The parts of the runbook's own names. */
export const RUNBOOK_NAMES: NameParts = {
  prefix: 'fintech',
  displayPrefix: 'FinTech',
  stage: 'prod',
  environmentTag: 'Production',
};

export function dataLayerNames({ prefix, displayPrefix, stage, environmentTag }: NameParts): DataLayerNames {
  return {
    keyAlias: `alias/${prefix}-${stage}-key`,
    keyDescription: `${displayPrefix} ${environmentTag} Data Key`,
    databaseSecret: `${prefix}/db-credentials`,
    apiKeysSecret: `${prefix}/api-keys`,
    encryptionKeySecret: `${prefix}/encryption-key`,
    redisSecret: `${prefix}/redis-auth`,
    backupSecret: backupSecretName(prefix),
    parameterGroup: `${prefix}-aurora-params`,
    parameterGroupDescription: `${displayPrefix} Strict Logging`,
    databaseSubnetGroup: `${prefix}-db-subnet-group`,
    cluster: `${prefix}-db-cluster`,
    writer: `${prefix}-db-writer`,
    reader: (number) => `${prefix}-db-reader-${number}`,
    readerScalingPolicy: 'aurora-cpu-scaling',
    // Names of roles in PostgreSQL are written without quotes by everybody, so without hyphens.
    masterUser: `${prefix.replaceAll('-', '_')}_admin`,
    applicationUser: `${prefix.replaceAll('-', '_')}_app`,
    backupUser: `${prefix.replaceAll('-', '_')}_backup`,
    table: (name) => `${displayPrefix}${name}`,
    bucket: (kind, account, region) => `${prefix}-${stage}-${kind}-${account}-${region}`,
    redisSubnetGroup: `${prefix}-redis-subnet`,
    redis: `${prefix}-redis`,
    redisDescription: `${displayPrefix} ${capitalized(stage)} Redis`,
    redisUser: `${prefix}-app`,
    taskRole: `${displayPrefix}-ECS-TaskRole`,
    taskPolicy: `${displayPrefix}-DataLayer-Secrets`,
    operationsKeyAlias: `alias/${prefix}-${stage}-operations-key`,
    rotationAlarms: `${prefix}-rotation-alarms`,
    rotationFunction: (name) => `${prefix}-rotation-${name}`,
  };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a data layer consists of, as an app says it: the options of the config's section `dataLayer`. */
import { PLAIN_SPELLING, configError } from '../../config/problems.js';
import { resolveDataLayer, type DataLayerConfig } from '../../config/sections/data-layer-config.js';
import { dataLayerSchema } from '../../config/sections/data-layer.js';
import type { AuroraPostgresProps } from './aurora/aurora-postgres.js';
import type { DataLakeProps, ExistingReplica } from './data-lake/data-lake.js';
import type { TableIndex, TableKey } from './dynamodb/data-table.js';
import type { OptOutReasons } from './opt-outs.js';
import type { RedisCacheProps } from './redis/redis-cache.js';
import type { RedisSignIn } from './secrets/data-secrets.js';

/** All names are the runbook's, made of the prefixes and the stage. */
export interface DataLayerProps {
  /** What is built; the key and the secrets that it needs always are. @default all five */
  readonly parts?: readonly ('aurora' | 'dynamodb' | 'data-lake' | 'redis' | 'task-role')[];
  /** Of the names of most resources, and of the paths of secrets: each data layer of an account has its own. @default 'fintech' */
  readonly prefix?: string;
  /** Of the names of tables and roles, and of descriptions. @default 'FinTech' */
  readonly displayPrefix?: string;
  /** Part of the names of the key and of buckets. @default 'prod' */
  readonly stage?: string;
  /** Value of the tag `Environment`. @default 'Production' */
  readonly environmentTag?: string;
  /** Value of the tag `Project`. @default 'FinTechGlobal' */
  readonly projectTag?: string;
  /** @default a key of its own, that anyone administers whom IAM in the account allows */
  readonly key?: DataLayerKeyProps;
  /** Required for the database and the cache: `vpcId` with `subnetIds`, or `createCidr`. @default none */
  readonly network?: DataLayerNetworkProps;
  /** Secrets besides the runbook's, whose values are supplied by hand. @default none */
  readonly secrets?: readonly { readonly name: string; readonly description?: string }[];
  /** @default the runbook's cluster */
  readonly aurora?: DataLayerAuroraProps;
  /** @default the runbook's three tables */
  readonly dynamodb?: DataLayerTablesProps;
  /** @default the runbook's buckets, with a replica */
  readonly dataLake?: DataLayerLakeProps;
  /** @default the runbook's cache */
  readonly redis?: DataLayerRedisProps;
  /** @default a role is made, under the runbook's name */
  readonly taskRole?: { readonly name?: string; readonly existing?: boolean };
  /** For `addRotations`: days from one rotation to the next, 1 to 30. @default 30 days */
  readonly rotation?: { readonly days?: number };
  /** For `addRotations`: who is told of failed and overdue rotations. @default nobody */
  readonly alarmEmails?: readonly string[];
  /** How long logs are kept, in days: one of those that CloudWatch Logs takes. @default 400 */
  readonly logRetentionDays?: number;
  /** What happens to what holds data when the stack is deleted. @default 'retain' */
  readonly removal?: 'retain' | 'destroy';
  /** @default true */
  readonly terminationProtection?: boolean;
  /** Reasons for what the options give up of the runbook's requirements. @default nothing is given up */
  readonly optOuts?: OptOutReasons;
}

export interface DataLayerKeyProps {
  /** A key that exists; its policy is left unchanged. @default one is made */
  readonly existingKeyArn?: string;
  /** ARNs of roles (wildcards allowed) that administer it, and cannot use it then. @default anyone whom IAM allows */
  readonly administrators?: readonly string[];
  /** ARNs of roles (wildcards allowed) that deploy. @default the execution roles of the CDK's bootstrap stacks */
  readonly deploymentRoles?: readonly string[];
  /** From one rotation to the next, 90 to 2560 days. @default 365 */
  readonly rotationDays?: number;
}

export interface DataLayerNetworkProps {
  /** A VPC that exists. @default none */
  readonly vpcId?: string;
  /** Its private subnets, in the order of `availabilityZones`. @default none */
  readonly subnetIds?: readonly string[];
  /** IPv4 range, /16 to /26, of a VPC to make. @default none is made */
  readonly createCidr?: string;
  /** Two or more. @default zones a and b of the stack's Region */
  readonly availabilityZones?: readonly string[];
  /** Of the application's tasks. @default a group is made */
  readonly applicationSecurityGroupIds?: readonly string[];
  /** Left unchanged. @default a group is made that admits the application */
  readonly databaseSecurityGroupIds?: readonly string[];
  /** Left unchanged. @default a group is made that admits the application */
  readonly redisSecurityGroupIds?: readonly string[];
}

export interface DataLayerAuroraProps extends Pick<
  AuroraPostgresProps,
  | 'engineVersion'
  | 'instanceClass'
  | 'readers'
  | 'databaseName'
  | 'parameters'
  | 'parameterGroupName'
  | 'backupRetentionDays'
  | 'backupWindow'
  | 'maintenanceWindow'
  | 'deletionProtection'
  | 'iamAuthentication'
  | 'databaseInsights'
> {
  /** Readers between two numbers, by their CPU in percent. @default 1 to 5 readers at 60 % */
  readonly readerScaling?: {
    readonly enabled?: boolean;
    readonly min?: number;
    readonly max?: number;
    readonly targetCpu?: number;
  };
}

/** Of a table and its indexes, or of all of them. */
export interface DataLayerCapacityProps {
  /** @default 'provisioned' */
  readonly billing?: 'provisioned' | 'on-demand';
  /** Read and write units. @default 10 */
  readonly minCapacity?: number;
  /** Read and write units. @default 1000 */
  readonly maxCapacity?: number;
}

export interface DataLayerTableProps extends TableKey, DataLayerCapacityProps {
  /** `displayPrefix` comes before it. One of the runbook's names replaces that table. */
  readonly name: string;
  /** Global secondary indexes, with all attributes. @default none */
  readonly indexes?: readonly TableIndex[];
  /** @default no stream */
  readonly stream?: 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE' | 'OLD_IMAGE' | 'KEYS_ONLY';
  /** Attribute with the time, in epoch seconds, at which an item expires. @default items do not expire */
  readonly timeToLiveAttribute?: string;
}

export interface DataLayerTablesProps extends DataLayerCapacityProps {
  /** Whether Sessions, Transactions and Accounts are made. @default true */
  readonly runbookTables?: boolean;
  /** @default none */
  readonly tables?: readonly DataLayerTableProps[];
  /** Of the capacity, in percent. @default 70 */
  readonly targetUtilization?: number;
  /** Of point-in-time recovery, 1 to 35; 0 for none. @default 35 */
  readonly recoveryDays?: number;
  /** @default true */
  readonly deletionProtection?: boolean;
}

export interface DataLayerLakeProps extends Pick<
  DataLakeProps,
  'replicateDeleteMarkers' | 'archiveDays' | 'noncurrentDays'
> {
  /** Whether there is a replica. @default true */
  readonly replicate?: boolean;
  /** @default a bucket is made for it */
  readonly existingReplica?: ExistingReplica;
  /** How long access logs are kept, in days. @default 400 */
  readonly accessLogDays?: number;
}

export interface DataLayerRedisProps extends Pick<
  RedisCacheProps,
  | 'engine'
  | 'engineVersion'
  | 'accessString'
  | 'nodeType'
  | 'replicas'
  | 'snapshotDays'
  | 'snapshotWindow'
  | 'maintenanceWindow'
> {
  /** @default 'users' */
  readonly signIn?: RedisSignIn;
}

/**
 * The same, checked and with its defaults.
 *
 * @param environment the config's, whose name may serve as the stage
 * @throws HoldfastError CONFIG_INVALID with all problems
 */
export function parseDataLayer(props: DataLayerProps, environment?: string): DataLayerConfig {
  const result = dataLayerSchema.safeParse(props);
  if (result.success) return resolveDataLayer(result.data, environment);
  const problems = result.error.issues.map(({ path, message }) => ({ path, message }));
  throw configError('dataLayer', problems, PLAIN_SPELLING);
}

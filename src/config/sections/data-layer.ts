/** `dataLayer`: the runbook's data layer, sections 1 to 6. */
import { z } from 'zod';
import {
  accountProblem,
  bucketNameProblem,
  cidrProblem,
  keyArnProblem,
  principalPatternProblem,
  resourceIdProblem,
} from '../aws-values.js';
import { filled, text, whole } from '../fields.js';
import * as defaults from './data-layer-defaults.js';
import { OPT_OUTS, type OptOut } from './data-layer-opt-outs.js';
import { deploymentOptions, LOG_RETENTION_DAYS } from './deployment.js';

export const DATA_LAYER_PARTS = ['aurora', 'dynamodb', 'data-lake', 'redis', 'task-role'] as const;
export const REMOVALS = ['retain', 'destroy'] as const;
export const REDIS_SIGN_INS = ['users', 'auth-token'] as const;
export const REDIS_ENGINES = ['valkey', 'redis'] as const;
export const INSIGHTS = ['standard', 'advanced', 'off'] as const;
export const BILLINGS = ['provisioned', 'on-demand'] as const;
export const ATTRIBUTE_TYPES = ['S', 'N', 'B'] as const;
export const STREAMS = ['NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE', 'KEYS_ONLY'] as const;

const ids = (kind: 'subnet' | 'sg') => z.array(text(resourceIdProblem(kind))).min(1, { error: 'Give at least one.' });
const days = (from: number, to: number) => whole(from, to).optional();

const keySchema = z.strictObject({
  existingKeyArn: text(keyArnProblem).optional().meta({
    description: 'A key that exists already and takes the place of ours. Its policy is not touched.',
  }),
  administrators: z
    .array(text(principalPatternProblem))
    .optional()
    .meta({
      description:
        'ARNs of roles, with `*` and `?` as wildcards, that administer the key. They cannot use it then, not even through a service. Default: whoever IAM in the account lets administer keys.',
      default: [],
      examples: [['arn:aws:iam::111122223333:role/KeyAdministrators']],
    }),
  deploymentRoles: z.array(text(principalPatternProblem)).optional().meta({
    description:
      'ARNs of the roles, with wildcards, that deploy the data layer. Default: the execution roles of the CDK’s bootstrap stack.',
  }),
  rotationDays: days(90, 2560).meta({
    description: 'How often AWS makes new key material.',
    default: defaults.DEFAULT_KEY_ROTATION_DAYS,
  }),
});

const networkSchema = z.strictObject({
  vpcId: text(resourceIdProblem('vpc')).optional().meta({ description: 'The VPC of the database and the cache.' }),
  subnetIds: ids('subnet').optional().meta({
    description: 'Its private subnets, in the order of `availabilityZones`.',
  }),
  createCidr: text(cidrProblem)
    .optional()
    .meta({
      description: 'Make a VPC of this range, with isolated subnets and endpoints, in place of `vpcId`.',
      examples: ['10.80.0.0/22'],
    }),
  availabilityZones: z
    .array(filled())
    .min(2, { error: 'Give two or more.' })
    .optional()
    .meta({
      description: 'Zones of the writer and the readers. Default: the Region’s a and b.',
      examples: [['us-east-1a', 'us-east-1b']],
    }),
  applicationSecurityGroupIds: ids('sg').optional().meta({
    description: 'Groups of the application’s tasks, which are let in. Default: one is made for them.',
  }),
  databaseSecurityGroupIds: ids('sg').optional().meta({
    description: 'Groups for the database, left as they are. Default: one that lets the application in only.',
  }),
  redisSecurityGroupIds: ids('sg').optional().meta({
    description: 'Groups for the cache, left as they are. Default: one that lets the application in only.',
  }),
});

const suppliedSecretSchema = z.strictObject({
  name: text(secretNameProblem).meta({ description: 'Its name in Secrets Manager.', examples: ['fintech/webhooks'] }),
  description: filled().optional().meta({ description: 'What it is for.' }),
});

const readerScalingSchema = z.strictObject({
  enabled: z.boolean().optional().meta({ description: 'Whether readers follow the load.', default: true }),
  min: whole(1, 15).optional().meta({ description: 'The fewest readers.', default: defaults.DEFAULT_MIN_READERS }),
  max: whole(1, 15).optional().meta({ description: 'The most readers.', default: defaults.DEFAULT_MAX_READERS }),
  targetCpu: whole(10, 90).optional().meta({
    description: 'Percent of CPU, averaged over the readers, that is aimed at.',
    default: defaults.DEFAULT_TARGET_CPU,
  }),
});

const auroraSchema = z.strictObject({
  engineVersion: text(engineVersionProblem).optional().meta({
    description: 'Major and minor version. Minor versions are then upgraded by AWS.',
    default: defaults.DEFAULT_ENGINE_VERSION,
  }),
  instanceClass: text(instanceClassProblem).optional().meta({
    description: 'Of the writer and the readers.',
    default: defaults.DEFAULT_INSTANCE_CLASS,
  }),
  readers: whole(0, 15).optional().meta({
    description: 'How many readers are made; scaling adds to them.',
    default: defaults.DEFAULT_READERS,
  }),
  readerScaling: readerScalingSchema.optional().meta({ description: 'How readers follow the load.' }),
  databaseName: text(databaseNameProblem).optional().meta({
    description: 'A database that is made with the cluster. Default: none; there is `postgres`.',
  }),
  parameters: z
    .record(z.string(), z.string())
    .optional()
    .meta({
      description: 'Parameters of the cluster beside ours, or in place of them; times in milliseconds.',
      default: {},
      examples: [{ work_mem: '65536' }],
    }),
  parameterGroupName: filled().optional().meta({
    description: 'Name of the parameter group: another major version needs another. Default: `<prefix>-aurora-params`.',
  }),
  backupRetentionDays: days(1, 35).meta({
    description: 'How long Aurora keeps its backups.',
    default: defaults.DEFAULT_BACKUP_RETENTION_DAYS,
  }),
  backupWindow: text(dailyWindowProblem).optional().meta({
    description: 'When Aurora takes its backup, UTC.',
    default: defaults.DEFAULT_BACKUP_WINDOW,
  }),
  maintenanceWindow: text(weeklyWindowProblem).optional().meta({
    description: 'When AWS may upgrade and restart, UTC.',
    default: defaults.DEFAULT_MAINTENANCE_WINDOW,
  }),
  deletionProtection: z.boolean().optional().meta({ description: 'Whether AWS refuses to delete it.', default: true }),
  iamAuthentication: z.boolean().optional().meta({
    description: 'Whether users of the database may sign in with IAM.',
    default: true,
  }),
  databaseInsights: z.enum(INSIGHTS).optional().meta({
    description: '`standard` keeps query statistics for 7 days, `advanced` for 15 months, at a price.',
    default: 'standard',
  }),
});

const attributeOptions = {
  type: z.enum(ATTRIBUTE_TYPES).optional().meta({ description: 'String, number or binary.', default: 'S' }),
};
const attributeSchema = z.strictObject({ name: filled().meta({ description: 'The attribute.' }), ...attributeOptions });
const keyOptions = {
  partitionKey: attributeSchema.meta({ description: 'The partition key.' }),
  sortKey: attributeSchema.optional().meta({ description: 'The sort key. Default: none.' }),
};

const scalingOptions = {
  billing: z.enum(BILLINGS).optional().meta({
    description: 'Capacity that follows the load, or a price per request.',
    default: 'provisioned',
  }),
  minCapacity: whole(1, 40_000).optional().meta({
    description: 'The least read and write capacity, of tables and of indexes.',
    default: defaults.DEFAULT_MIN_CAPACITY,
  }),
  maxCapacity: whole(1, 40_000).optional().meta({
    description: 'The most read and write capacity.',
    default: defaults.DEFAULT_MAX_CAPACITY,
  }),
};

const tableSchema = z.strictObject({
  name: text(tableNameProblem).meta({
    description: 'Its name; `displayPrefix` is put before it. One of the runbook’s names takes that table’s place.',
  }),
  ...keyOptions,
  indexes: z
    .array(z.strictObject({ name: filled().meta({ description: 'Its name.' }), ...keyOptions }))
    .optional()
    .meta({ description: 'Global secondary indexes, with all attributes.', default: [] }),
  stream: z.enum(STREAMS).optional().meta({ description: 'What the stream carries. Default: no stream.' }),
  timeToLiveAttribute: filled().optional().meta({
    description: 'Attribute with the second at which an item expires. Default: items do not expire.',
  }),
  ...scalingOptions,
});

const dynamodbSchema = z.strictObject({
  runbookTables: z.boolean().optional().meta({
    description: 'Whether Sessions, Transactions and Accounts are made.',
    default: true,
  }),
  tables: z.array(tableSchema).optional().meta({ description: 'Further tables.', default: [] }),
  ...scalingOptions,
  targetUtilization: whole(20, 90).optional().meta({
    description: 'Percent of the capacity that is aimed at.',
    default: defaults.DEFAULT_TARGET_UTILIZATION,
  }),
  recoveryDays: days(0, 35).meta({
    description: 'How far back a table can be recovered to any second.',
    default: defaults.DEFAULT_RECOVERY_DAYS,
  }),
  deletionProtection: z
    .boolean()
    .optional()
    .meta({ description: 'Whether AWS refuses to delete them.', default: true }),
});

const replicaSchema = z.strictObject({
  bucketName: text(bucketNameProblem).meta({ description: 'Its name.' }),
  keyArn: text(keyArnProblem).meta({
    description: 'The key that replicas are encrypted with, in the bucket’s Region.',
  }),
  account: text(accountProblem).optional().meta({ description: 'Its owner, where that is another account.' }),
});

const dataLakeSchema = z.strictObject({
  replicate: z.boolean().optional().meta({ description: 'Whether there is a replica.', default: true }),
  existingReplica: replicaSchema.optional().meta({
    description:
      'A versioned bucket that exists already, for example in another Region, and takes the place of ours. Its policy is not touched.',
  }),
  replicateDeleteMarkers: z.boolean().optional().meta({
    description: 'Whether a deletion shows in the replica too. The versions stay in any case.',
    default: false,
  }),
  archiveDays: days(1, 36_500).meta({
    description: 'When objects under `archive/` move to Glacier.',
    default: defaults.DEFAULT_LAKE_ARCHIVE_DAYS,
  }),
  noncurrentDays: days(1, 36_500).meta({
    description: 'How long a version stays after a newer one or a delete marker hides it.',
    default: defaults.DEFAULT_LAKE_NONCURRENT_DAYS,
  }),
  accessLogDays: days(1, 36_500).meta({
    description: 'How long access logs are kept.',
    default: defaults.DEFAULT_ACCESS_LOG_DAYS,
  }),
});

const redisSchema = z.strictObject({
  engine: z.enum(REDIS_ENGINES).optional().meta({
    description: 'Valkey, or Redis OSS.',
    default: defaults.DEFAULT_REDIS_ENGINE,
  }),
  engineVersion: text(engineVersionProblem).optional().meta({
    description: 'Major and minor version. Default: 8.0 of Valkey, 7.1 of Redis OSS.',
  }),
  signIn: z.enum(REDIS_SIGN_INS).optional().meta({
    description: 'A user with a password in a user group, or the one token of AUTH.',
    default: 'users',
  }),
  accessString: filled().optional().meta({
    description: 'What the user may do, as Redis writes it.',
    default: defaults.DEFAULT_ACCESS_STRING,
  }),
  nodeType: text(nodeTypeProblem)
    .optional()
    .meta({ description: 'Of every node.', default: defaults.DEFAULT_NODE_TYPE }),
  replicas: whole(0, 5).optional().meta({
    description: 'Replicas of the one shard, in other zones.',
    default: defaults.DEFAULT_REPLICAS,
  }),
  snapshotDays: days(0, 35).meta({
    description: 'How long daily snapshots are kept.',
    default: defaults.DEFAULT_SNAPSHOT_DAYS,
  }),
  snapshotWindow: text(dailyWindowProblem).optional().meta({
    description: 'When the snapshot is taken, UTC.',
    default: defaults.DEFAULT_SNAPSHOT_WINDOW,
  }),
  maintenanceWindow: text(weeklyWindowProblem).optional().meta({
    description: 'When AWS may upgrade and restart, UTC.',
    default: defaults.DEFAULT_REDIS_MAINTENANCE_WINDOW,
  }),
});

const taskRoleSchema = z.strictObject({
  name: filled().optional().meta({ description: 'Its name. Default: `<displayPrefix>-ECS-TaskRole`.' }),
  existing: z
    .boolean()
    .optional()
    .meta({ description: 'Whether it is there already; else it is made.', default: false }),
});

const rotationSchema = z.strictObject({
  days: days(1, defaults.DEFAULT_ROTATION_DAYS).meta({
    description: 'Days from one rotation of a secret to the next.',
    default: defaults.DEFAULT_ROTATION_DAYS,
  }),
});

const optOutNames = Object.keys(OPT_OUTS) as [OptOut, ...OptOut[]];

const { account, profile, roleArn, alarmEmails } = deploymentOptions;

export const dataLayerSchema = z.strictObject({
  account,
  profile,
  roleArn,
  alarmEmails,
  logRetentionDays: z
    .literal([...LOG_RETENTION_DAYS])
    .optional()
    .meta({ description: 'How long logs are kept, in days.', default: defaults.DEFAULT_DATA_LOG_DAYS }),
  parts: z
    .array(z.enum(DATA_LAYER_PARTS))
    .min(1, { error: 'Give at least one.' })
    .optional()
    .meta({
      description: 'What is built; the key and the secrets that these parts need are always among it.',
      default: [...DATA_LAYER_PARTS],
    }),
  prefix: text(prefixProblem).optional().meta({
    description: 'Begins the names of most resources and the paths of secrets. One for each data layer of an account.',
    default: defaults.DEFAULT_PREFIX,
  }),
  displayPrefix: text(displayPrefixProblem).optional().meta({
    description: 'Begins the names of tables and roles, and descriptions.',
    default: defaults.DEFAULT_DISPLAY_PREFIX,
  }),
  stage: text(stageProblem).optional().meta({
    description: 'Stands in the names of the key and of buckets. Default: `environment` where that fits, else `prod`.',
  }),
  environmentTag: filled().optional().meta({
    description: 'Value of the tag `Environment`.',
    default: defaults.DEFAULT_ENVIRONMENT_TAG,
  }),
  projectTag: filled().optional().meta({
    description: 'Value of the tag `Project`.',
    default: defaults.DEFAULT_PROJECT_TAG,
  }),
  key: keySchema.optional().meta({ description: 'The key that everything is encrypted with.' }),
  network: networkSchema.optional().meta({
    description: 'Where the database and the cache are: `vpcId` with `subnetIds`, or `createCidr`.',
  }),
  secrets: z.array(suppliedSecretSchema).optional().meta({
    description: 'Secrets beside the runbook’s, whose values `holdfast secret set` supplies. The task role reads them.',
    default: [],
  }),
  aurora: auroraSchema.optional().meta({ description: 'The database.' }),
  dynamodb: dynamodbSchema.optional().meta({ description: 'The tables.' }),
  dataLake: dataLakeSchema.optional().meta({ description: 'The buckets.' }),
  redis: redisSchema.optional().meta({ description: 'The cache.' }),
  taskRole: taskRoleSchema.optional().meta({ description: 'The role of the application’s tasks on ECS.' }),
  rotation: rotationSchema.optional().meta({
    description:
      'How secrets rotate by themselves: of database users, cache and encryption. The master user’s does every 30 days.',
  }),
  removal: z.enum(REMOVALS).optional().meta({
    description: 'What happens to what holds data when the stack is deleted.',
    default: 'retain',
  }),
  terminationProtection: z.boolean().optional().meta({
    description: 'Whether AWS refuses to delete the stack.',
    default: true,
  }),
  optOuts: z
    .partialRecord(z.enum(optOutNames), filled())
    .optional()
    .meta({
      description: `Requirements that are given up, each with its reason; options that give one up are refused without. The audit reports them. Known: ${optOutNames.map((name) => `\`${name}\``).join(', ')}.`,
      default: {},
      examples: [{ 'aurora-deletion-protection': 'a test environment that is rebuilt every night' }],
    }),
});

/** The section as written. */
export type DataLayerInput = z.input<typeof dataLayerSchema>;

function prefixProblem(value: string): string | undefined {
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value) && value.length <= 16) return undefined;
  return 'Use at most 16 lower-case letters, digits and single hyphens, with a letter first.';
}

function displayPrefixProblem(value: string): string | undefined {
  return /^[A-Za-z][A-Za-z0-9]{0,31}$/.test(value)
    ? undefined
    : 'Use at most 32 letters and digits, with a letter first.';
}

/** Buckets' names hold it beside the prefix, the account and the Region, in 63 characters. */
export function stageProblem(value: string): string | undefined {
  return /^[a-z0-9]{1,8}$/.test(value) ? undefined : 'Use at most 8 lower-case letters and digits.';
}

function secretNameProblem(value: string): string | undefined {
  if (/-[A-Za-z0-9]{6}$/.test(value)) {
    return 'Do not end it with a hyphen and six characters: Secrets Manager takes that for its own suffix.';
  }
  return /^[A-Za-z0-9/_+=.@-]{1,512}$/.test(value) ? undefined : 'Use letters, digits and /_+=.@- only.';
}

function tableNameProblem(value: string): string | undefined {
  return /^[A-Za-z0-9_.-]{1,200}$/.test(value) ? undefined : 'Use letters, digits, underscores, dots and hyphens.';
}

function databaseNameProblem(value: string): string | undefined {
  if (/^[a-z_][a-z0-9_]{0,62}$/.test(value)) return undefined;
  return 'Use at most 63 lower-case letters, digits and underscores, without a digit first.';
}

function engineVersionProblem(value: string): string | undefined {
  return /^\d+\.\d+$/.test(value) ? undefined : 'Give the major and the minor version, in quotes, for example "17.9".';
}

function instanceClassProblem(value: string): string | undefined {
  return /^db\.[a-z0-9-]+\.[a-z0-9]+$/.test(value) ? undefined : 'Give a class such as db.r6g.large.';
}

function nodeTypeProblem(value: string): string | undefined {
  return /^cache\.[a-z0-9]+\.[a-z0-9]+$/.test(value) ? undefined : 'Give a type such as cache.t4g.medium.';
}

const TIME = '([01]\\d|2[0-3]):[0-5]\\d';
const DAY = '(mon|tue|wed|thu|fri|sat|sun)';

function dailyWindowProblem(value: string): string | undefined {
  return new RegExp(`^${TIME}-${TIME}$`).test(value) ? undefined : 'Give two times, UTC: 03:00-04:00.';
}

function weeklyWindowProblem(value: string): string | undefined {
  const isWindow = new RegExp(`^${DAY}:${TIME}-${DAY}:${TIME}$`).test(value);
  return isWindow ? undefined : 'Give two times with their days, UTC: sun:05:00-sun:06:00.';
}

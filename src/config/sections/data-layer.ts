/** `dataLayer`: the runbook's data layer, sections 1 to 6. */
import * as z from 'zod';
import { keyArnProblem, principalPatternProblem } from '../../syntax/arn.js';
import { filled, text } from '../fields.js';
import * as defaults from './data-layer-defaults.js';
import { OPT_OUTS, type OptOut } from './data-layer-opt-outs.js';
import { auroraSchema } from './data-layer/aurora.js';
import { dataLakeSchema } from './data-layer/data-lake.js';
import { dynamodbSchema } from './data-layer/dynamodb.js';
import { days } from './data-layer/days.js';
import { networkSchema } from './data-layer/network.js';
import { redisSchema } from './data-layer/redis.js';
import { displayPrefixProblem, prefixProblem, secretNameProblem, stageProblem } from './data-layer/value-problems.js';
import { deploymentOptions, LOG_RETENTION_DAYS } from './deployment.js';

export const DATA_LAYER_PARTS = ['aurora', 'dynamodb', 'data-lake', 'redis', 'task-role'] as const;
export const REMOVALS = ['retain', 'destroy'] as const;

const keySchema = z.strictObject({
  existingKeyArn: text(keyArnProblem).optional().meta({
    description: 'An existing key to use instead of creating one. Its policy is left unchanged.',
  }),
  administrators: z
    .array(text(principalPatternProblem))
    .optional()
    .meta({
      description:
        'ARNs of roles, with `*` and `?` as wildcards, that administer the key. They then cannot use it, not even through a service. Default: anyone whom IAM in the account allows to administer keys.',
      default: [],
      examples: [['arn:aws:iam::111122223333:role/KeyAdministrators']],
    }),
  deploymentRoles: z.array(text(principalPatternProblem)).optional().meta({
    description:
      "ARNs of the roles, with wildcards, that deploy the data layer. Default: the execution roles of the CDK's bootstrap stack.",
  }),
  rotationDays: days(90, 2560).meta({
    description: 'Days from one rotation of the key material to the next.',
    default: defaults.DEFAULT_KEY_ROTATION_DAYS,
  }),
});

const suppliedSecretSchema = z.strictObject({
  name: text(secretNameProblem).meta({ description: 'Its name in Secrets Manager.', examples: ['fintech/webhooks'] }),
  description: filled().optional().meta({ description: 'What it is for.' }),
});

const taskRoleSchema = z.strictObject({
  name: filled().optional().meta({ description: 'Its name. Default: `<displayPrefix>-ECS-TaskRole`.' }),
  existing: z
    .boolean()
    .optional()
    .meta({ description: 'Whether it already exists; otherwise it is created.', default: false }),
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
      description: 'The parts to build; the key and the secrets that they need are always built.',
      default: [...DATA_LAYER_PARTS],
    }),
  prefix: text(prefixProblem).optional().meta({
    description:
      'Prefix of the names of most resources and of the paths of secrets. Each data layer of an account needs its own.',
    default: defaults.DEFAULT_PREFIX,
  }),
  displayPrefix: text(displayPrefixProblem).optional().meta({
    description: 'Prefix of the names of tables and roles, and of descriptions.',
    default: defaults.DEFAULT_DISPLAY_PREFIX,
  }),
  stage: text(stageProblem).optional().meta({
    description: 'Part of the names of the key and of buckets. Default: `environment` where that fits, else `prod`.',
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
    description:
      "Secrets besides the runbook's, whose values `holdfast secret set` supplies. The task role can read them.",
    default: [],
  }),
  aurora: auroraSchema.optional().meta({ description: 'The database.' }),
  dynamodb: dynamodbSchema.optional().meta({ description: 'The tables.' }),
  dataLake: dataLakeSchema.optional().meta({ description: 'The buckets.' }),
  redis: redisSchema.optional().meta({ description: 'The cache.' }),
  taskRole: taskRoleSchema.optional().meta({ description: "The role of the application's tasks on ECS." }),
  rotation: rotationSchema.optional().meta({
    description:
      "How the secrets of database users, cache and encryption rotate automatically. The master user's rotates every 30 days.",
  }),
  removal: z.enum(REMOVALS).optional().meta({
    description: 'What happens to resources that hold data when the stack is deleted.',
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
      description: `Requirements that are given up, each with its reason; without a reason, an option that gives one up is refused. The audit reports them. Known: ${optOutNames.map((name) => `\`${name}\``).join(', ')}.`,
      default: {},
      examples: [{ 'aurora-deletion-protection': 'a test environment that is rebuilt every night' }],
    }),
});

/** The section as written. */
export type DataLayerInput = z.input<typeof dataLayerSchema>;

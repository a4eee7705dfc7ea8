/** `sourceAccount`: the account of the databases, where backups run. */
import * as z from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/times.js';
import { cidrProblem, resourceIdProblem } from '../aws-values.js';
import { durationProblem, parseDuration } from '../../syntax/duration.js';
import { parseEcrImage } from '../../syntax/ecr-image.js';
import { text, whole } from '../fields.js';
import { DEFAULT_ENGINE_VERSION } from './data-layer-defaults.js';
import { deploymentOptions } from './deployment.js';

export const ROLE_LAYOUTS = ['per-database', 'shared'] as const;
export const COMPUTE_SIZES = ['small', 'medium', 'large', 'xlarge', '2xlarge'] as const;
export const DEFAULT_COMPUTE_SIZE = 'medium';
export const DEFAULT_BUILD_TIMEOUT = '8h';
export const DEFAULT_POSTGRES_MAJOR = 18;
export const DEFAULT_RETRIES = 3;
export const DEFAULT_MAXIMUM_AGE = '1h';

const LONGEST_BUILD_MS = 36 * HOUR_MS;

const networkSchema = z.strictObject({
  vpcId: text(resourceIdProblem('vpc')).optional().meta({ description: 'The VPC of the databases.' }),
  subnetIds: z
    .array(text(resourceIdProblem('subnet')))
    .optional()
    .meta({
      description: 'Its private subnets that backups run in.',
    }),
  securityGroupIds: z
    .array(text(resourceIdProblem('sg')))
    .optional()
    .meta({
      description:
        'Security groups for the backups. Default: one is created that allows only HTTPS and PostgreSQL out.',
      default: [],
    }),
  databaseSecurityGroupIds: z
    .array(text(resourceIdProblem('sg')))
    .optional()
    .meta({
      description:
        'The security groups of the databases: each gets a rule that admits the backups. Default: none is changed.',
      default: [],
    }),
  endpoints: z.boolean().optional().meta({
    description:
      'Create the endpoints that backups need where no route leads to the internet: S3, Secrets Manager, CloudWatch Logs and ECR. This requires a `build.image` other than `install`.',
    default: false,
  }),
  routeTableIds: z
    .array(text(resourceIdProblem('rtb')))
    .optional()
    .meta({
      description: 'The route tables of the subnets, for the S3 endpoint; required with `endpoints` and `vpcId`.',
      default: [],
    }),
  createCidr: text(cidrProblem)
    .optional()
    .meta({
      description:
        'IPv4 range of a VPC to create instead of using `vpcId`, with isolated subnets in two zones and endpoints. This requires a `build.image` other than `install`.',
      examples: ['10.90.0.0/24'],
    }),
});

const buildSchema = z.strictObject({
  size: z.enum(COMPUTE_SIZES).optional().meta({
    description: 'The compute size of CodeBuild: 2, 4, 8, 36 and 72 cores.',
    default: DEFAULT_COMPUTE_SIZE,
  }),
  timeout: text(buildTimeoutProblem).optional().meta({
    description: 'A backup that takes longer is stopped, and nothing is stored: 5m to 36h.',
    default: DEFAULT_BUILD_TIMEOUT,
  }),
  postgresMajor: whole(13, 19).optional().meta({
    description:
      "The major version of PostgreSQL's client programs: that of the newest server, or newer. A backup is proven by servers of its own major alone: with newer programs than the server's, drills only show that it restores into theirs. Without it: that of the data layer's cluster, if all databases are in it.",
    default: DEFAULT_POSTGRES_MAJOR,
  }),
  image: text(imageProblem)
    .optional()
    .meta({
      description:
        "Where the client programs come from. `install`: Amazon Linux's packages, installed when a backup starts, which requires a route to the internet. `build`: an image that a separate project builds from our Dockerfile. Otherwise the URI of an image in ECR.",
      default: 'install',
      examples: ['111122223333.dkr.ecr.us-east-1.amazonaws.com/holdfast-worker@sha256:…'],
    }),
});

const startSchema = z.strictObject({
  retries: whole(0, 185).optional().meta({
    description: 'How many times a failed start is retried.',
    default: DEFAULT_RETRIES,
  }),
  maximumAge: text(maximumAgeProblem).optional().meta({
    description: 'How long it is retried, 1m to 24h; after that it goes to the dead-letter queue and raises an alarm.',
    default: DEFAULT_MAXIMUM_AGE,
  }),
});

export const sourceAccountSchema = z.strictObject({
  ...deploymentOptions,
  roles: z.enum(ROLE_LAYOUTS).optional().meta({
    description: 'A role for each database, or one that all share: with a shared role, each job can read every secret.',
    default: 'per-database',
  }),
  network: networkSchema.optional().meta({
    description: 'The network of private databases. Default: none, for databases that can be reached from outside.',
  }),
  build: buildSchema.optional().meta({ description: 'The machine that a backup runs on.' }),
  start: startSchema.optional().meta({ description: 'What happens when a backup cannot be started on time.' }),
});

export type SourceAccountInput = z.input<typeof sourceAccountSchema>;

export type RoleLayout = (typeof ROLE_LAYOUTS)[number];

/** How backups run in the account of the databases: defaults applied. */
export interface SourceAccountConfig {
  readonly account?: string;
  readonly profile?: string;
  readonly roleArn?: string;
  readonly roles: RoleLayout;
  readonly network?: NetworkConfig;
  readonly build: {
    readonly size: (typeof COMPUTE_SIZES)[number];
    readonly timeoutMs: number;
    readonly postgresMajor: number;
    /** `install`, `build`, or an image's URI. */
    readonly image: string;
  };
  readonly start: { readonly retries: number; readonly maximumAgeMs: number };
  readonly alarmEmails: readonly string[];
  readonly logRetentionDays: number;
}

export interface NetworkConfig {
  readonly vpcId?: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly databaseSecurityGroupIds: readonly string[];
  readonly endpoints: boolean;
  readonly routeTableIds: readonly string[];
  readonly createCidr?: string;
  /** Whether no route leaves the subnets, if neither `endpoints` nor `createCidr` says so. @default false */
  readonly isolated?: boolean;
}

/**
 * Which client programs fit, where nothing says so: of a config whose databases are all in the data layer's cluster.
 *
 * @param inLayer for each database whether it is in the cluster
 */
export function fittingMajor(
  dataLayer: { readonly aurora: { readonly engineVersion?: string | undefined } } | undefined,
  inLayer: readonly boolean[],
): number | undefined {
  if (!dataLayer || inLayer.length === 0 || inLayer.includes(false)) return undefined;
  return Number.parseInt(dataLayer.aurora.engineVersion ?? DEFAULT_ENGINE_VERSION, 10);
}

export function resolveSourceAccount(
  input: SourceAccountInput,
  deployment: Pick<SourceAccountConfig, 'account' | 'profile' | 'roleArn' | 'alarmEmails' | 'logRetentionDays'>,
  { postgresMajor = DEFAULT_POSTGRES_MAJOR }: { readonly postgresMajor?: number | undefined } = {},
): SourceAccountConfig {
  const { network, build = {}, start = {} } = input;
  return {
    ...deployment,
    roles: input.roles ?? 'per-database',
    network: network && {
      vpcId: network.vpcId,
      subnetIds: network.subnetIds ?? [],
      securityGroupIds: network.securityGroupIds ?? [],
      databaseSecurityGroupIds: network.databaseSecurityGroupIds ?? [],
      endpoints: network.endpoints ?? false,
      routeTableIds: network.routeTableIds ?? [],
      createCidr: network.createCidr,
    },
    build: {
      size: build.size ?? DEFAULT_COMPUTE_SIZE,
      timeoutMs: parseDuration(build.timeout ?? DEFAULT_BUILD_TIMEOUT) ?? 0,
      postgresMajor: build.postgresMajor ?? postgresMajor,
      image: build.image ?? 'install',
    },
    start: {
      retries: start.retries ?? DEFAULT_RETRIES,
      maximumAgeMs: parseDuration(start.maximumAge ?? DEFAULT_MAXIMUM_AGE) ?? 0,
    },
  };
}

function buildTimeoutProblem(value: string): string | undefined {
  const ms = parseDuration(value);
  if (ms === undefined) return durationProblem(value);
  return ms >= 5 * MINUTE_MS && ms <= LONGEST_BUILD_MS ? undefined : 'CodeBuild takes 5m to 36h.';
}

/** What EventBridge Scheduler takes. */
function maximumAgeProblem(value: string): string | undefined {
  const ms = parseDuration(value);
  if (ms === undefined) return durationProblem(value);
  return ms >= MINUTE_MS && ms <= DAY_MS ? undefined : 'EventBridge Scheduler takes 1m to 24h.';
}

function imageProblem(value: string): string | undefined {
  if (value === 'install' || value === 'build' || parseEcrImage(value)) return undefined;
  return 'Write install, build, or the URI of an image in ECR with its tag or digest.';
}

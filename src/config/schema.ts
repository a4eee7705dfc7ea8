/**
 * The one schema of the config. Types, validation, the JSON schema for editors and the reference page come from it.
 *
 * It applies no defaults: an entry's default would hide what `defaults` says. `resolve.ts` fills them in; `meta`
 * carries them for the generated documents.
 */
import * as z from 'zod';
import { keyArnProblem, regionProblem, secretArnProblem } from '../syntax/arn.js';
import { durationProblem } from '../syntax/duration.js';
import { scheduleProblem, timeZoneProblem } from '../syntax/schedule.js';
import { vaultUrlProblem } from '../syntax/vault-url.js';
import { connectionUrlProblem } from './connection-url.js';
import { DEFAULT_CONCURRENCY, DEFAULT_DISCOVERY_DATABASE, DEFAULT_SCHEDULE, DEFAULT_TIME_ZONE } from './defaults.js';
import { filled, patterns, text, whole } from './fields.js';
import { nameProblem } from './name.js';
import { backupAccountSchema } from './sections/backup-account.js';
import { dataLayerSchema } from './sections/data-layer.js';
import { dumpSettings } from './sections/dump-settings.js';
import { objectivesSchema } from './sections/objectives.js';
import { sourceAccountSchema } from './sections/source-account.js';
import { retentionSchema } from './sections/retention.js';
import { volumeSchema } from './sections/volume.js';

export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** Options that `defaults` may give for all databases. */
const shared = {
  host: text(hostProblem)
    .optional()
    .meta({
      description:
        'The server: a host name, an address, or the directory of a Unix socket. With `secretArn`, default: the host in the secret.',
      examples: ['db-1.cluster-abc.us-east-1.rds.amazonaws.com', '/var/run/postgresql'],
    }),
  port: whole(1, 65_535).optional().meta({
    description: "The server's TCP port. Default: the port in the secret of `secretArn`, else 5432.",
  }),
  user: filled().optional().meta({
    description: "The role that dumps. Default: the user in the secret of `secretArn`, else libpq's default.",
  }),
  secretArn: text(secretArnProblem)
    .optional()
    .meta({
      description:
        'ARN of the Secrets Manager secret that holds the password, with or without its six-character suffix. Only one of `secretArn`, `iam` and `passfile`.',
      examples: ['arn:aws:secretsmanager:us-east-1:111122223333:secret:appdb'],
    }),
  secretKmsKeyArn: text(keyArnProblem).optional().meta({
    description:
      "Full ARN of the customer-managed KMS key that encrypts the secret, so that the backup role may use it. Default: the secret is encrypted with Secrets Manager's own key.",
  }),
  rdsResourceId: text(rdsResourceIdProblem)
    .optional()
    .meta({
      description:
        "RDS's resource id of the cluster or instance, as permissions name it; the backup role needs it for `iam`.",
      examples: ['cluster-ABCDEFGHIJKL01234'],
    }),
  iam: z.boolean().optional().meta({
    description: 'Log in with RDS IAM authentication instead of a password; needs `user`.',
    default: false,
  }),
  passfile: filled().optional().meta({
    description:
      "A libpq password file (mode 0600). A relative path is resolved against the config's directory. Default: PGPASSFILE, ~/.pgpass.",
  }),
  sslmode: z.enum(SSL_MODES).optional().meta({
    description:
      "libpq's sslmode; for RDS use verify-full with `sslrootcert`. Default: libpq's own (PGSSLMODE, else prefer); in builds on AWS, for RDS hosts and databases of the data layer, require, or verify-full where the build has the CA certificates (`sslrootcert`, or `build.image: build`).",
  }),
  sslrootcert: filled().optional().meta({
    description:
      "File with the CA certificates to trust, or `system`. A relative path is resolved against the config's directory.",
  }),
  ...dumpSettings,
  restoreMaxDuration: text(durationProblem)
    .optional()
    .meta({
      description:
        'A restore or a drill that takes longer is stopped: d, h, m, s. Default: 1h, 10m more for each GiB of plain SQL and 1m more for each 1,000 entries, at most 7d.',
      examples: ['4h'],
    }),
  trusted: z.boolean().optional().meta({
    description:
      'The owner of this database may run code as the user that runs drills: `verify` continues even where the machine cannot confine that code.',
    default: false,
  }),
} as const;

const discoverySchema = z.strictObject({
  include: patterns()
    .optional()
    .meta({
      description: 'Names of databases to take; `*` stands for any characters, `?` for one.',
      default: ['*'],
    }),
  exclude: patterns()
    .optional()
    .meta({
      description: 'Names of databases to leave out of those that `include` selects; same wildcards.',
      default: [],
      examples: [['*_test', 'scratch?']],
    }),
});

const schedule = text(scheduleProblem).optional();
const timeZone = text(timeZoneProblem).optional();

/** Not a `text`: a placeholder would end up in object keys. */
const name = z.string().superRefine((value, context) => {
  const message = nameProblem(value);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

const databaseSchema = z.strictObject({
  name: name.optional().meta({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    description:
      'What the database is called in commands and in the keys of the vault; unique within a vault. Default: `dbName`. With `discover`: a prefix, joined to each name with a hyphen.',
  }),
  dbName: filled()
    .optional()
    .meta({
      description: `The database on the server. With \`discover\`: the database to list the others from, default ${DEFAULT_DISCOVERY_DATABASE}.`,
    }),
  url: text(connectionUrlProblem)
    .optional()
    .meta({
      description: "libpq's connection URL without a password, in place of `host`, `port`, `user` and `dbName`.",
      examples: ['postgres://dumper@db.example.com:5432/appdb?sslmode=verify-full'],
    }),
  dataLayer: z.boolean().optional().meta({
    description:
      'The database is in the cluster of `dataLayer`. This replaces `host`, `user` and a login: the secret that the data layer creates for backups has them.',
    default: false,
  }),
  discover: z
    .union([z.boolean(), discoverySchema], { error: 'Give true, false, or a group of options.' })
    .optional()
    .meta({
      description:
        'The entry stands for all databases of its server, or for those chosen here. Template databases and `rdsadmin` are never included; a database with an entry of its own keeps that entry.',
      default: false,
    }),
  schedule: schedule.meta({
    description: 'When this database is backed up, in `timeZone`. Default: the common `schedule`.',
    examples: ['cron(0 * * * ? *)'],
  }),
  timeZone: timeZone.meta({
    description: 'The time zone of its schedule. Default: the common `timeZone`.',
  }),
  objectives: objectivesSchema.optional().meta({
    description: 'Its own objectives; they override the common ones option by option.',
  }),
  retention: retentionSchema.optional().meta({
    description: 'Its own retention; it overrides the common one option by option, and 0 turns an option off.',
  }),
  volume: volumeSchema.optional().meta({
    description: 'Its own limits; they override the common ones option by option.',
  }),
  ...shared,
});

const defaultsSchema = z.strictObject(shared);

const postgresSchema = z.strictObject({
  bin: filled()
    .optional()
    .meta({
      description:
        "Directory of PostgreSQL's programs. Default: HOLDFAST_PG_BIN, the PATH, the usual directories of the distributions.",
      examples: ['/usr/lib/postgresql/17/bin'],
    }),
});

/** What an environment may say; the top level may say it for all of them. */
const common = {
  region: text(regionProblem)
    .optional()
    .meta({
      description: "The AWS Region of the vault's bucket and of the databases. Default: AWS_REGION.",
      examples: ['us-east-1'],
    }),
  vault: text(vaultUrlProblem)
    .optional()
    .meta({
      description: 'Where backups are kept. `--vault` overrides it.',
      examples: ['s3://rds-backup-layer2-prod', 'file:///srv/vault'],
    }),
  kmsKeyArn: text(keyArnProblem)
    .optional()
    .meta({
      description: 'Full ARN of the KMS key in the backup account that encrypts the objects of an S3 vault.',
      examples: ['arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'],
    }),
  schedule: schedule.meta({
    description:
      'When databases without a schedule of their own are backed up: cron(…) or rate(…) of EventBridge, in `timeZone`.',
    default: DEFAULT_SCHEDULE,
  }),
  timeZone: timeZone.meta({
    description: 'The time zone of the schedules, by its name in the IANA database.',
    default: DEFAULT_TIME_ZONE,
    examples: ['Europe/Berlin'],
  }),
  concurrency: whole(1, 64).optional().meta({
    description: 'How many databases are dumped at once.',
    default: DEFAULT_CONCURRENCY,
  }),
  objectives: objectivesSchema.optional().meta({
    description:
      'How old the newest backup and the newest proof of a database may become before `holdfast status` exits with 3.',
  }),
  retention: retentionSchema.optional().meta({
    description:
      'Which backups of each database `holdfast prune` keeps; it removes the others. Without it, nothing is removed.',
  }),
  volume: volumeSchema.optional().meta({
    description:
      'How much smaller than the previous backup a backup is allowed to be: a source that was emptied dumps without an error.',
  }),
  postgres: postgresSchema.optional().meta({ description: "PostgreSQL's programs." }),
  defaults: defaultsSchema.optional().meta({
    description: 'Options for every database; an entry of `databases` overrides them one by one.',
  }),
  databases: z.array(databaseSchema).optional().meta({
    description: 'The databases to back up.',
    default: [],
  }),
  backupAccount: backupAccountSchema.optional().meta({
    description: 'The account of the vault, if Holdfast is to set it up. Default: the vault already exists.',
  }),
  sourceAccount: sourceAccountSchema.optional().meta({
    description: 'The account of the databases, if backups are to run on AWS.',
  }),
  dataLayer: dataLayerSchema.optional().meta({
    description: "Key, secrets, Aurora, DynamoDB, data lake, cache and task role, as in the data layer's runbook.",
  }),
} as const;

const ENVIRONMENT_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/;
const environmentNameError = 'Name an environment with 1 to 32 letters, digits, hyphens and underscores.';

export const configSchema = z.strictObject({
  $schema: z.string().optional().meta({ description: 'URL of the JSON schema, for editors; otherwise unused.' }),
  environment: z.string().regex(ENVIRONMENT_NAME, { error: environmentNameError }).optional().meta({
    description: 'The name of this environment, for example prod. Cannot be combined with `environments`.',
  }),
  ...common,
  environments: z
    .record(z.string().regex(ENVIRONMENT_NAME, { error: environmentNameError }), z.strictObject(common))
    .optional()
    .meta({
      description:
        'Several environments by name; `--env` chooses one. What an environment says wins over the top level; `defaults`, `objectives`, `retention`, `volume`, `postgres`, the two accounts and `dataLayer` are merged option by option, `databases` are replaced as a whole.',
    }),
});

/** What a config file says, as TypeScript sees it. */
export type ConfigInput = z.input<typeof configSchema>;
/** One entry of `databases`, as written. */
export type DatabaseInput = z.input<typeof databaseSchema>;
/** Options for every database, as written. */
export type DefaultsInput = z.input<typeof defaultsSchema>;
/** One of `environments`, as written. */
export type EnvironmentInput = NonNullable<ConfigInput['environments']>[string];

function rdsResourceIdProblem(value: string): string | undefined {
  return /^(cluster|db)-[A-Z0-9]{8,}$/.test(value)
    ? undefined
    : 'Give what `aws rds describe-db-clusters` shows as DbClusterResourceId, or for an instance DbiResourceId.';
}

function hostProblem(value: string): string | undefined {
  if (value.startsWith('/')) return undefined;
  if (value.includes('://')) return 'Give the host name only, or put the whole URL under url.';
  if (value.includes(',')) return 'Give one host; for several, use url.';
  if (/^[^:]+:\d+$/.test(value)) return 'Give the host name only, and put the port under port.';
  if (value === '' || /[\s@/?]/.test(value)) return 'Give a host name, an address, or the directory of a Unix socket.';
  return undefined;
}

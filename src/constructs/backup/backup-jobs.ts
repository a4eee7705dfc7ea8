/** The jobs of several databases, with what they share. Usable in any stack of the source account. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { Annotations, CfnParameter, Duration, Stack, Token } from 'aws-cdk-lib';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { sourceAccountOf, type HoldfastConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { jobProjectName, keyPrefixOf, loginOf, planVault, VAULT_KEY, writerRolePolicy } from '../../policies/index.js';
import { KEY_ARN_PATTERN } from '../../syntax/arn.js';
import { parseEcrImage } from '../../syntax/ecr-image.js';
import { s3VaultUrl } from '../../syntax/vault-url.js';
import { packageRoot } from '../../core/package-root.js';
import { quoted } from '../../core/quoted.js';
import { generatedName, placeOf } from '../shared/place.js';
import { databaseOf, type BackupDatabase } from './backup-database.js';
import { BackupJob, logGroupOf, type BackupBuild, type BackupStart } from './backup-job.js';
import { CODEBUILD_IMAGE, RDS_AUTHORITIES, WORKER_USER, type BuildImage } from './build-spec.js';
import { JobFoundation } from './job-foundation.js';
import { layer2Names, type JobNames } from './job-names.js';
import { JobNetwork, type BackupNetwork } from './job-network.js';
import { WorkerAsset } from './worker-asset.js';
import { WorkerImage } from './worker-image.js';
import { WriterRole } from './writer-role.js';

export interface BackupJobsProps {
  /** Whose backups those in the vault are. Letters, digits, hyphens and underscores. */
  readonly environment: string;
  readonly databases: readonly BackupDatabase[];
  /** The bucket of the vault. */
  readonly vaultBucketName: string;
  /** The path of the vault in it, without slashes at its ends. @default none */
  readonly vaultPrefix?: string;
  /** The vault's key, full ARN. @default a parameter of the stack: `VaultKeyArn` */
  readonly keyArn?: string;
  /** Directory of the worker's bundle, with `holdfast.mjs`. @default the package's dist/worker */
  readonly bundle?: string;
  /** Whether each job has a role of its own: with one that all share, each can read every secret. @default 'per-database' */
  readonly roles?: 'per-database' | 'shared';
  /** Of private databases. @default none, for databases that can be reached from outside */
  readonly network?: BackupNetwork;
  /**
   * `install` gets PostgreSQL's client programs when a backup starts, `build` makes an image with them and a project
   * that builds it; or the URI of an image in ECR.
   *
   * @default 'install'
   */
  readonly image?: string;
  /** @default a medium machine, for eight hours at most */
  readonly build?: BackupBuild;
  /** @default three retries within an hour */
  readonly start?: BackupStart;
  /** Each has to confirm once. @default nobody is told of failed and missed backups */
  readonly alarmEmails?: readonly string[];
  /** Of all logs. @default one year */
  readonly logRetentionDays?: RetentionDays;
  /** `layer2Names(environment)` are those by which the policies of a vault admit the roles. @default the CDK's own */
  readonly names?: JobNames;
}

/** How an app that has a config says the rest. */
export type BackupJobsConfigOptions = Pick<BackupJobsProps, 'bundle' | 'keyArn'>;

/** The parameter that takes the backup account's output of the same name. */
export const KEY_PARAMETER = VAULT_KEY;

const POSTGRES_PORT = 5432;

/** What a generated name leaves to the name of a database. */
const LONGEST_BEFORE_DATABASE = 80;

export class BackupJobs extends Construct {
  /**
   * The jobs of a config, under the layer-2 document's names.
   *
   * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot run on AWS
   */
  static fromConfig(
    scope: Construct,
    id: string,
    config: HoldfastConfig,
    options: BackupJobsConfigOptions = {},
  ): BackupJobs {
    return new BackupJobs(scope, id, jobsOf(config, options));
  }

  /** By the databases' names. */
  readonly jobs: ReadonlyMap<string, BackupJob>;
  readonly foundation: JobFoundation;
  readonly network?: JobNetwork;
  /** The project that builds the image, with `image: build`. */
  readonly image?: WorkerImage;
  readonly #props: BackupJobsProps;
  readonly #keyArn: string;
  readonly #worker: WorkerAsset;
  readonly #repositoryArn: string | undefined;

  /** @throws HoldfastError CONFIG_INVALID when a database needs what a build does not have, or cannot be named on AWS */
  constructor(scope: Construct, id: string, props: BackupJobsProps) {
    super(scope, id);
    this.#props = props;
    const { databases, names } = props;
    this.#keyArn = props.keyArn ?? this.#keyParameter();
    this.foundation = new JobFoundation(this, 'Foundation', {
      name: names?.shared,
      schedulerRoleName: names?.schedulerRole,
      projectNames: databases.map(({ name }) => this.#projectName(name)),
      alarmEmails: props.alarmEmails,
    });
    this.#worker = this.#makeWorker();
    this.image = this.#makeImage();
    const { image, repositoryArn } = this.#chooseImage();
    this.#repositoryArn = repositoryArn;
    this.network = this.#makeNetwork(image);
    const shared = props.roles === 'shared' ? this.#makeRole('Role', databases) : undefined;
    if (shared) this.#warnOfSharedRole();
    this.jobs = new Map(databases.map((database) => [database.name, this.#makeJob(database, image, shared)]));
  }

  #projectName(database: string): string {
    return (
      this.#props.names?.project(database) ?? jobProjectName(generatedName(this, LONGEST_BEFORE_DATABASE), database)
    );
  }

  #makeWorker(): WorkerAsset {
    const { databases, bundle = path.join(packageRoot(), 'dist/worker') } = this.#props;
    const certificates = databases.flatMap(({ sslrootcert }) =>
      sslrootcert === undefined || sslrootcert === 'system' ? [] : [sslrootcert],
    );
    return new WorkerAsset(this, 'Worker', { bundle, certificates });
  }

  #makeImage(): WorkerImage | undefined {
    const { image, names, logRetentionDays } = this.#props;
    if (image !== 'build') return undefined;
    return new WorkerImage(this, 'Image', {
      repositoryName: names && `${names.shared}-worker`.toLowerCase(),
      projectName: names?.imageProject,
      encryptionKey: this.foundation.key,
      logRetentionDays,
    });
  }

  #chooseImage(): { image: BuildImage; repositoryArn?: string } {
    if (this.image) {
      const { uri, repository } = this.image;
      return {
        image: { uri, own: true, authorities: RDS_AUTHORITIES, user: WORKER_USER },
        repositoryArn: repository.repositoryArn,
      };
    }
    const { image: wanted = 'install' } = this.#props;
    if (wanted === 'install') return { image: CODEBUILD_IMAGE };
    return { image: { uri: wanted, own: true }, repositoryArn: repositoryOf(wanted, placeOf(this).partition) };
  }

  #makeNetwork(image: BuildImage): JobNetwork | undefined {
    const { network, databases, names, vaultBucketName, logRetentionDays } = this.#props;
    if (network === undefined) return undefined;
    if (!image.own) refuseWithoutInternet(network);
    return new JobNetwork(this, 'Network', {
      network,
      name: names?.shared,
      bucketName: vaultBucketName,
      assetBucketName: this.#worker.asset.s3BucketName,
      databasePorts: [...new Set(databases.map(({ port }) => port ?? POSTGRES_PORT))],
      usesRegistry: image.own,
      encryptionKey: this.foundation.key,
      logRetentionDays,
    });
  }

  #makeJob(database: BackupDatabase, image: BuildImage, shared: WriterRole | undefined): BackupJob {
    const { environment, vaultBucketName, vaultPrefix = '', names, build, start, logRetentionDays } = this.#props;
    const projectName = this.#projectName(database.name);
    refuseMissingCertificate(database, image);
    return new BackupJob(this, `Job-${database.name}`, {
      environment,
      database,
      vault: s3VaultUrl({ bucket: vaultBucketName, prefix: vaultPrefix }),
      keyArn: this.#keyArn,
      worker: this.#worker,
      role: shared ?? this.#makeRole(`Role-${database.name}`, [database], database.name),
      foundation: this.foundation,
      image,
      network: this.network,
      build,
      start,
      logRetentionDays,
      projectName,
      scheduleName: names?.schedule(database.name),
      alarmName: names && `${projectName}-failed`,
    });
  }

  /** @param only the name of its one database. @default it is shared */
  #makeRole(id: string, databases: readonly BackupDatabase[], only?: string): WriterRole {
    const { names, environment, vaultBucketName, vaultPrefix: prefix = '' } = this.#props;
    const projectNames = databases.map(({ name }) => this.#projectName(name));
    return new WriterRole(this, id, {
      roleName: names?.role(only),
      environment,
      database: only,
      policy: writerRolePolicy({
        ...placeOf(this),
        bucket: vaultBucketName,
        keyArn: this.#keyArn,
        keyPrefixes: databases.map(({ name }) => keyPrefixOf({ prefix }, name)),
        // The ARN that a reference stands for has the suffix that Secrets Manager appends.
        logins: databases.map((database) => ({
          ...loginOf(database),
          secretArnIsComplete: Token.isUnresolved(database.secretArn),
        })),
        logGroupNames: projectNames.map(logGroupOf),
      }),
      projectNames,
      source: this.#worker.asset,
      network: this.network,
      repositoryArn: this.#repositoryArn,
    });
  }

  #warnOfSharedRole(): void {
    Annotations.of(this).addWarningV2(
      'holdfast:shared-role',
      'All jobs share one role: each can read the secrets of all databases and write under the prefix of every one. Set sourceAccount.roles to per-database.',
    );
  }

  #keyParameter(): string {
    return new CfnParameter(Stack.of(this), KEY_PARAMETER, {
      description: "The key of the vault, full ARN: an output of the backup account's stack.",
      allowedPattern: KEY_ARN_PATTERN,
      constraintDescription:
        'The full ARN of the key, arn:aws:kms:REGION:ACCOUNT:key/ID: not an alias, not the id alone.',
    }).valueAsString;
  }
}

/**
 * What a config says of its jobs.
 *
 * @throws HoldfastError CONFIG_INVALID when values are missing, contradict each other or cannot run on AWS
 */
export function jobsOf(config: HoldfastConfig, { bundle, keyArn }: BackupJobsConfigOptions): BackupJobsProps {
  refuseDiscoveries(config);
  const plan = planVault(config);
  const settings = sourceAccountOf(config);
  const { build, start } = settings;
  return {
    environment: plan.environment,
    databases: config.databases.map(databaseOf),
    vaultBucketName: plan.bucket,
    vaultPrefix: plan.prefix,
    keyArn: keyArn ?? plan.keyArn,
    bundle,
    roles: settings.roles,
    network: settings.network,
    image: build.image,
    build: { size: build.size, timeout: Duration.millis(build.timeoutMs), postgresMajor: build.postgresMajor },
    start: { retries: start.retries, maximumAge: Duration.millis(start.maximumAgeMs) },
    alarmEmails: settings.alarmEmails,
    // The enumeration's values are the numbers of days.
    logRetentionDays: settings.logRetentionDays,
    names: layer2Names(plan.environment),
  };
}

/** Which databases exist is only known by asking the server, and projects are created before that. */
function refuseDiscoveries({ discoveries }: HoldfastConfig): void {
  if (discoveries.length === 0) return;
  throw new HoldfastError(
    'CONFIG_INVALID',
    'An entry with discover cannot be set up on AWS: each database gets a project, a role and a schedule of its own.',
    { hint: 'Give each database an entry in databases.' },
  );
}

/** Amazon Linux's packages are on a host of the internet that no endpoint leads to. */
function refuseWithoutInternet({ createCidr, endpoints = false, isolated = false }: BackupNetwork): void {
  const why = [
    createCidr !== undefined && `those of sourceAccount.network.createCidr, ${createCidr}`,
    endpoints && 'those of sourceAccount.network.endpoints: true',
    isolated && 'those that dataLayer.network.createCidr makes',
  ].find((reason) => reason !== false && reason !== undefined);
  if (why === undefined) return;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `sourceAccount.build.image is "install", which gets PostgreSQL's client programs from the internet when a backup starts. The subnets have no route there: they are ${why}.`,
    {
      hint: 'Set sourceAccount.build.image to build, and start the project that it creates once before the first backup; or name an image in ECR. Where a NAT gateway leads out of your own subnets, leave endpoints off.',
    },
  );
}

/** A file that does not exist here can only be one in the user's own image. */
function refuseMissingCertificate({ name, sslrootcert }: BackupDatabase, image: BuildImage): void {
  if (sslrootcert === undefined || sslrootcert === 'system' || image.own || existsSync(sslrootcert)) return;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `Database "${name}": the file of sslrootcert, ${sslrootcert}, does not exist, and builds need its certificates.`,
    { hint: 'Download https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, and name that file.' },
  );
}

/** The ARN of the repository, for the rights of those who get the image. @throws HoldfastError CONFIG_INVALID */
function repositoryOf(uri: string, partition: string): string {
  const image = parseEcrImage(uri);
  if (image) return `arn:${partition}:ecr:${image.region}:${image.account}:repository/${image.repository}`;
  throw new HoldfastError('CONFIG_INVALID', `image: ${quoted(uri)} is not the URI of an image in ECR.`, {
    hint: 'Write install, build, or 111122223333.dkr.ecr.us-east-1.amazonaws.com/name:tag, with account and Region as text.',
  });
}

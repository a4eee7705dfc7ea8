/** The jobs of all databases of a config, with what they share. Usable in any stack of the source account. */
import { existsSync } from 'node:fs';
import { Annotations, CfnParameter, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { DatabaseConfig, HoldfastConfig, NetworkConfig, SourceAccountConfig } from '../../config/index.js';
import { resolveDeployment, resolveSourceAccount } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { planVault, projectName, rolePolicyOf, writerRoleName, type VaultPlan } from '../../policies/index.js';
import { KEY_ARN_PATTERN } from '../../syntax/arn.js';
import { s3VaultUrl } from '../../syntax/vault-url.js';
import { BackupJob } from './backup-job.js';
import { CODEBUILD_IMAGE, RDS_AUTHORITIES, WORKER_USER, type BuildImage } from './build-spec.js';
import { JobFoundation } from './job-foundation.js';
import { JobNetwork } from './job-network.js';
import { WorkerAsset } from './worker-asset.js';
import { WorkerImage } from './worker-image.js';
import { WriterRole } from './writer-role.js';

export interface BackupJobsProps {
  readonly config: HoldfastConfig;
  /** Directory of the worker's bundle, with `holdfast.mjs`. */
  readonly bundle: string;
  /** The vault's key, full ARN, where the config does not name it. @default a parameter of the stack: `VaultKeyArn` */
  readonly keyArn?: string;
}

/** The parameter that takes the backup account's output of the same name. */
export const KEY_PARAMETER = 'VaultKeyArn';

const POSTGRES_PORT = 5432;

export class BackupJobs extends Construct {
  /** By the databases' names. */
  readonly jobs: ReadonlyMap<string, BackupJob>;
  readonly foundation: JobFoundation;
  readonly network?: JobNetwork;
  /** The project that builds the image, with `image: build`. */
  readonly image?: WorkerImage;
  readonly #plan: VaultPlan;
  readonly #settings: SourceAccountConfig;
  readonly #worker: WorkerAsset;

  /** @throws HoldfastError CONFIG_INVALID when the config has what cannot run on AWS */
  constructor(scope: Construct, id: string, { config, bundle, keyArn }: BackupJobsProps) {
    super(scope, id);
    refuseDiscoveries(config);
    const { databases } = config;
    const settings = config.sourceAccount ?? resolveSourceAccount({}, resolveDeployment({}));
    this.#settings = settings;
    const plan = planVault(config);
    const { environment, region } = plan;
    const account = Stack.of(this).account;
    this.#plan = { ...plan, sourceAccount: account, keyArn: keyArn ?? plan.keyArn ?? this.#keyParameter() };
    this.foundation = new JobFoundation(this, 'Foundation', {
      environment,
      region,
      databases: databases.map(({ name }) => name),
      alarmEmails: settings.alarmEmails,
    });
    const certificates = databases.flatMap(({ sslrootcert }) =>
      sslrootcert === undefined || sslrootcert === 'system' ? [] : [sslrootcert],
    );
    this.#worker = new WorkerAsset(this, 'Worker', { bundle, certificates });
    if (settings.build.image === 'build') {
      this.image = new WorkerImage(this, 'Image', {
        environment,
        encryptionKey: this.foundation.key,
        logRetentionDays: settings.logRetentionDays,
      });
    }
    const { image, repositoryArn } = this.#chooseImage(settings.build.image);
    if (settings.network) {
      if (!image.own) refuseWithoutInternet(settings.network);
      this.network = new JobNetwork(this, 'Network', {
        environment,
        region,
        network: settings.network,
        bucketName: plan.bucket,
        assetBucketName: this.#worker.asset.s3BucketName,
        databasePorts: [...new Set(databases.map(({ port }) => port ?? POSTGRES_PORT))],
        usesRegistry: image.own,
        encryptionKey: this.foundation.key,
        logRetentionDays: settings.logRetentionDays,
      });
    }
    if (plan.sharedRole) {
      Annotations.of(this).addWarningV2(
        'holdfast:shared-role',
        'All jobs share one role: each can read the secrets of all databases and write under the prefix of every one. Set sourceAccount.roles to per-database.',
      );
    }
    const shared = plan.sharedRole ? this.#makeRole('Role', databases, repositoryArn) : undefined;
    this.jobs = new Map(
      databases.map((database) => [database.name, this.#makeJob(database, { shared, image, repositoryArn })]),
    );
  }

  #makeJob(
    database: DatabaseConfig,
    { shared, image, repositoryArn }: { shared?: WriterRole; image: BuildImage; repositoryArn?: string },
  ): BackupJob {
    const { environment, region, bucket, prefix, keyArn = '' } = this.#plan;
    const { build, start, logRetentionDays } = this.#settings;
    refuseMissingCertificate(database, image);
    return new BackupJob(this, `Job-${database.name}`, {
      environment,
      region,
      database,
      vault: s3VaultUrl({ bucket, prefix }),
      keyArn,
      worker: this.#worker,
      role: shared ?? this.#makeRole(`Role-${database.name}`, [database], repositoryArn),
      foundation: this.foundation,
      image,
      network: this.network,
      build,
      start,
      logRetentionDays,
    });
  }

  #makeRole(id: string, databases: readonly DatabaseConfig[], repositoryArn: string | undefined): WriterRole {
    const { environment, region, sharedRole } = this.#plan;
    const [only] = databases;
    return new WriterRole(this, id, {
      roleName: writerRoleName(environment, sharedRole ? undefined : only?.name),
      region,
      environment,
      database: sharedRole ? undefined : only?.name,
      policy: rolePolicyOf(this.#plan, sharedRole ? undefined : only),
      projectNames: databases.map(({ name }) => projectName(environment, name)),
      source: this.#worker.asset,
      network: this.network,
      repositoryArn,
    });
  }

  #chooseImage(wanted: string): { image: BuildImage; repositoryArn?: string } {
    if (this.image) {
      const { uri, repository } = this.image;
      return {
        image: { uri, own: true, authorities: RDS_AUTHORITIES, user: WORKER_USER },
        repositoryArn: repository.repositoryArn,
      };
    }
    if (wanted === 'install') return { image: CODEBUILD_IMAGE };
    return { image: { uri: wanted, own: true }, repositoryArn: repositoryOf(wanted, this.#plan.partition) };
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
function refuseWithoutInternet({ createCidr, endpoints, isolated }: NetworkConfig): void {
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
function refuseMissingCertificate({ name, sslrootcert }: DatabaseConfig, image: BuildImage): void {
  if (sslrootcert === undefined || sslrootcert === 'system' || image.own || existsSync(sslrootcert)) return;
  throw new HoldfastError(
    'CONFIG_INVALID',
    `Database "${name}": the file of sslrootcert, ${sslrootcert}, does not exist, and builds need its certificates.`,
    { hint: 'Download https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem, and name that file.' },
  );
}

/** @param uri `111122223333.dkr.ecr.us-east-1.amazonaws.com/name:tag` */
function repositoryOf(uri: string, partition: string): string {
  const [, account = '', region = '', name = ''] = /^(\d{12})\.dkr\.ecr\.([^.]+)\.[^/]+\/([^:@]+)/.exec(uri) ?? [];
  return `arn:${partition}:ecr:${region}:${account}:repository/${name}`;
}

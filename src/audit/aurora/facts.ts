/** Clusters and instances of Aurora and RDS with their snapshots, as both sources describe them. */
import type { ResourceFact, ScalingFact, SubnetFact } from '../model/facts.js';
import { itemsOf, type ListReading, type Reading, UnknownReading, valueOf } from '../model/reading.js';

declare module '../model/facts.js' {
  interface FactKinds {
    readonly auroraClusters: AuroraClusterFact;
    readonly auroraSnapshots: SnapshotFact;
  }
}

export interface AuroraParameter {
  readonly declared?: string;
  readonly applied?: string;
  /** Set, and waiting for a reboot. */
  readonly pending?: string;
}

export interface AuroraInstanceFact {
  readonly name: string;
  readonly availabilityZone: Reading<string | undefined>;
  readonly isWriter: Reading<boolean | undefined>;
  readonly publiclyAccessible: Reading<boolean>;
  readonly performanceInsights: Reading<{ readonly enabled: boolean; readonly kmsKeyId?: string }>;
  readonly autoMinorVersionUpgrade: Reading<boolean>;
  readonly caCertificateIdentifier: Reading<string | undefined>;
  /** From its own parameter group, by name: a parameter set there overrides the cluster's. */
  readonly parameters: Reading<Readonly<Record<string, AuroraParameter>>>;
}

/** A cluster, or an instance of RDS that is in none: it is its own only instance. */
export interface AuroraClusterFact extends ResourceFact {
  readonly form: 'cluster' | 'instance';
  /** A read replica has its encryption from its source, and no backups of its own unless they are asked for. */
  readonly isReplica: Reading<boolean>;
  /** Of an instance in no cluster: whether a standby runs in another zone. Clusters have readers instead. */
  readonly standby: Reading<boolean>;
  readonly engine: Reading<string>;
  readonly engineVersion: Reading<string | undefined>;
  readonly storageEncrypted: Reading<boolean>;
  readonly kmsKeyId: Reading<string | undefined>;
  readonly deletionProtection: Reading<boolean>;
  /** Days. */
  readonly backupRetentionPeriod: Reading<number>;
  readonly preferredBackupWindow: Reading<string | undefined>;
  readonly logExports: Reading<readonly string[]>;
  readonly iamAuthentication: Reading<boolean>;
  readonly copyTagsToSnapshot: Reading<boolean>;
  readonly masterUsername: Reading<string | undefined>;
  readonly masterUserSecret: Reading<{ readonly managed: boolean; readonly kmsKeyId?: string }>;
  readonly databaseInsightsMode: Reading<string | undefined>;
  /** From the parameter group of the cluster (of the instance), by name; only what differs from the engine's default. */
  readonly parameters: Reading<Readonly<Record<string, AuroraParameter>>>;
  /** `in-sync`, `pending-reboot` …, one for each member, and one for each parameter group of its own. Live only. */
  readonly parameterStatus: Reading<Readonly<Record<string, string>>>;
  readonly instances: ListReading<AuroraInstanceFact>;
  readonly subnets: Reading<readonly SubnetFact[]>;
  readonly readerScaling: Reading<ScalingFact | undefined>;
}

/** Of a cluster or an instance, which may be gone. Live only. */
export interface SnapshotFact extends ResourceFact {
  readonly encrypted: Reading<boolean>;
  /** Accounts that may restore it; `all` is everyone. */
  readonly sharedWith: Reading<readonly string[]>;
}

/** Whether an engine of clusters is one of RDS itself: Neptune and DocumentDB answer to the same requests. */
export function isOfRds(engine: string): boolean {
  return /^(?:aurora.*|postgres|mysql)$/.test(engine);
}

/** Parameters, log types and versions are those of PostgreSQL. */
export function isPostgres(cluster: AuroraClusterFact): boolean {
  return /^(?:aurora-postgresql|postgres)$/.test(valueOf(cluster.engine));
}

/**
 * Its instances.
 *
 * @throws UnknownReading where there are none, so that nothing is said of them; at the end, where there may be more
 */
export function* instancesOf(cluster: AuroraClusterFact): Iterable<AuroraInstanceFact> {
  let count = 0;
  for (const instance of itemsOf(cluster.instances)) {
    count += 1;
    yield instance;
  }
  if (count === 0) throw new UnknownReading({ reason: 'It has no instance.' });
}

/** Not a Multi-AZ cluster of RDS, whose three instances are one with it. */
export function isAurora(cluster: AuroraClusterFact): boolean {
  return valueOf(cluster.engine).startsWith('aurora');
}

/** Whether its engine can check a token of IAM in place of a password. */
export function canCheckTokens(cluster: AuroraClusterFact): boolean {
  return /^(?:aurora.*|postgres|mysql|mariadb)$/.test(valueOf(cluster.engine));
}

/** `17` of `17.9`; `undefined` where no version is set. */
export function majorOf(cluster: AuroraClusterFact): number | undefined {
  const version = valueOf(cluster.engineVersion);
  return version === undefined ? undefined : Number.parseInt(version, 10);
}

type Parameters = Readonly<Record<string, AuroraParameter>>;

export interface ParametersInUse {
  /** `Of writer: ` for a member whose own group sets some of them; empty for the rest of the cluster. */
  readonly where: string;
  readonly parameters: Parameters;
}

/**
 * Those of the cluster's group, then those of each member that has some of its own, over the cluster's.
 *
 * @throws UnknownReading
 */
export function* parametersInUse(cluster: AuroraClusterFact): Iterable<ParametersInUse> {
  const parameters = valueOf(cluster.parameters);
  yield { where: '', parameters };
  for (const { name, parameters: own } of itemsOf(cluster.instances)) {
    if (Object.keys(valueOf(own)).length > 0)
      yield { where: `Of ${name}: `, parameters: { ...parameters, ...valueOf(own) } };
  }
}

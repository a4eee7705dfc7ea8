/** Runbook 2: Aurora PostgreSQL, with a writer and readers in different zones. */
import { Aws, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  InstanceType,
  SubnetType,
  type Connections,
  type IConnectable,
  type ISecurityGroup,
  type IVpc,
  type SubnetSelection,
} from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, Role, ServicePrincipal, type Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import {
  AuroraPostgresEngineVersion,
  CaCertificate,
  CfnDBInstance,
  ClusterInstance,
  Credentials,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInsightsMode,
  EngineLifecycleSupport,
  ParameterGroup,
  PerformanceInsightRetention,
  SubnetGroup,
  type IClusterEngine,
  type IClusterInstance,
} from 'aws-cdk-lib/aws-rds';
import { CfnRotationSchedule, SecretTargetAttachment, type ISecret, type Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  DEFAULT_BACKUP_RETENTION_DAYS,
  DEFAULT_BACKUP_WINDOW,
  DEFAULT_ENGINE_VERSION,
  DEFAULT_INSTANCE_CLASS,
  DEFAULT_MAINTENANCE_WINDOW,
  DEFAULT_MAX_READERS,
  DEFAULT_MIN_READERS,
  DEFAULT_READERS,
  DEFAULT_TARGET_CPU,
  MASTER_ROTATION_DAYS,
  OLDEST_MAJOR,
} from '../../../config/sections/data-layer-defaults.js';
import { MANAGED_MASTER_PASSWORD, managedMasterSecret } from '../../shared/cdk-versions.js';
import { acknowledge } from '../acknowledge.js';
import { keepResources } from '../../shared/kept.js';
import { generatedName } from '../../shared/place.js';
import { requireOptOut, type OptOutReasons } from '../opt-outs.js';
import { grantReadUnderKey } from '../secrets/data-secret.js';
import { clusterParameters } from './cluster-parameters.js';
import { ReaderScaling } from './reader-scaling.js';

export interface AuroraPostgresProps {
  readonly vpc: IVpc;
  /** @default the VPC's isolated subnets */
  readonly vpcSubnets?: SubnetSelection;
  readonly securityGroups: readonly ISecurityGroup[];
  /** Of the writer, the first reader, and so on in turn. Two or more. */
  readonly availabilityZones: readonly string[];
  /** Encrypts storage, the master user's secret, the log and query statistics. */
  readonly encryptionKey: IKey;
  /**
   * Its log group is named after it, and made before it.
   *
   * @default the CDK's: the construct's path with a digest
   */
  readonly clusterIdentifier?: string;
  /** Of the writer, the first reader, and so on. @default CloudFormation's */
  readonly instanceIdentifiers?: readonly string[];
  /** @default CloudFormation's */
  readonly subnetGroupName?: string;
  /** The master user, of whom RDS keeps the password. @default 'postgres' */
  readonly masterUsername?: string;
  /** Major and minor. @default '17.9' */
  readonly engineVersion?: string;
  /** @default 'db.r6g.large' */
  readonly instanceClass?: string;
  /** How many readers are created; scaling adds to them. @default 1 */
  readonly readers?: number;
  /** @default 1 to 5 readers at 60 % CPU */
  readonly readerScaling?: { readonly min?: number; readonly max?: number; readonly targetCpu?: number } | false;
  /** A database that is created with the cluster. @default none besides `postgres` */
  readonly databaseName?: string;
  /** Cluster parameters that add to ours or replace them. @default none */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Another major version needs another group, and so another name where one is given. @default CloudFormation's */
  readonly parameterGroupName?: string;
  /** @default 'Strict logging' */
  readonly parameterGroupDescription?: string;
  /** Name of the policy by which readers are added. @default the CDK's */
  readonly readerScalingPolicyName?: string;
  /** 1 to 35 days. @default 35 */
  readonly backupRetentionDays?: number;
  /** UTC. @default '03:00-04:00' */
  readonly backupWindow?: string;
  /** UTC. @default 'sun:05:00-sun:06:00' */
  readonly maintenanceWindow?: string;
  /** @default true */
  readonly deletionProtection?: boolean;
  /** @default true */
  readonly iamAuthentication?: boolean;
  /** `standard` keeps 7 days of query statistics, `advanced` 15 months. @default 'standard' */
  readonly databaseInsights?: 'standard' | 'advanced' | 'off';
  /** @default 400 days */
  readonly logRetention?: RetentionDays;
  /** The application user's secret, which gets the cluster's host and port. @default none */
  readonly applicationSecret?: Secret;
  /** The secret of the role that dumps; likewise. @default none */
  readonly backupSecret?: Secret;
  /** @default RemovalPolicy.RETAIN */
  readonly removalPolicy?: RemovalPolicy;
  /** Reasons for what the options above give up. @default nothing is given up */
  readonly optOuts?: OptOutReasons;
}

/** RDS's limit for identifiers. */
const LONGEST_IDENTIFIER = 63;

/** An Aurora PostgreSQL cluster: the runbook's, in the form that holds on AWS today. */
export class AuroraPostgres extends Construct implements IConnectable {
  /** The CDK's own construct, with its metrics. */
  readonly cluster: DatabaseCluster;
  readonly connections: Connections;
  /** The master user's secret: `{username, password}`. RDS makes and rotates it. */
  readonly masterSecret: ISecret;
  readonly parameterGroup: ParameterGroup;
  readonly logGroup: LogGroup;
  /** Writer first. */
  readonly instances: readonly CfnDBInstance[];

  readonly #props: AuroraPostgresProps;
  readonly #clusterIdentifier: string;
  readonly #masterUsername: string;
  readonly #removalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: AuroraPostgresProps) {
    super(scope, id);
    this.#props = props;
    this.#clusterIdentifier = props.clusterIdentifier ?? generatedName(this, LONGEST_IDENTIFIER);
    this.#masterUsername = props.masterUsername ?? 'postgres';
    this.#removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.#checkOptOuts();
    const engine = engineOf(props);
    this.logGroup = this.#makeLog();
    this.parameterGroup = this.#makeParameterGroup(engine);
    this.cluster = this.#makeCluster(engine);
    // It exists only now, and a cluster holds on to it.
    keepResources(this.#removalPolicy, this.parameterGroup);
    // RDS would create the log group by itself, without a key and kept forever.
    this.cluster.node.addDependency(this.logGroup);
    this.connections = this.cluster.connections;
    this.instances = this.cluster.node.findAll().filter((construct) => construct instanceof CfnDBInstance);

    this.masterSecret = managedMasterSecret(this.cluster, this.#masterUsername, props.encryptionKey);
    this.#rotateMasterSecret();
    this.#scaleReaders();
    this.#attach('ApplicationUser', props.applicationSecret);
    this.#attach('BackupUser', props.backupSecret);
    this.#acknowledgeRules();
  }

  /** Lets somebody sign in as a user of the database, with IAM in place of a password. */
  grantConnect(grantee: IGrantable, databaseUser: string): Grant {
    return this.cluster.grantConnect(grantee, databaseUser);
  }

  /** Lets somebody read the master user's secret, and decrypt it. Its own `grantRead` leaves the key out. */
  grantMasterSecret(grantee: IGrantable): Grant {
    return grantReadUnderKey(this.masterSecret, this.#props.encryptionKey, grantee);
  }

  #makeLog(): LogGroup {
    const retained = this.#removalPolicy === RemovalPolicy.RETAIN;
    return new LogGroup(this, 'Log', {
      logGroupName: `/aws/rds/cluster/${this.#clusterIdentifier}/postgresql`,
      encryptionKey: this.#props.encryptionKey,
      retention: this.#props.logRetention ?? RetentionDays.THIRTEEN_MONTHS,
      removalPolicy: retained ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : this.#removalPolicy,
    });
  }

  #makeParameterGroup(engine: IClusterEngine): ParameterGroup {
    const { parameterGroupName, parameterGroupDescription, parameters = {}, optOuts } = this.#props;
    return new ParameterGroup(this, 'Parameters', {
      engine,
      name: parameterGroupName,
      description: parameterGroupDescription ?? 'Strict logging',
      parameters: clusterParameters(this, parameters, optOuts),
    });
  }

  #makeCluster(engine: IClusterEngine): DatabaseCluster {
    const props = this.#props;
    const [writer, ...readers] = this.#clusterInstances();
    return new DatabaseCluster(this, 'Cluster', {
      engine,
      engineLifecycleSupport: EngineLifecycleSupport.OPEN_SOURCE_RDS_EXTENDED_SUPPORT_DISABLED,
      clusterIdentifier: this.#clusterIdentifier,
      writer,
      readers,
      vpc: props.vpc,
      vpcSubnets: subnetsOf(props),
      subnetGroup: this.#makeSubnetGroup(),
      securityGroups: [...props.securityGroups],
      parameterGroup: this.parameterGroup,
      defaultDatabaseName: props.databaseName,
      credentials: Credentials.fromUsername(this.#masterUsername, { encryptionKey: props.encryptionKey }),
      ...MANAGED_MASTER_PASSWORD,
      storageEncrypted: true,
      storageEncryptionKey: props.encryptionKey,
      backup: {
        retention: Duration.days(props.backupRetentionDays ?? DEFAULT_BACKUP_RETENTION_DAYS),
        preferredWindow: props.backupWindow ?? DEFAULT_BACKUP_WINDOW,
      },
      preferredMaintenanceWindow: props.maintenanceWindow ?? DEFAULT_MAINTENANCE_WINDOW,
      cloudwatchLogsExports: ['postgresql'],
      deletionProtection: props.deletionProtection ?? true,
      deleteAutomatedBackups: false,
      copyTagsToSnapshot: true,
      iamAuthentication: props.iamAuthentication ?? true,
      monitoringInterval: Duration.minutes(1),
      monitoringRole: this.#makeMonitoringRole(),
      ...this.#insights(),
      removalPolicy: this.#removalPolicy,
    });
  }

  #clusterInstances(): [IClusterInstance, ...IClusterInstance[]] {
    const { availabilityZones: zones, instanceIdentifiers: names = [], ...props } = this.#props;
    const instance = (id: string, index: number) =>
      ClusterInstance.provisioned(id, {
        instanceIdentifier: names[index],
        instanceType: new InstanceType((props.instanceClass ?? DEFAULT_INSTANCE_CLASS).replace(/^db\./, '')),
        availabilityZone: zones[index % zones.length],
        autoMinorVersionUpgrade: true,
        publiclyAccessible: false,
        caCertificate: CaCertificate.RDS_CA_RSA2048_G1,
        preferredMaintenanceWindow: props.maintenanceWindow ?? DEFAULT_MAINTENANCE_WINDOW,
        // A reader that may take over in the writer's place.
        promotionTier: index === 0 ? 0 : 1,
        ...this.#insights(),
      });
    const readers = Array.from({ length: props.readers ?? DEFAULT_READERS }, (_, index) =>
      instance(`Reader${index + 1}`, index + 1),
    );
    return [instance('Writer', 0), ...readers];
  }

  /** The same for the cluster and each instance: they may not differ. */
  #insights() {
    const { databaseInsights = 'standard', encryptionKey } = this.#props;
    if (databaseInsights === 'off') return { enablePerformanceInsights: false };
    const advanced = databaseInsights === 'advanced';
    return {
      enablePerformanceInsights: true,
      performanceInsightEncryptionKey: encryptionKey,
      performanceInsightRetention: advanced
        ? PerformanceInsightRetention.MONTHS_15
        : PerformanceInsightRetention.DEFAULT,
      databaseInsightsMode: advanced ? DatabaseInsightsMode.ADVANCED : DatabaseInsightsMode.STANDARD,
    };
  }

  #makeSubnetGroup(): SubnetGroup {
    return new SubnetGroup(this, 'Subnets', {
      vpc: this.#props.vpc,
      vpcSubnets: subnetsOf(this.#props),
      subnetGroupName: this.#props.subnetGroupName,
      description: 'Private DB Subnets',
      removalPolicy: this.#removalPolicy,
    });
  }

  /** The role that the CDK would create trusts the service on behalf of any account. */
  #makeMonitoringRole(): Role {
    const policy = 'service-role/AmazonRDSEnhancedMonitoringRole';
    const role = new Role(this, 'MonitoringRole', {
      description: 'Enhanced monitoring of the cluster',
      assumedBy: new ServicePrincipal('monitoring.rds.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName(policy)],
    });
    keepResources(this.#removalPolicy, role);
    acknowledge(role, 'iam-managed', 'The policy that AWS maintains for what enhanced monitoring writes.', [
      `Policy::arn:${Aws.PARTITION}:iam::aws:policy/${policy}`,
    ]);
    return role;
  }

  /** No Lambda function can be attached to a secret that RDS manages: it rotates by itself, at our interval. */
  #rotateMasterSecret(): void {
    new CfnRotationSchedule(this, 'MasterRotation', {
      secretId: this.masterSecret.secretArn,
      rotationRules: { automaticallyAfterDays: MASTER_ROTATION_DAYS },
      // RDS has just made the password.
      rotateImmediatelyOnUpdate: false,
    });
  }

  /** Adds engine, host, port and the cluster's name to a secret. */
  #attach(id: string, secret: Secret | undefined): void {
    if (secret) new SecretTargetAttachment(this, id, { secret, target: this.cluster });
  }

  #scaleReaders(): void {
    const { readerScaling = {}, readerScalingPolicyName } = this.#props;
    if (readerScaling === false) return;
    new ReaderScaling(this, 'ReaderScaling', {
      cluster: this.cluster,
      instances: this.instances,
      minReaders: readerScaling.min,
      maxReaders: readerScaling.max,
      targetCpu: readerScaling.targetCpu,
      policyName: readerScalingPolicyName,
    });
  }

  #checkOptOuts(): void {
    const props = this.#props;
    const giveUp = (control: Parameters<typeof requireOptOut>[2], instead: string) =>
      requireOptOut(this, props.optOuts, control, instead);
    const { engineVersion = DEFAULT_ENGINE_VERSION, backupRetentionDays: days = DEFAULT_BACKUP_RETENTION_DAYS } = props;
    if (Number.parseInt(engineVersion, 10) < OLDEST_MAJOR) {
      giveUp('aurora-supported-version', `engineVersion: ${engineVersion}`);
    }
    if (days < DEFAULT_BACKUP_RETENTION_DAYS) giveUp('aurora-backup-retention', `backupRetentionDays: ${days}`);
    if (props.deletionProtection === false) giveUp('aurora-deletion-protection', 'deletionProtection: false');
    if (props.iamAuthentication === false) giveUp('aurora-iam-auth', 'iamAuthentication: false');
    if (props.databaseInsights === 'off') giveUp('aurora-performance-insights', 'databaseInsights: off');
    if (props.readers === 0) giveUp('aurora-multi-az', 'readers: 0');
    const scaling = describeScaling(props.readerScaling);
    if (scaling !== describeScaling({})) giveUp('aurora-reader-scaling', `readerScaling: ${scaling}`);
  }

  #acknowledgeRules(): void {
    acknowledge(
      this.cluster,
      'rds-backup-plan',
      'Kept for 35 days by Aurora, and dumped into another account by Holdfast.',
    );
  }
}

function engineOf({ engineVersion = DEFAULT_ENGINE_VERSION }: AuroraPostgresProps): IClusterEngine {
  const major = engineVersion.split('.')[0] ?? engineVersion;
  return DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.of(engineVersion, major) });
}

function subnetsOf({ vpcSubnets }: AuroraPostgresProps): SubnetSelection {
  return vpcSubnets ?? { subnetType: SubnetType.PRIVATE_ISOLATED };
}

function describeScaling(scaling: AuroraPostgresProps['readerScaling'] = {}): string {
  if (scaling === false) return 'false';
  const { min = DEFAULT_MIN_READERS, max = DEFAULT_MAX_READERS, targetCpu = DEFAULT_TARGET_CPU } = scaling;
  return `${min} to ${max} at ${targetCpu} %`;
}

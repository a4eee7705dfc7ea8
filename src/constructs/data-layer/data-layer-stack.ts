/**
 * The runbook's sections 1 to 6 as one stack, in the order in which it builds them: key, secrets, then what uses them.
 */
import { CfnOutput, Duration, RemovalPolicy, Stack, Tags, type StackProps } from 'aws-cdk-lib';
import {
  InterfaceVpcEndpointAwsService,
  SecurityGroup,
  Subnet,
  Vpc,
  type ISubnet,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Key, type IKey } from 'aws-cdk-lib/aws-kms';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { DataLayerConfig } from '../../config/sections/data-layer-config.js';
import { DEFAULT_READERS } from '../../config/sections/data-layer-defaults.js';
import { HoldfastError } from '../../core/errors.js';
import { acknowledge } from './acknowledge.js';
import { TaskRoleAccess } from './access/task-role-access.js';
import { AuroraPostgres } from './aurora/aurora-postgres.js';
import { DataLake } from './data-lake/data-lake.js';
import { DataTable } from './dynamodb/data-table.js';
import { tablesOf } from './dynamodb/configured-tables.js';
import { DataKey } from './key/data-key.js';
import type { KeyService } from './key/key-policy.js';
import { dataLayerNames, type DataLayerNames } from '../../policies/data-layer-names.js';
import { parseDataLayer, type DataLayerProps } from './data-layer-props.js';
import { DataNetwork } from './network/data-network.js';
import { DataSecurityGroups } from './network/security-groups.js';
import { requireOptOut } from './opt-outs.js';
import { RedisCache } from './redis/redis-cache.js';
import { DataSecrets } from './secrets/data-secrets.js';

export interface DataLayerStackProps extends StackProps {
  /** What is built; a config's section `dataLayer` fits. @default the whole runbook */
  readonly layer?: DataLayerProps;
  /**
   * Whether Holdfast backs up databases of the cluster: a secret and a security group are made for it. @default false
   */
  readonly backups?: boolean;
}

/** Each part is there if the config asks for it. */
export class DataLayerStack extends Stack {
  /** Checked, and with its defaults. */
  readonly layer: DataLayerConfig;
  readonly names: DataLayerNames;
  readonly encryptionKey: IKey;
  readonly secrets: DataSecrets;
  /** Where the config asks for one of its own. */
  readonly network: DataNetwork | undefined;
  readonly vpc: IVpc | undefined;
  readonly subnets: readonly ISubnet[];
  readonly securityGroups: DataSecurityGroups | undefined;
  readonly aurora: AuroraPostgres | undefined;
  /** By their names without the prefix. */
  readonly tables: Readonly<Record<string, DataTable>>;
  readonly dataLake: DataLake | undefined;
  readonly redis: RedisCache | undefined;
  readonly taskRole: TaskRoleAccess | undefined;

  /** Of what is protected against deletion: CloudFormation could not delete it even if the first deployment fails. */
  readonly #removalPolicy: RemovalPolicy;
  /** Of all else that has a name: a first deployment that failed must not leave it in the way of the next. */
  readonly #namedRemovalPolicy: RemovalPolicy;

  constructor(scope: Construct, id: string, props: DataLayerStackProps = {}) {
    const { layer: given = {}, backups = false, ...stackProps } = props;
    const layer = parseDataLayer(given);
    super(scope, id, {
      description: `${layer.displayPrefix} data layer: key, secrets, databases, data lake and cache`,
      terminationProtection: layer.terminationProtection,
      ...stackProps,
    });
    this.layer = layer;
    this.names = dataLayerNames(layer);
    const destroy = layer.removal === 'destroy';
    this.#removalPolicy = destroy ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN;
    this.#namedRemovalPolicy = destroy ? RemovalPolicy.DESTROY : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
    this.#checkOptOuts();
    this.#tag('Project', layer.projectTag);
    this.#tag('Environment', layer.environmentTag);

    acknowledge(this, 'named-zones', 'The runbook puts writer and reader into zones that it names.');

    this.encryptionKey = this.#makeKey();
    this.secrets = this.#makeSecrets(backups);
    const needsNetwork = this.#has('aurora') || this.#has('redis');
    this.network = needsNetwork ? this.#makeNetwork(backups) : undefined;
    this.vpc = needsNetwork ? (this.network?.vpc ?? this.#importVpc()) : undefined;
    this.subnets = needsNetwork ? (this.network?.vpc.isolatedSubnets ?? this.#importSubnets()) : [];
    this.securityGroups = this.vpc && this.#makeSecurityGroups(this.vpc, backups);
    if (this.#has('aurora')) this.aurora = this.#makeAurora();
    this.tables = this.#has('dynamodb') ? this.#makeTables() : {};
    if (this.#has('data-lake')) this.dataLake = this.#makeDataLake();
    if (this.#has('redis')) this.redis = this.#makeRedis();
    if (this.#has('task-role')) this.taskRole = this.#makeTaskRole();
    this.#makeOutputs();
  }

  /** Those of the config: an app need not look them up in an account. */
  override get availabilityZones(): string[] {
    const { availabilityZones } = this.layer.network;
    return availabilityZones ? [...availabilityZones] : [`${this.region}a`, `${this.region}b`];
  }

  #has(part: DataLayerConfig['parts'][number]): boolean {
    return this.layer.parts.includes(part);
  }

  get #logRetention(): RetentionDays {
    // The enumeration's values are the numbers of days.
    return this.layer.logRetentionDays;
  }

  #tag(key: string, value: string): void {
    // CloudFormation's own schema for these has no tags in every Region yet.
    Tags.of(this).add(key, value, { excludeResourceTypes: ['AWS::ApplicationAutoScaling::ScalableTarget'] });
  }

  #makeKey(): IKey {
    const { key } = this.layer;
    if (key.existingKeyArn !== undefined) return Key.fromKeyArn(this, 'Key', key.existingKeyArn);
    const services: KeyService[] = ['secretsmanager'];
    if (this.#has('aurora')) services.push('rds');
    if (this.#has('dynamodb')) services.push('dynamodb');
    if (this.#has('data-lake')) services.push('s3');
    if (this.#has('redis')) services.push('elasticache');
    return new DataKey(this, 'Key', {
      alias: this.names.keyAlias,
      description: this.names.keyDescription,
      services,
      administrators: key.administrators,
      deploymentRoles: key.deploymentRoles,
      rotationPeriod: key.rotationDays === undefined ? undefined : Duration.days(key.rotationDays),
      logGroups: this.#logGroups(),
    }).key;
  }

  /** Those that are made below: CloudWatch Logs encrypts no others with the key. */
  #logGroups(): string[] {
    const groups: string[] = [];
    if (this.#has('aurora')) groups.push(`/aws/rds/cluster/${this.names.cluster}/*`);
    if (this.#has('redis')) groups.push(`/aws/elasticache/${this.names.redis}/*`);
    if (this.layer.network.createCidr !== undefined) groups.push(this.#flowLogGroup);
    return groups;
  }

  get #flowLogGroup(): string {
    return `/${this.layer.prefix}/vpc-flow-logs`;
  }

  #makeSecrets(backupUser: boolean): DataSecrets {
    const { layer, names } = this;
    return new DataSecrets(this, 'Secrets', {
      encryptionKey: this.encryptionKey,
      secretNames: {
        databaseUser: names.databaseSecret,
        backupUser: names.backupSecret,
        apiKeys: names.apiKeysSecret,
        encryptionKey: names.encryptionKeySecret,
        redisAuth: names.redisSecret,
      },
      databaseUsername: names.applicationUser,
      backupUsername: names.backupUser,
      redisUsername: names.redisUser,
      databaseName: layer.aurora.databaseName,
      database: this.#has('aurora'),
      backupUser: backupUser && this.#has('aurora'),
      redis: this.#has('redis') && (layer.redis.signIn ?? 'users'),
      supplied: Object.fromEntries(layer.secrets.map((secret) => [secret.name, secret.description ?? secret.name])),
      removalPolicy: this.#namedRemovalPolicy,
    });
  }

  #makeNetwork(backups: boolean): DataNetwork | undefined {
    const { createCidr, vpcId, subnetIds } = this.layer.network;
    const given = vpcId !== undefined && subnetIds !== undefined;
    if (given === (createCidr !== undefined)) {
      throw new HoldfastError(
        'CONFIG_INVALID',
        `dataLayer.network: the database and the cache need ${given ? 'one network only' : 'a network'}.`,
        { hint: 'Give vpcId with subnetIds, or createCidr for a VPC of its own.' },
      );
    }
    if (createCidr === undefined) return undefined;
    const network = new DataNetwork(this, 'Network', {
      cidr: createCidr,
      availabilityZones: this.availabilityZones,
      encryptionKey: this.encryptionKey,
      flowLogGroupName: this.#flowLogGroup,
      logRetention: this.#logRetention,
      removalPolicy: this.#has('aurora') ? this.#removalPolicy : undefined,
    });
    if (backups) {
      // Without a route to the internet, builds pull their image through these (its layers come from S3).
      network.addEndpoint('RegistryApi', InterfaceVpcEndpointAwsService.ECR);
      network.addEndpoint('RegistryDocker', InterfaceVpcEndpointAwsService.ECR_DOCKER);
    }
    return network;
  }

  #importVpc(): IVpc {
    const { vpcId = '' } = this.layer.network;
    return Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones: this.availabilityZones });
  }

  #importSubnets(): ISubnet[] {
    const zones = this.availabilityZones;
    const ids = this.layer.network.subnetIds ?? [];
    if (ids.length < 2) {
      throw new HoldfastError('CONFIG_INVALID', `dataLayer.network.subnetIds has ${ids.length} subnet.`, {
        hint: 'RDS requires subnets in at least two zones.',
      });
    }
    return ids.map((subnetId, index) =>
      Subnet.fromSubnetAttributes(this, `Subnet${index + 1}`, {
        subnetId,
        availabilityZone: zones[index % zones.length],
        // Not read: nothing here makes a route.
        routeTableId: 'unknown',
      }),
    );
  }

  #makeSecurityGroups(vpc: IVpc, backups: boolean): DataSecurityGroups {
    const { network } = this.layer;
    const given = (ids: readonly string[] | undefined, name: string) =>
      ids?.map((group, index) =>
        SecurityGroup.fromSecurityGroupId(this, `${name}Group${index + 1}`, group, { mutable: false }),
      );
    const groups = new DataSecurityGroups(this, 'SecurityGroups', {
      vpc,
      application: given(network.applicationSecurityGroupIds, 'Application'),
      backup: backups && this.#has('aurora'),
      database: this.#has('aurora') ? given(network.databaseSecurityGroupIds, 'Database') : [],
      redis: this.#has('redis') ? given(network.redisSecurityGroupIds, 'Redis') : [],
      databaseRemovalPolicy: this.#removalPolicy,
    });
    if (this.network) groups.openEndpoints(this.network.endpointGroup);
    return groups;
  }

  #makeAurora(): AuroraPostgres {
    const { names } = this;
    const { aurora, optOuts } = this.layer;
    const { readerScaling, ...options } = aurora;
    const readers = options.readers ?? DEFAULT_READERS;
    const built = new AuroraPostgres(this, 'Aurora', {
      ...options,
      clusterIdentifier: names.cluster,
      instanceIdentifiers: [names.writer, ...Array.from({ length: readers }, (_, index) => names.reader(index + 1))],
      parameterGroupName: options.parameterGroupName ?? names.parameterGroup,
      parameterGroupDescription: names.parameterGroupDescription,
      subnetGroupName: names.databaseSubnetGroup,
      masterUsername: names.masterUser,
      readerScalingPolicyName: names.readerScalingPolicy,
      vpc: required(this.vpc),
      vpcSubnets: { subnets: [...this.subnets] },
      securityGroups: required(this.securityGroups).database,
      availabilityZones: this.availabilityZones,
      encryptionKey: this.encryptionKey,
      readerScaling: readerScaling?.enabled === false ? false : readerScaling,
      logRetention: this.#logRetention,
      applicationSecret: this.secrets.databaseUser,
      backupSecret: this.secrets.backupUser,
      removalPolicy: this.#removalPolicy,
      optOuts,
    });
    built.cluster.node.addDependency(...this.secrets.resources);
    return built;
  }

  #makeTables(): Readonly<Record<string, DataTable>> {
    const { dynamodb, optOuts } = this.layer;
    const made = Object.entries(tablesOf(dynamodb)).map(([name, definition]) => {
      const table = new DataTable(this, `Table${name}`, {
        ...definition,
        tableName: this.names.table(name),
        encryptionKey: this.encryptionKey,
        recoveryDays: dynamodb.recoveryDays,
        deletionProtection: dynamodb.deletionProtection,
        removalPolicy: this.#removalPolicy,
        optOuts,
      });
      return [name, table] as const;
    });
    return Object.fromEntries(made);
  }

  #makeDataLake(): DataLake {
    const { dataLake, optOuts } = this.layer;
    const { account, region } = this;
    return new DataLake(this, 'DataLake', {
      encryptionKey: this.encryptionKey,
      bucketName: this.names.bucket('data', account, region),
      replicaBucketName: this.names.bucket('data-replica', account, region),
      logBucketName: this.names.bucket('logs', account, region),
      replica: dataLake.replicate === false ? false : dataLake.existingReplica,
      replicateDeleteMarkers: dataLake.replicateDeleteMarkers,
      archiveDays: dataLake.archiveDays,
      noncurrentDays: dataLake.noncurrentDays,
      logDays: dataLake.accessLogDays,
      removalPolicy: this.#namedRemovalPolicy,
      optOuts,
    });
  }

  #makeRedis(): RedisCache {
    const { names } = this;
    const { redis, optOuts } = this.layer;
    return new RedisCache(this, 'Redis', {
      ...redis,
      replicationGroupId: names.redis,
      description: names.redisDescription,
      username: names.redisUser,
      userId: names.redisUser,
      subnetGroupName: names.redisSubnetGroup,
      subnetIds: this.subnets.map((subnet) => subnet.subnetId),
      securityGroups: required(this.securityGroups).redis,
      encryptionKey: this.encryptionKey,
      secret: required(this.secrets.redisAuth),
      logRetention: this.#logRetention,
      removalPolicy: this.#namedRemovalPolicy,
      optOuts,
    });
  }

  #makeTaskRole(): TaskRoleAccess {
    const { name = this.names.taskRole, existing = false } = this.layer.taskRole;
    return new TaskRoleAccess(this, 'TaskRole', {
      secrets: this.secrets.forTasks,
      encryptionKey: this.encryptionKey,
      role: existing ? Role.fromRoleName(this, 'ExistingTaskRole', name) : undefined,
      roleName: name,
      policyName: this.names.taskPolicy,
    });
  }

  #checkOptOuts(): void {
    const { removal, terminationProtection, optOuts } = this.layer;
    if (removal === 'destroy') requireOptOut(this, optOuts, 'data-removed-with-stack', 'removal: destroy');
    if (!terminationProtection) {
      requireOptOut(this, optOuts, 'stack-termination-protection', 'terminationProtection: false');
    }
  }

  /** Addresses and names, for those who connect; never a value of a secret. */
  #makeOutputs(): void {
    const { aurora, redis, dataLake, taskRole, secrets } = this;
    const outputs: Readonly<Record<string, string | undefined>> = {
      DataKeyArn: this.encryptionKey.keyArn,
      DatabaseEndpoint: aurora?.cluster.clusterEndpoint.hostname,
      DatabaseReaderEndpoint: aurora?.cluster.clusterReadEndpoint.hostname,
      DatabaseResourceId: aurora?.cluster.clusterResourceIdentifier,
      DatabaseSecretArn: secrets.databaseUser?.secretArn,
      BackupSecretArn: secrets.backupUser?.secretArn,
      DatabaseMasterSecretArn: aurora?.masterSecret.secretArn,
      DataBucket: dataLake?.bucket.bucketName,
      RedisEndpoint: redis?.primaryEndpoint,
      RedisSecretArn: secrets.redisAuth?.secretArn,
      TaskRoleName: taskRole?.role.roleName,
    };
    for (const [name, value] of Object.entries(outputs)) if (value !== undefined) new CfnOutput(this, name, { value });
  }
}

function required<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('A part was used before it was made.');
  return part;
}

/** Runbook 5: the cache. The CDK has no construct for it but the bare resources. */
import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Metric, type MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { Connections, Port, type IConnectable, type ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { CfnReplicationGroup, CfnSubnetGroup, CfnUser, CfnUserGroup } from 'aws-cdk-lib/aws-elasticache';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import {
  DEFAULT_ACCESS_STRING,
  DEFAULT_NODE_TYPE,
  DEFAULT_REDIS_ENGINE,
  DEFAULT_REDIS_MAINTENANCE_WINDOW,
  DEFAULT_REDIS_VERSIONS,
  DEFAULT_REPLICAS,
  DEFAULT_SNAPSHOT_DAYS,
  DEFAULT_SNAPSHOT_WINDOW,
} from '../../../config/sections/data-layer-defaults.js';
import { acknowledge } from '../acknowledge.js';
import { generatedName } from '../../shared/place.js';
import { REDIS_PORT } from '../network/security-groups.js';
import { requireOptOut, type OptOutReasons } from '../opt-outs.js';
import { DEFAULT_USERNAME, type RedisSignIn } from '../secrets/data-secrets.js';

export interface RedisCacheProps {
  /** Private ones, in two or more zones. */
  readonly subnetIds: readonly string[];
  readonly securityGroups: readonly ISecurityGroup[];
  readonly encryptionKey: IKey;
  /** `{username, password}` with `users`, `{authToken}` with `auth-token`. */
  readonly secret: ISecret;
  /** @default 'users' */
  readonly signIn?: RedisSignIn;
  /** What the user may do, as a Redis access string. @default everything but administration */
  readonly accessString?: string;
  /**
   * Id of the replication group, and of the group of its users. At most 40 lower-case letters, digits and hyphens.
   *
   * @default the CDK's: the construct's path with a digest
   */
  readonly replicationGroupId?: string;
  /** @default 'Cache' */
  readonly description?: string;
  /** The user that signs in, as in the secret. @default 'app' */
  readonly username?: string;
  /** Its id among the account's users in ElastiCache. @default the replication group's, with `-user` */
  readonly userId?: string;
  /** @default CloudFormation's */
  readonly subnetGroupName?: string;
  /** @default 'valkey' */
  readonly engine?: 'valkey' | 'redis';
  /** Major and minor. @default '8.0' of Valkey, '7.1' of Redis OSS */
  readonly engineVersion?: string;
  /** @default 'cache.t4g.medium' */
  readonly nodeType?: string;
  /** Replicas of the one shard, in other zones. @default 1 */
  readonly replicas?: number;
  /** @default 7 */
  readonly snapshotDays?: number;
  /** UTC. @default '04:00-05:00' */
  readonly snapshotWindow?: string;
  /** UTC. @default 'sun:06:00-sun:07:00' */
  readonly maintenanceWindow?: string;
  /** @default 400 days */
  readonly logRetention?: RetentionDays;
  /**
   * Of the logs. The group itself is always removed with a last snapshot. @default
   * RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
   */
  readonly removalPolicy?: RemovalPolicy;
  /** @default nothing is given up */
  readonly optOuts?: OptOutReasons;
}

/** ElastiCache takes 40 characters, and `-default` comes behind it for a user that Redis OSS requires. */
const LONGEST_ID = 32;

/** A replicated Valkey or Redis OSS cache, encrypted at rest and in transit, that nobody uses without a credential. */
export class RedisCache extends Construct implements IConnectable {
  readonly replicationGroup: CfnReplicationGroup;
  readonly connections: Connections;
  readonly secret: ISecret;
  /** With `users`. */
  readonly user: CfnUser | undefined;
  readonly userGroup: CfnUserGroup | undefined;

  readonly #props: RedisCacheProps;
  readonly #id: string;
  readonly #engine: 'valkey' | 'redis';

  constructor(scope: Construct, id: string, props: RedisCacheProps) {
    super(scope, id);
    this.#props = props;
    this.#id = props.replicationGroupId ?? generatedName(this, LONGEST_ID);
    this.#engine = props.engine ?? DEFAULT_REDIS_ENGINE;
    this.secret = props.secret;
    this.#checkOptOuts();
    if ((props.signIn ?? 'users') === 'users') {
      this.user = this.#makeUser();
      this.userGroup = this.#makeUserGroup(this.user);
    }
    this.replicationGroup = this.#makeReplicationGroup();
    this.connections = new Connections({
      securityGroups: [...props.securityGroups],
      defaultPort: Port.tcp(REDIS_PORT),
    });
  }

  /** Host name of the primary. */
  get primaryEndpoint(): string {
    return this.replicationGroup.attrPrimaryEndPointAddress;
  }

  get port(): string {
    return this.replicationGroup.attrPrimaryEndPointPort;
  }

  /** Lets somebody read the credential that the cache takes. */
  grantCredential(grantee: IGrantable): Grant {
    return this.secret.grantRead(grantee);
  }

  /**
   * A metric of CloudWatch's namespace AWS/ElastiCache.
   *
   * @param node number of the node, from 1: the first is the primary until a failover
   */
  metric(metricName: string, node = 1, options?: MetricOptions): Metric {
    const cacheClusterId = `${this.#id}-${String(node).padStart(3, '0')}`;
    return new Metric({
      namespace: 'AWS/ElastiCache',
      metricName,
      dimensionsMap: { CacheClusterId: cacheClusterId },
      period: Duration.minutes(5),
      ...options,
    }).attachTo(this);
  }

  metricEngineCpuUtilization(node = 1, options?: MetricOptions): Metric {
    return this.metric('EngineCPUUtilization', node, { statistic: 'Average', ...options });
  }

  metricDatabaseMemoryUsage(node = 1, options?: MetricOptions): Metric {
    return this.metric('DatabaseMemoryUsagePercentage', node, { statistic: 'Maximum', ...options });
  }

  #makeUser(): CfnUser {
    return new CfnUser(this, 'User', {
      engine: this.#engine,
      userId: this.#props.userId ?? `${this.#id}-user`,
      userName: this.#props.username ?? DEFAULT_USERNAME,
      accessString: this.#props.accessString ?? DEFAULT_ACCESS_STRING,
      // A reference that CloudFormation resolves: the template holds no value.
      passwords: [this.secret.secretValueFromJson('password').unsafeUnwrap()],
    });
  }

  #makeUserGroup(user: CfnUser): CfnUserGroup {
    const userIds = [user.ref];
    if (this.#engine === 'redis') userIds.push(this.#makeDisabledDefaultUser().ref);
    return new CfnUserGroup(this, 'UserGroup', { engine: this.#engine, userGroupId: this.#id, userIds });
  }

  /**
   * Redis OSS requires a user called `default` in each group, and signs in as it anyone who gives no name. This one may
   * do nothing.
   */
  #makeDisabledDefaultUser(): CfnUser {
    return new CfnUser(this, 'DefaultUser', {
      engine: this.#engine,
      userId: `${this.#id}-default`,
      userName: 'default',
      accessString: 'off ~* -@all',
      passwords: [this.secret.secretValueFromJson('password').unsafeUnwrap()],
    });
  }

  #makeReplicationGroup(): CfnReplicationGroup {
    const [props, engine] = [this.#props, this.#engine];
    const subnets = new CfnSubnetGroup(this, 'Subnets', {
      cacheSubnetGroupName: props.subnetGroupName,
      description: 'Private subnets of the cache',
      subnetIds: [...props.subnetIds],
    });
    const replicas = props.replicas ?? DEFAULT_REPLICAS;
    const group = new CfnReplicationGroup(this, 'ReplicationGroup', {
      replicationGroupId: this.#id,
      replicationGroupDescription: props.description ?? 'Cache',
      engine,
      engineVersion: props.engineVersion ?? DEFAULT_REDIS_VERSIONS[engine],
      cacheNodeType: props.nodeType ?? DEFAULT_NODE_TYPE,
      numNodeGroups: 1,
      replicasPerNodeGroup: replicas,
      cacheSubnetGroupName: subnets.ref,
      securityGroupIds: props.securityGroups.map((each) => each.securityGroupId),
      port: REDIS_PORT,
      multiAzEnabled: replicas > 0,
      automaticFailoverEnabled: replicas > 0,
      autoMinorVersionUpgrade: true,
      atRestEncryptionEnabled: true,
      kmsKeyId: props.encryptionKey.keyArn,
      transitEncryptionEnabled: true,
      snapshotRetentionLimit: props.snapshotDays ?? DEFAULT_SNAPSHOT_DAYS,
      snapshotWindow: props.snapshotWindow ?? DEFAULT_SNAPSHOT_WINDOW,
      preferredMaintenanceWindow: props.maintenanceWindow ?? DEFAULT_REDIS_MAINTENANCE_WINDOW,
      logDeliveryConfigurations: [this.#logDelivery('slow-log'), this.#logDelivery('engine-log')],
      ...this.#credentials(),
    });
    group.applyRemovalPolicy(
      props.removalPolicy === RemovalPolicy.DESTROY ? RemovalPolicy.DESTROY : RemovalPolicy.SNAPSHOT,
    );
    acknowledge(group, 'redis-port', 'Only the groups of the application reach it; another port would hide nothing.');
    acknowledge(group, 'redis-snapshots', 'Seven days, as the runbook asks: a cache is no system of record.');
    if (this.userGroup) acknowledge(group, 'redis-auth', 'Users of a group sign in, which replaces AUTH.');
    return group;
  }

  #credentials(): { userGroupIds?: string[]; authToken?: string } {
    if (this.userGroup) return { userGroupIds: [this.userGroup.ref] };
    return { authToken: this.secret.secretValueFromJson('authToken').unsafeUnwrap() };
  }

  #logDelivery(logType: 'slow-log' | 'engine-log'): CfnReplicationGroup.LogDeliveryConfigurationRequestProperty {
    const logGroup = new LogGroup(this, logType === 'slow-log' ? 'SlowLog' : 'EngineLog', {
      logGroupName: `/aws/elasticache/${this.#id}/${logType}`,
      encryptionKey: this.#props.encryptionKey,
      retention: this.#props.logRetention ?? RetentionDays.THIRTEEN_MONTHS,
      removalPolicy: this.#props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    return {
      logType,
      logFormat: 'json',
      destinationType: 'cloudwatch-logs',
      destinationDetails: { cloudWatchLogsDetails: { logGroup: logGroup.logGroupName } },
    };
  }

  #checkOptOuts(): void {
    const { replicas = DEFAULT_REPLICAS, snapshotDays = DEFAULT_SNAPSHOT_DAYS, optOuts } = this.#props;
    if (replicas === 0) requireOptOut(this, optOuts, 'redis-failover', 'replicas: 0');
    if (snapshotDays < DEFAULT_SNAPSHOT_DAYS) {
      requireOptOut(this, optOuts, 'redis-snapshots', `snapshotDays: ${snapshotDays}`);
    }
  }

  /** ARN of the replication group. */
  get arn(): string {
    return Stack.of(this).formatArn({
      service: 'elasticache',
      resource: 'replicationgroup',
      resourceName: this.#id,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
  }
}

/** Section 6.1 of the runbook, for every secret of a data layer. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import { InterfaceVpcEndpointAwsService, Peer, Port, SecurityGroup, type ISecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { MASTER_ROTATION_DAYS } from '../../../config/sections/data-layer-defaults.js';
import type { DeclaredRoleInput } from '../../../rotation/postgres/declared-role.js';
import type { PostgresSettingsInput } from '../../../rotation/postgres/postgres-settings.js';
import type { DataLayerStack } from '../data-layer-stack.js';
import { POSTGRES_PORT, REDIS_PORT } from '../network/security-groups.js';
import type { FunctionNetwork, HoldfastFunctionProps } from '../../rotation/holdfast-function.js';
import { RotationWatch, type WatchedSecret } from '../../rotation/rotation-watch.js';
import { ROTATION_DAYS, SecretRotation } from '../../rotation/secret-rotation.js';
import type { AlarmTopic } from '../../shared/alarm-topic.js';

export interface DataLayerRotationsProps extends Pick<HoldfastFunctionProps, 'logKey' | 'logRetention' | 'bundles'> {
  readonly layer: DataLayerStack;
  /** Days between two rotations. @default 30 */
  readonly days?: number;
  /** What the application's database user may do. @default nothing: it is granted by migrations */
  readonly databaseRole?: DeclaredRoleInput;
  /** Whether a second user takes turns with the first. @default 'alternating' */
  readonly strategy?: 'alternating' | 'single';
  /** Notified of failed and overdue rotations. @default nobody */
  readonly alarmTopic?: AlarmTopic;
}

/** Where Lambda keeps the certificates of RDS among others; Node.js itself does not trust them. */
const AUTHORITIES = '/var/runtime/ca-cert.pem';

export class DataLayerRotations extends Construct {
  readonly databaseUser: SecretRotation | undefined;
  /** Of the role that dumps, where it signs in with a password. */
  readonly backupUser: SecretRotation | undefined;
  readonly redisAuth: SecretRotation | undefined;
  readonly encryptionKey: SecretRotation;
  readonly watch: RotationWatch;

  readonly #props: DataLayerRotationsProps;

  constructor(scope: Construct, id: string, props: DataLayerRotationsProps) {
    super(scope, id);
    this.#props = props;
    const { layer } = props;
    this.databaseUser = this.#rotateDatabaseUser();
    this.backupUser = this.#rotateBackupUser();
    this.redisAuth = this.#rotateRedis();
    this.encryptionKey = new SecretRotation(this, 'EncryptionKey', {
      ...this.#common('encryption-key'),
      secret: layer.secrets.encryptionKey,
      settings: { kind: 'encryption-key' },
      rotateImmediately: false,
    });
    this.watch = new RotationWatch(this, 'Watch', { ...this.#common('watch'), secrets: this.#watched() });
    const rotations = [this.databaseUser, this.backupUser, this.redisAuth, this.encryptionKey];
    const made = rotations.filter((one) => one !== undefined);
    for (const alarm of [...made.map(({ failed }) => failed), this.watch.overdue]) props.alarmTopic?.notifyOf(alarm);
  }

  #common(name: string) {
    const { layer, days, logKey, logRetention, bundles } = this.#props;
    const functionName = layer.names.rotationFunction(name);
    return { functionName, encryptionKey: layer.encryptionKey, days, logKey, logRetention, bundles };
  }

  #rotateDatabaseUser(): SecretRotation | undefined {
    const { layer, databaseRole: role, strategy } = this.#props;
    return this.#rotatePostgres('DatabaseUser', 'database-user', layer.secrets.databaseUser, {
      users: [layer.names.applicationUser],
      strategy,
      role,
    });
  }

  /**
   * One user is enough: a dump keeps the connection that it has. Its rights are those of `holdfast policy database`.
   */
  #rotateBackupUser(): SecretRotation | undefined {
    return this.#rotatePostgres('BackupUser', 'backup-user', this.#props.layer.secrets.backupUser, {
      users: [this.#props.layer.names.backupUser],
      strategy: 'single',
      role: { memberOf: ['pg_read_all_data'], settings: { default_transaction_read_only: 'on' } },
    });
  }

  #rotatePostgres(
    id: string,
    name: string,
    secret: ISecret | undefined,
    settings: Pick<PostgresSettingsInput, 'users' | 'strategy' | 'role'>,
  ): SecretRotation | undefined {
    const { aurora, securityGroups, network } = this.#props.layer;
    if (!aurora || !secret || !securityGroups) return undefined;
    const rotation = new SecretRotation(this, id, {
      ...this.#common(name),
      secret,
      administratorSecret: aurora.masterSecret,
      settings: {
        kind: 'postgres',
        ...settings,
        administratorSecretArn: aurora.masterSecret.secretArn,
        sslrootcert: AUTHORITIES,
        hosts: [aurora.cluster.clusterEndpoint.hostname],
        port: POSTGRES_PORT,
      },
      network: this.#network(id, securityGroups.database, POSTGRES_PORT),
    });
    // The first rotation signs in.
    rotation.schedule.node.addDependency(aurora, securityGroups, ...(network ? [network] : []));
    return rotation;
  }

  #rotateRedis(): SecretRotation | undefined {
    const { layer } = this.#props;
    const { redis, secrets, securityGroups, network } = layer;
    if (!redis || !secrets.redisAuth || !securityGroups) return undefined;
    const { replicationGroup, user } = redis;
    const arn = (resource: string, resourceName: string) =>
      Stack.of(this).formatArn({
        service: 'elasticache',
        resource,
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });
    const rotation = new SecretRotation(this, 'RedisAuth', {
      ...this.#common('redis-auth'),
      secret: secrets.redisAuth,
      elastiCache: user
        ? { kind: 'user', arns: [arn('user', user.userId)] }
        : {
            kind: 'auth',
            arns: [arn('replicationgroup', replicationGroup.ref)],
            // Their tags are those of the group.
            nodes: [arn('cluster', `${replicationGroup.ref}-*`)],
          },
      settings: {
        kind: 'redis',
        control: user
          ? { kind: 'user', userId: user.userId }
          : { kind: 'auth', replicationGroupId: replicationGroup.ref },
        host: redis.primaryEndpoint,
        port: REDIS_PORT,
        tls: true,
      },
      network: this.#network('RedisAuth', securityGroups.redis, REDIS_PORT),
    });
    network?.addEndpoint('ElastiCache', InterfaceVpcEndpointAwsService.ELASTICACHE);
    rotation.schedule.node.addDependency(redis, securityGroups, ...(network ? [network] : []));
    return rotation;
  }

  /** The targets of an app may be groups of its own making, which are left alone: its owner opens those. */
  #network(name: string, targets: readonly ISecurityGroup[], port: number): FunctionNetwork | undefined {
    const { vpc, subnets, network } = this.#props.layer;
    if (!vpc) return undefined;
    const group = new SecurityGroup(this, `${name}Group`, {
      vpc,
      description: `Rotation function ${name}`,
      allowAllOutbound: false,
    });
    for (const target of targets) {
      target.addIngressRule(group, Port.tcp(port), 'Rotation');
      group.addEgressRule(target, Port.tcp(port), 'What is rotated');
    }
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS APIs');
    network?.admit(group, 'rotation functions');
    return { vpc, vpcSubnets: { subnets: [...subnets] }, securityGroups: [group] };
  }

  /** Those that rotate, the master user's by RDS, and those that people supply. */
  #watched(): WatchedSecret[] {
    const { layer, days = ROTATION_DAYS } = this.#props;
    const { secrets, aurora } = layer;
    const rotating = [secrets.databaseUser, secrets.backupUser, secrets.redisAuth, secrets.encryptionKey];
    const supplied = [secrets.apiKeys, ...Object.values(secrets.supplied)];
    return [
      ...rotating.filter((secret) => secret !== undefined).map((secret) => ({ secret, maxAgeDays: days })),
      ...(aurora ? [{ secret: aurora.masterSecret, maxAgeDays: MASTER_ROTATION_DAYS }] : []),
      ...supplied.map((secret) => ({ secret, maxAgeDays: 90, manual: true })),
    ];
  }
}

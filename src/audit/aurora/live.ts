/** Clusters of the account with their instances, subnets and scaling, and instances of RDS that are in no cluster. */
import {
  type DBCluster,
  type DBInstance,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
} from '@aws-sdk/client-rds';
import { groupBy } from '../live/group-by.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { readScaling, type Scaling } from '../live/scaling.js';
import { tagsOf } from '../live/tags.js';
import { NO_CONTROL_READS, type UnreadPart } from '../model/facts.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import { type AuroraClusterFact, type AuroraInstanceFact, isOfRds } from './facts.js';
import { readInstanceParameters, readParameters, statusOf, statusOfInstances } from './live-parameters.js';
import { readSubnets, type SubnetsOfGroups } from './live-subnets.js';

/** What the account has, each asked for once. */
export interface Databases {
  readonly clusters: Reading<readonly DBCluster[]>;
  readonly instances: Reading<readonly DBInstance[]>;
}

/** None where the audit is about no database. */
export async function readDatabases(aws: AwsReader): Promise<Databases> {
  const { scope, declared } = aws.options;
  const clusters = aws.list({
    action: 'rds:DescribeDBClusters',
    subject: { kind: 'auroraClusters', attributes: OF_THE_CLUSTER },
    page: (Marker) => new DescribeDBClustersCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBClusters }) => DBClusters,
  });
  const none = scope === 'declared' && declared.auroraClusters.length === 0;
  const instances = none
    ? known([])
    : aws.list({
        action: 'rds:DescribeDBInstances',
        subject: { kind: 'auroraClusters', attributes: ['instances', 'parameterStatus'] },
        page: (Marker) => new DescribeDBInstancesCommand({ Marker }),
        send: (command, options) => aws.clients.rds.send(command, options),
        next: ({ Marker }) => Marker,
        items: ({ DBInstances }) => DBInstances,
      });
  return { clusters: await clusters, instances: await instances };
}

const OF_THE_CLUSTER: readonly (keyof AuroraClusterFact)[] = [
  'tags',
  'engine',
  'engineVersion',
  'storageEncrypted',
  'kmsKeyId',
  'deletionProtection',
  'backupRetentionPeriod',
  'preferredBackupWindow',
  'logExports',
  'iamAuthentication',
  'copyTagsToSnapshot',
  'masterUsername',
  'masterUserSecret',
  'databaseInsightsMode',
  'parameterStatus',
];

/** @throws nothing: where clusters could not be listed, nothing is known of any */
export async function readAuroraClusters(
  aws: AwsReader,
  databases?: Databases,
): Promise<Reading<readonly AuroraClusterFact[]>> {
  const { clusters, instances } = databases ?? (await readDatabases(aws));
  if ('unknown' in clusters) return clusters;
  const declared = aws.options.declared.auroraClusters;
  const concerned = clusters.value.filter(
    ({ Engine = '', DBClusterIdentifier = '' }) => isOfRds(Engine) && aws.concerns(DBClusterIdentifier, declared),
  );
  const alone = ('unknown' in instances ? [] : instances.value).filter(
    ({ DBClusterIdentifier, DBInstanceIdentifier = '' }) =>
      DBClusterIdentifier === undefined && aws.concerns(DBInstanceIdentifier, declared),
  );
  if (concerned.length + alone.length === 0) return known([]);
  const [subnets, scaling] = await Promise.all([
    readSubnets(aws),
    readScaling(aws, 'rds', { kind: 'auroraClusters', attributes: ['readerScaling'] }),
  ]);
  const members = mapReading(instances, (all) => groupBy(all, ({ DBClusterIdentifier = '' }) => DBClusterIdentifier));
  const all = { instances: members, subnets, scaling };
  return known([
    ...(await mapBounded(concerned, aws.resourcesAtOnce, (cluster) => readCluster(aws, cluster, all))),
    ...(await mapBounded(alone, aws.resourcesAtOnce, (instance) => readInstanceAlone(aws, instance, subnets))),
  ]);
}

/** What is there and not read: clusters of other services, and instances of no cluster that could not be listed. */
export function databasesUnread(aws: AwsReader, { clusters, instances }: Databases): UnreadPart[] {
  const declared = aws.options.declared.auroraClusters;
  const others = ('unknown' in clusters ? [] : clusters.value).filter(
    ({ Engine = '', DBClusterIdentifier = '' }) => !isOfRds(Engine) && aws.concerns(DBClusterIdentifier, declared),
  );
  return [
    ...('unknown' in instances ? [aws.unlisted('AWS::RDS::DBInstance', instances.unknown)] : []),
    ...others.map(({ Engine = '', DBClusterIdentifier: name = '', DBClusterArn: id = name }) => ({
      id,
      name,
      type: Engine === 'neptune' ? 'AWS::Neptune::DBCluster' : 'AWS::DocDB::DBCluster',
      reason: NO_CONTROL_READS,
    })),
  ];
}

interface OfAllClusters {
  /** By cluster. */
  readonly instances: Reading<ReadonlyMap<string, readonly DBInstance[]>>;
  readonly subnets: Reading<SubnetsOfGroups>;
  readonly scaling: Reading<Scaling>;
}

async function readCluster(
  aws: AwsReader,
  cluster: DBCluster,
  { instances, subnets, scaling }: OfAllClusters,
): Promise<AuroraClusterFact> {
  const { DBClusterArn: arn = '', DBClusterIdentifier: name = '' } = cluster;
  const members = mapReading(instances, (all) => all.get(name) ?? []);
  const isWriter = (id: string) =>
    cluster.DBClusterMembers?.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === id)?.IsClusterWriter;
  const [parameters, instanceFacts] = await Promise.all([
    readParameters(aws, arn, cluster),
    'value' in members
      ? Promise.all(
          members.value.map(async (one) => ({
            ...instanceFact(one),
            isWriter: known(isWriter(one.DBInstanceIdentifier ?? '')),
            parameters: await readInstanceParameters(aws, arn, one),
          })),
        ).then((all) => known(all))
      : members,
  ]);
  return {
    ...commonFact(cluster),
    form: 'cluster',
    id: arn,
    name,
    isReplica: known(cluster.ReplicationSourceIdentifier !== undefined),
    standby: known(false),
    logExports: known(cluster.EnabledCloudwatchLogsExports ?? []),
    parameters,
    parameterStatus: mapReading(members, (all) => ({ ...statusOf(cluster), ...statusOfInstances(all) })),
    instances: instanceFacts,
    subnets: subnetsOf(cluster.DBSubnetGroup, subnets),
    readerScaling: mapReading(scaling, (all) => all.get(`cluster:${name}`)?.['rds:cluster:ReadReplicaCount']),
  };
}

/** Of no cluster, of whichever engine. */
async function readInstanceAlone(
  aws: AwsReader,
  instance: DBInstance,
  subnets: Reading<SubnetsOfGroups>,
): Promise<AuroraClusterFact> {
  const { DBInstanceIdentifier: name = '', DBInstanceArn: arn = name, DBParameterGroups = [] } = instance;
  const group = DBParameterGroups.map(({ ParameterApplyStatus = 'unknown' }) => [name, ParameterApplyStatus] as const);
  return {
    ...commonFact(instance),
    form: 'instance',
    id: arn,
    name,
    isReplica: known(
      instance.ReadReplicaSourceDBInstanceIdentifier !== undefined ||
        instance.ReadReplicaSourceDBClusterIdentifier !== undefined,
    ),
    standby: known(instance.MultiAZ === true),
    logExports: known(instance.EnabledCloudwatchLogsExports ?? []),
    parameters: await readInstanceParameters(aws, arn, instance),
    parameterStatus: known({ ...Object.fromEntries(group), ...statusOfInstances([instance]) }),
    instances: known([{ ...instanceFact(instance), isWriter: known(true), parameters: known({}) }]),
    subnets: subnetsOf(instance.DBSubnetGroup?.DBSubnetGroupName, subnets),
    readerScaling: known(undefined),
  };
}

/** What clusters and instances have by the same names. */
function commonFact(database: DBCluster | DBInstance) {
  const secret = database.MasterUserSecret;
  return {
    tags: known(tagsOf(database.TagList)),
    optOuts: [],
    engine: known(database.Engine ?? ''),
    engineVersion: known(database.EngineVersion),
    storageEncrypted: known(database.StorageEncrypted === true),
    kmsKeyId: known(database.KmsKeyId),
    deletionProtection: known(database.DeletionProtection === true),
    backupRetentionPeriod: known(database.BackupRetentionPeriod ?? 0),
    preferredBackupWindow: known(database.PreferredBackupWindow),
    iamAuthentication: known(database.IAMDatabaseAuthenticationEnabled === true),
    copyTagsToSnapshot: known(database.CopyTagsToSnapshot === true),
    masterUsername: known(database.MasterUsername),
    masterUserSecret: known({
      managed: secret !== undefined,
      ...(secret?.KmsKeyId !== undefined && { kmsKeyId: secret.KmsKeyId }),
    }),
    databaseInsightsMode: known(database.DatabaseInsightsMode),
  };
}

function subnetsOf(group = '', subnets: Reading<SubnetsOfGroups>): AuroraClusterFact['subnets'] {
  if ('unknown' in subnets) return subnets;
  const found = subnets.value.get(group);
  return found ? known(found) : unknown(`The subnet group ${group || '(none)'} was not found.`);
}

function instanceFact(instance: DBInstance): Omit<AuroraInstanceFact, 'isWriter' | 'parameters'> {
  const key = instance.PerformanceInsightsKMSKeyId;
  return {
    name: instance.DBInstanceIdentifier ?? '',
    availabilityZone: known(instance.AvailabilityZone),
    publiclyAccessible: known(instance.PubliclyAccessible === true),
    performanceInsights: known({
      enabled: instance.PerformanceInsightsEnabled === true,
      ...(key !== undefined && { kmsKeyId: key }),
    }),
    autoMinorVersionUpgrade: known(instance.AutoMinorVersionUpgrade === true),
    caCertificateIdentifier: known(instance.CACertificateIdentifier),
  };
}

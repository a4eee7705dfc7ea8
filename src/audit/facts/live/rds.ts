/** Aurora clusters of the account with their instances, parameters, subnets and scaling. */
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  type DBCluster,
  type DBInstance,
} from '@aws-sdk/client-rds';
import { known, mapReading, unknown, type Reading } from '../../reading.js';
import type { AuroraClusterFact, AuroraInstanceFact } from '../model.js';
import { readInstanceParameters, readParameters, statusOf, statusOfInstances } from './aurora-parameters.js';
import { groupBy } from './group-by.js';
import { mapBounded } from './pool.js';
import type { AwsReader } from './reader.js';
import { readScaling, type Scaling } from './scaling.js';
import { readSubnets, type SubnetsOfGroups } from './subnets.js';
import { tagsOf } from './tags.js';

export async function readAuroraClusters(aws: AwsReader): Promise<Reading<readonly AuroraClusterFact[]>> {
  const clusters = await aws.list({
    action: 'rds:DescribeDBClusters',
    subject: { kind: 'auroraClusters', attributes: OF_THE_CLUSTER },
    page: (Marker) => new DescribeDBClustersCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBClusters }) => DBClusters,
  });
  if ('unknown' in clusters) return clusters;
  const concerned = clusters.value.filter(
    ({ Engine = '', DBClusterIdentifier = '' }) =>
      Engine.startsWith('aurora') && aws.concerns(DBClusterIdentifier, aws.options.declared.auroraClusters),
  );
  if (concerned.length === 0) return known([]);
  const [instances, subnets, scaling] = await Promise.all([
    readInstances(aws),
    readSubnets(aws),
    readScaling(aws, 'rds', { kind: 'auroraClusters', attributes: ['readerScaling'] }),
  ]);
  return known(
    await mapBounded(concerned, aws.resourcesAtOnce, (cluster) =>
      readCluster(aws, cluster, { instances, subnets, scaling }),
    ),
  );
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

interface OfAllClusters {
  /** By cluster. */
  readonly instances: Reading<ReadonlyMap<string, readonly DBInstance[]>>;
  readonly subnets: Reading<SubnetsOfGroups>;
  readonly scaling: Reading<Scaling>;
}

async function readInstances(aws: AwsReader): Promise<OfAllClusters['instances']> {
  const instances = await aws.list({
    action: 'rds:DescribeDBInstances',
    subject: { kind: 'auroraClusters', attributes: ['instances', 'parameterStatus'] },
    page: (Marker) => new DescribeDBInstancesCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBInstances }) => DBInstances,
  });
  return mapReading(instances, (all) => groupBy(all, ({ DBClusterIdentifier = '' }) => DBClusterIdentifier));
}

async function readCluster(
  aws: AwsReader,
  cluster: DBCluster,
  { instances, subnets, scaling }: OfAllClusters,
): Promise<AuroraClusterFact> {
  const { DBClusterArn: arn = '', DBClusterIdentifier: name = '', MasterUserSecret: secret } = cluster;
  const members = mapReading(instances, (all) => all.get(name) ?? []);
  const [parameters, instanceFacts] = await Promise.all([
    readParameters(aws, arn, cluster),
    'value' in members
      ? Promise.all(members.value.map((one) => readInstance(aws, one, cluster))).then((all) => known(all))
      : members,
  ]);
  return {
    id: arn,
    name,
    tags: known(tagsOf(cluster.TagList)),
    optOuts: [],
    engine: known(cluster.Engine ?? ''),
    engineVersion: known(cluster.EngineVersion),
    storageEncrypted: known(cluster.StorageEncrypted === true),
    kmsKeyId: known(cluster.KmsKeyId),
    deletionProtection: known(cluster.DeletionProtection === true),
    backupRetentionPeriod: known(cluster.BackupRetentionPeriod ?? 0),
    preferredBackupWindow: known(cluster.PreferredBackupWindow),
    logExports: known(cluster.EnabledCloudwatchLogsExports ?? []),
    iamAuthentication: known(cluster.IAMDatabaseAuthenticationEnabled === true),
    copyTagsToSnapshot: known(cluster.CopyTagsToSnapshot === true),
    masterUsername: known(cluster.MasterUsername),
    masterUserSecret: known({
      managed: secret !== undefined,
      ...(secret?.KmsKeyId !== undefined && { kmsKeyId: secret.KmsKeyId }),
    }),
    databaseInsightsMode: known(cluster.DatabaseInsightsMode),
    parameters,
    parameterStatus: mapReading(members, (all) => ({ ...statusOf(cluster), ...statusOfInstances(all) })),
    instances: instanceFacts,
    subnets: subnetsOf(cluster, subnets),
    readerScaling: mapReading(scaling, (all) => all.get(`cluster:${name}`)?.['rds:cluster:ReadReplicaCount']),
  };
}

function subnetsOf(
  { DBSubnetGroup: group = '' }: DBCluster,
  subnets: Reading<SubnetsOfGroups>,
): AuroraClusterFact['subnets'] {
  if ('unknown' in subnets) return subnets;
  const found = subnets.value.get(group);
  return found ? known(found) : unknown(`The subnet group ${group || '(none)'} was not found.`);
}

async function readInstance(aws: AwsReader, instance: DBInstance, cluster: DBCluster): Promise<AuroraInstanceFact> {
  const name = instance.DBInstanceIdentifier ?? '';
  const member = cluster.DBClusterMembers?.find(({ DBInstanceIdentifier }) => DBInstanceIdentifier === name);
  const key = instance.PerformanceInsightsKMSKeyId;
  return {
    name,
    availabilityZone: known(instance.AvailabilityZone),
    isWriter: known(member?.IsClusterWriter),
    publiclyAccessible: known(instance.PubliclyAccessible === true),
    performanceInsights: known({
      enabled: instance.PerformanceInsightsEnabled === true,
      ...(key !== undefined && { kmsKeyId: key }),
    }),
    autoMinorVersionUpgrade: known(instance.AutoMinorVersionUpgrade === true),
    caCertificateIdentifier: known(instance.CACertificateIdentifier),
    parameters: await readInstanceParameters(aws, cluster.DBClusterArn ?? '', instance),
  };
}

/**
 * Aurora clusters of the account with their instances, subnets and scaling, and snapshots, also of clusters that are
 * gone.
 */
import { DescribeRouteTablesCommand, type RouteTable } from '@aws-sdk/client-ec2';
import {
  type DBCluster,
  type DBClusterSnapshot,
  type DBInstance,
  type DBSubnetGroup,
  DescribeDBClustersCommand,
  DescribeDBClusterSnapshotAttributesCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
} from '@aws-sdk/client-rds';
import { groupBy } from '../live/group-by.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { readScaling, type Scaling } from '../live/scaling.js';
import { tagsOf } from '../live/tags.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import { type AuroraClusterFact, type AuroraInstanceFact, isOfRds, type SnapshotFact } from './facts.js';
import { NO_CONTROL_READS, type SubnetFact, type UnreadPart } from '../model/facts.js';
import { readInstanceParameters, readParameters, statusOf, statusOfInstances } from './live-parameters.js';

/** @param instances asked for once, for the members and for those of no cluster */
export async function readAuroraClusters(
  aws: AwsReader,
  instances = readInstances(aws),
): Promise<Reading<readonly AuroraClusterFact[]>> {
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
      isOfRds(Engine) && aws.concerns(DBClusterIdentifier, aws.options.declared.auroraClusters),
  );
  if (concerned.length === 0) return known([]);
  const [members, subnets, scaling] = await Promise.all([
    instances.then(byCluster),
    readSubnets(aws),
    readScaling(aws, 'rds', { kind: 'auroraClusters', attributes: ['readerScaling'] }),
  ]);
  return known(
    await mapBounded(concerned, aws.resourcesAtOnce, (cluster) =>
      readCluster(aws, cluster, { instances: members, subnets, scaling }),
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

function byCluster(instances: Reading<readonly DBInstance[]>): OfAllClusters['instances'] {
  return mapReading(instances, (all) => groupBy(all, ({ DBClusterIdentifier = '' }) => DBClusterIdentifier));
}

/** All instances; none where the audit is about no database. */
export async function readInstances(aws: AwsReader): Promise<Reading<readonly DBInstance[]>> {
  const { scope, declared } = aws.options;
  if (scope === 'declared' && declared.auroraClusters.length === 0) return known([]);
  return aws.list({
    action: 'rds:DescribeDBInstances',
    subject: { kind: 'auroraClusters', attributes: ['instances', 'parameterStatus'] },
    page: (Marker) => new DescribeDBInstancesCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBInstances }) => DBInstances,
  });
}

const INSTANCE = 'AWS::RDS::DBInstance';

/** Instances of no cluster, of whichever engine: no control reads them. */
export function instancesAlone(aws: AwsReader, instances: Reading<readonly DBInstance[]>): UnreadPart[] {
  if ('unknown' in instances) return [aws.unlisted(INSTANCE, instances.unknown)];
  return instances.value
    .filter(({ DBClusterIdentifier }) => DBClusterIdentifier === undefined)
    .filter(({ DBInstanceIdentifier = '' }) => aws.concerns(DBInstanceIdentifier, aws.options.declared.auroraClusters))
    .map(({ DBInstanceIdentifier: name = '', DBInstanceArn: id = name }) => ({
      id,
      name,
      type: INSTANCE,
      reason: NO_CONTROL_READS,
    }));
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

export async function readAuroraSnapshots(aws: AwsReader): Promise<Reading<readonly SnapshotFact[]>> {
  const snapshots = await aws.list({
    action: 'rds:DescribeDBClusterSnapshots',
    subject: { kind: 'auroraSnapshots', attributes: ['tags', 'encrypted'] },
    // Of no cluster in particular: a snapshot outlives the one that it was taken of.
    page: (Marker) => new DescribeDBClusterSnapshotsCommand({ Marker }),
    send: (command, options) => aws.clients.rds.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ DBClusterSnapshots }) => DBClusterSnapshots,
  });
  if ('unknown' in snapshots) return snapshots;
  const concerned = snapshots.value.filter(
    ({ Engine = 'aurora', DBClusterIdentifier = '' }) =>
      isOfRds(Engine) && aws.concerns(DBClusterIdentifier, aws.options.declared.auroraClusters),
  );
  return known(
    await mapBounded(concerned, aws.resourcesAtOnce, async (snapshot): Promise<SnapshotFact> => {
      const { DBClusterSnapshotIdentifier: name = '', DBClusterSnapshotArn: arn = name } = snapshot;
      return {
        id: arn,
        name,
        tags: known(tagsOf(snapshot.TagList)),
        optOuts: [],
        encrypted: known(snapshot.StorageEncrypted === true),
        sharedWith: await readSharing(aws, arn, snapshot),
      };
    }),
  );
}

async function readSharing(
  aws: AwsReader,
  arn: string,
  { DBClusterSnapshotIdentifier, SnapshotType }: DBClusterSnapshot,
): Promise<Reading<readonly string[]>> {
  // Those that RDS creates automatically cannot be shared.
  if (SnapshotType === 'automated') return known([]);
  return aws.read(
    {
      action: 'rds:DescribeDBClusterSnapshotAttributes',
      subject: { kind: 'auroraSnapshots', resource: arn, attributes: ['sharedWith'] },
      command: new DescribeDBClusterSnapshotAttributesCommand({ DBClusterSnapshotIdentifier }),
      send: (command, options) => aws.clients.rds.send(command, options),
    },
    ({ DBClusterSnapshotAttributesResult: result }) =>
      (result?.DBClusterSnapshotAttributes ?? [])
        .filter(({ AttributeName }) => AttributeName === 'restore')
        .flatMap(({ AttributeValues = [] }) => AttributeValues),
  );
}

/** By the name of their subnet group. */
export type SubnetsOfGroups = ReadonlyMap<string, readonly SubnetFact[]>;

export async function readSubnets(aws: AwsReader): Promise<Reading<SubnetsOfGroups>> {
  const subject = { kind: 'auroraClusters', attributes: ['subnets'] } as const;
  const [groups, tables] = await Promise.all([
    aws.list({
      action: 'rds:DescribeDBSubnetGroups',
      subject,
      page: (Marker) => new DescribeDBSubnetGroupsCommand({ Marker }),
      send: (command, options) => aws.clients.rds.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ DBSubnetGroups }) => DBSubnetGroups,
    }),
    aws.list({
      action: 'ec2:DescribeRouteTables',
      subject,
      page: (NextToken) => new DescribeRouteTablesCommand({ NextToken }),
      send: (command, options) => aws.clients.ec2.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ RouteTables }) => RouteTables,
    }),
  ]);
  return mapReading(
    groups,
    (all) => new Map(all.map((group) => [group.DBSubnetGroupName ?? '', subnetsOfGroup(group, tables)])),
  );
}

function subnetsOfGroup({ Subnets = [], VpcId }: DBSubnetGroup, tables: Reading<readonly RouteTable[]>): SubnetFact[] {
  return Subnets.map(({ SubnetIdentifier: id = '', SubnetAvailabilityZone: zone }) => ({
    id,
    availabilityZone: known(zone?.Name),
    routesToInternetGateway: 'unknown' in tables ? tables : leadsOut(id, VpcId, tables.value),
  }));
}

/** By its own route table, else by the main one of its VPC. */
function leadsOut(subnet: string, vpc: string | undefined, tables: readonly RouteTable[]): Reading<boolean> {
  const own = tables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet));
  const table =
    own ??
    tables.find(({ VpcId, Associations = [] }) => VpcId === vpc && Associations.some(({ Main }) => Main === true));
  if (!table) return unknown(`No route table was found for the subnet ${subnet}: it may be in another account.`);
  return known((table.Routes ?? []).some(({ GatewayId }) => GatewayId?.startsWith('igw-') === true));
}

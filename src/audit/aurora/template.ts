/**
 * Clusters with their instances, parameters, subnets and scaling, and instances of RDS in no cluster, as templates declare
 * them.
 */
import { factOfElsewhere, type ReadingsOf, type SubnetFact } from '../model/facts.js';
import { allOf, known, mapList, mapReading, type Reading, unknown } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import { isOn, isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { scalingOf } from '../template/scaling.js';
import { isInVpcWithoutInternetGateway, subnetFact } from '../template/subnets.js';
import type { AuroraClusterFact, AuroraInstanceFact, AuroraParameter } from './facts.js';

/** Clusters, instances of no cluster, and instances of clusters that are elsewhere. */
export function auroraClustersOf(resources: TemplateResources): AuroraClusterFact[] {
  const instances = resources.ofType('AWS::RDS::DBInstance');
  const isAlone = ({ properties }: ResourceReader) => properties.DBClusterIdentifier === undefined;
  const elsewhere = instances
    .filter((one) => !isAlone(one))
    .filter((one) => resources.meantBy(one, 'AWS::RDS::DBCluster', OF_CLUSTER).certain.size === 0);
  return [
    ...resources.ofType('AWS::RDS::DBCluster').map((cluster) => clusterFact(cluster, resources)),
    ...instances.filter(isAlone).map((instance) => instanceAlone(instance, resources)),
    ...elsewhere.map((instance) => instanceOfElsewhere(instance, resources)),
  ];
}

const OF_CLUSTER = { at: ['DBClusterIdentifier'] };

function instanceOfElsewhere(instance: ResourceReader, resources: TemplateResources): AuroraClusterFact {
  return factOfElsewhere<AuroraClusterFact>(
    instance.common,
    ATTRIBUTES,
    { form: 'cluster', instances: known([instanceFact(instance, instance, resources)]) },
    ['aurora-not-public', 'aurora-minor-upgrades', 'aurora-current-ca', 'aurora-performance-insights'],
  );
}

const ATTRIBUTES: ReadingsOf<AuroraClusterFact> = {
  isReplica: true,
  standby: true,
  engine: true,
  engineVersion: true,
  storageEncrypted: true,
  kmsKeyId: true,
  deletionProtection: true,
  backupRetentionPeriod: true,
  preferredBackupWindow: true,
  logExports: true,
  iamAuthentication: true,
  copyTagsToSnapshot: true,
  masterUsername: true,
  masterUserSecret: true,
  databaseInsightsMode: true,
  parameters: true,
  parameterStatus: true,
  instances: true,
  subnets: true,
  readerScaling: true,
};

function clusterFact(cluster: ResourceReader, resources: TemplateResources): AuroraClusterFact {
  return {
    ...commonFact(cluster, resources),
    form: 'cluster',
    isReplica: cluster.presence('ReplicationSourceIdentifier'),
    standby: known(false),
    storageEncrypted: encryptionOf(cluster, ['SnapshotIdentifier', 'SourceDBClusterIdentifier']),
    copyTagsToSnapshot: cluster.flag('CopyTagsToSnapshot'),
    parameters: parametersOf(cluster, 'DBClusterParameterGroupName', 'AWS::RDS::DBClusterParameterGroup', resources),
    instances: instancesOf(cluster, resources),
    readerScaling: mapReading(
      scalingOf(resources, cluster, { prefix: 'cluster:' }),
      (scaling) => scaling['rds:cluster:ReadReplicaCount'],
    ),
  };
}

/** An instance of RDS, of whichever engine: what is asked of a cluster and of its instances is asked of it. */
function instanceAlone(instance: ResourceReader, resources: TemplateResources): AuroraClusterFact {
  const itself = instanceFact(instance, instance, resources);
  return {
    ...commonFact(instance, resources),
    form: 'instance',
    isReplica: known(REPLICATED.some((property) => instance.presence(property).value)),
    standby: instance.flag('MultiAZ'),
    storageEncrypted: encryptionOf(instance, ['DBSnapshotIdentifier', 'DBClusterSnapshotIdentifier', ...REPLICATED]),
    copyTagsToSnapshot: instance.flag('CopyTagsToSnapshot'),
    parameters: itself.parameters,
    instances: known([{ ...itself, parameters: known({}) }]),
    readerScaling: known(undefined),
  };
}

const REPLICATED = ['SourceDBInstanceIdentifier', 'SourceDBClusterIdentifier'];

/** What is made of something else is as encrypted as that, unless it says so itself. */
function encryptionOf(database: ResourceReader, origins: readonly string[]): Reading<boolean> {
  const origin = origins.find((property) => database.presence(property).value);
  if (origin === undefined || database.presence('StorageEncrypted').value) return database.flag('StorageEncrypted');
  return unknown(`It is made of what ${origin} names, and as encrypted as that.`);
}

/** What clusters and instances have by the same names. */
function commonFact(database: ResourceReader, resources: TemplateResources) {
  return {
    ...database.common,
    engine: mapReading(database.text('Engine'), (engine) => engine ?? ''),
    engineVersion: database.text('EngineVersion'),
    kmsKeyId: database.text('KmsKeyId'),
    deletionProtection: database.flag('DeletionProtection'),
    // The default of RDS.
    backupRetentionPeriod: mapReading(database.number('BackupRetentionPeriod'), (days) => days ?? 1),
    preferredBackupWindow: database.text('PreferredBackupWindow'),
    logExports: database.texts('EnableCloudwatchLogsExports'),
    iamAuthentication: database.flag('EnableIAMDatabaseAuthentication'),
    masterUsername: database.text('MasterUsername'),
    masterUserSecret: mapReading(
      allOf([database.at('ManageMasterUserPassword'), database.at('MasterUserSecret', 'KmsKeyId')]),
      ([managed, key]) => ({
        managed: isOn(managed),
        ...(key !== undefined && { kmsKeyId: toText(key) }),
      }),
    ),
    databaseInsightsMode: database.text('DatabaseInsightsMode'),
    parameterStatus: unknown(ONLY_LIVE),
    subnets: subnetsOf(database, resources),
  };
}

/** RDS makes the instances of a Multi-AZ cluster itself, with the settings of the cluster. */
function instancesOf(cluster: ResourceReader, resources: TemplateResources): AuroraClusterFact['instances'] {
  const { Engine } = cluster.properties;
  if (Engine === 'postgres' || Engine === 'mysql') return known([instanceFact(cluster, cluster, resources)]);
  const instances = resources.naming(cluster, ['AWS::RDS::DBInstance'], OF_CLUSTER);
  return mapList(instances, (instance) => instanceFact(instance, cluster, resources));
}

function instanceFact(
  instance: ResourceReader,
  cluster: ResourceReader,
  resources: TemplateResources,
): AuroraInstanceFact {
  return {
    name: instance.name,
    availabilityZone: instance.text('AvailabilityZone'),
    isWriter: known(undefined),
    publiclyAccessible: publiclyAccessible(instance, cluster, resources),
    performanceInsights: mapReading(
      allOf([instance.at('EnablePerformanceInsights'), instance.at('PerformanceInsightsKMSKeyId')]),
      ([enabled, key]) => ({
        enabled: isOn(enabled),
        ...(key !== undefined && { kmsKeyId: toText(key) }),
      }),
    ),
    autoMinorVersionUpgrade: instance.flagOnByDefault('AutoMinorVersionUpgrade'),
    caCertificateIdentifier: instance.text('CACertificateIdentifier'),
    parameters: parametersOf(instance, 'DBParameterGroupName', 'AWS::RDS::DBParameterGroup', resources),
  };
}

/** RDS decides where the template does not: an instance is public where its VPC has a route to the internet. */
function publiclyAccessible(
  instance: ResourceReader,
  cluster: ResourceReader,
  resources: TemplateResources,
): Reading<boolean> {
  const { value: isSaid } = instance.presence('PubliclyAccessible');
  if (isSaid || hasNoInternetGateway(cluster, resources)) return instance.flag('PubliclyAccessible');
  return unknown(
    'PubliclyAccessible is not set, so it depends on the VPC, which is not in the template or has an internet gateway.',
  );
}

function hasNoInternetGateway(cluster: ResourceReader, resources: TemplateResources): boolean {
  const subnets = subnetsOf(cluster, resources);
  if (!('value' in subnets) || subnets.value.length === 0) return false;
  return subnets.value.every(({ id }) => isInVpcWithoutInternetGateway(id, cluster, resources));
}

function parametersOf(
  source: ResourceReader,
  property: string,
  type: string,
  resources: TemplateResources,
): Reading<Readonly<Record<string, AuroraParameter>>> {
  const name = source.properties[property];
  if (typeof name === 'string' && name.startsWith('default.')) return known({});
  const group = resources.namedBy(source, type, { at: [property] }, 'The parameter group');
  if ('unknown' in group) return group;
  if (group.value === undefined) return known({});
  return mapReading(group.value.at('Parameters'), (parameters) =>
    Object.fromEntries(
      Object.entries(isRecord(parameters) ? parameters : {}).map(([key, value]) => [key, { declared: toText(value) }]),
    ),
  );
}

function subnetsOf(cluster: ResourceReader, resources: TemplateResources): Reading<readonly SubnetFact[]> {
  const group = resources.namedBy(
    cluster,
    'AWS::RDS::DBSubnetGroup',
    { at: ['DBSubnetGroupName'] },
    'The subnet group',
  );
  if ('unknown' in group) return group;
  if (group.value === undefined)
    return unknown('The template names no subnet group, so the default VPC would be used.');
  const { value } = group;
  return mapReading(value.texts('SubnetIds'), (ids) => ids.map((id) => subnetFact(id, value, resources)));
}

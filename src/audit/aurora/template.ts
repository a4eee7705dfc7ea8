/** Aurora clusters with their instances, parameters, subnets and scaling, as templates declare them. */
import { factOfElsewhere, type SubnetFact } from '../model/facts.js';
import { allOf, known, mapList, mapReading, type Reading, unknown } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import { isOn, isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { scalingOf } from '../template/scaling.js';
import { isInVpcWithoutInternetGateway, subnetFact } from '../template/subnets.js';
import type { AuroraClusterFact, AuroraInstanceFact, AuroraParameter } from './facts.js';

/** Clusters, and instances of clusters that are elsewhere. */
export function auroraClustersOf(resources: TemplateResources): AuroraClusterFact[] {
  const elsewhere = resources
    .ofType('AWS::RDS::DBInstance')
    .filter(({ properties }) => properties.DBClusterIdentifier !== undefined)
    .filter((one) => resources.meantBy(one, 'AWS::RDS::DBCluster', OF_CLUSTER).certain.size === 0);
  return [...clustersHere(resources), ...elsewhere.map((instance) => instanceOfElsewhere(instance, resources))];
}

/** Instances of no cluster, of whichever engine. */
export function instancesAlone(resources: TemplateResources): ResourceReader[] {
  return resources
    .ofType('AWS::RDS::DBInstance')
    .filter(({ properties }) => properties.DBClusterIdentifier === undefined);
}

const OF_CLUSTER = { at: ['DBClusterIdentifier'] };

function instanceOfElsewhere(instance: ResourceReader, resources: TemplateResources): AuroraClusterFact {
  return factOfElsewhere<AuroraClusterFact>(
    instance.common,
    ATTRIBUTES,
    { instances: known([instanceFact(instance, instance, resources)]) },
    ['aurora-not-public', 'aurora-minor-upgrades', 'aurora-current-ca', 'aurora-performance-insights'],
  );
}

const ATTRIBUTES = [
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
  'parameters',
  'parameterStatus',
  'instances',
  'subnets',
  'readerScaling',
] as const;

function clustersHere(resources: TemplateResources): AuroraClusterFact[] {
  return resources.ofType('AWS::RDS::DBCluster').map((cluster) => {
    return {
      ...cluster.common,
      engine: mapReading(cluster.text('Engine'), (engine) => engine ?? ''),
      engineVersion: cluster.text('EngineVersion'),
      storageEncrypted: cluster.flag('StorageEncrypted'),
      kmsKeyId: cluster.text('KmsKeyId'),
      deletionProtection: cluster.flag('DeletionProtection'),
      // Aurora's own default.
      backupRetentionPeriod: mapReading(cluster.number('BackupRetentionPeriod'), (days) => days ?? 1),
      preferredBackupWindow: cluster.text('PreferredBackupWindow'),
      logExports: cluster.texts('EnableCloudwatchLogsExports'),
      iamAuthentication: cluster.flag('EnableIAMDatabaseAuthentication'),
      copyTagsToSnapshot: cluster.flag('CopyTagsToSnapshot'),
      masterUsername: cluster.text('MasterUsername'),
      masterUserSecret: mapReading(
        allOf([cluster.at('ManageMasterUserPassword'), cluster.at('MasterUserSecret', 'KmsKeyId')]),
        ([managed, key]) => ({
          managed: isOn(managed),
          ...(key !== undefined && { kmsKeyId: toText(key) }),
        }),
      ),
      databaseInsightsMode: cluster.text('DatabaseInsightsMode'),
      parameters: parametersOf(cluster, 'DBClusterParameterGroupName', 'AWS::RDS::DBClusterParameterGroup', resources),
      parameterStatus: unknown(ONLY_LIVE),
      instances: instancesOf(cluster, resources),
      subnets: subnetsOf(cluster, resources),
      readerScaling: mapReading(
        scalingOf(resources, cluster, { prefix: 'cluster:' }),
        (scaling) => scaling['rds:cluster:ReadReplicaCount'],
      ),
    };
  });
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

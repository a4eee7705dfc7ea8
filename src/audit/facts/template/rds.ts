/** Aurora clusters with their instances, parameters, subnets and scaling, as templates declare them. */
import type { AuroraClusterFact, AuroraInstanceFact, AuroraParameter, SubnetFact } from '../model.js';
import { allOf, known, mapReading, unknown, type Reading } from '../../reading.js';
import { ONLY_LIVE } from './only-live.js';
import { physicalName } from './physical-name.js';
import { isOn, isRecord, type ResourceReader, toText } from './resource-reader.js';
import type { TemplateResources } from './resources.js';
import { scalingOf } from './scaling.js';
import { isInVpcWithoutInternetGateway, subnetFact } from './subnets.js';

export function auroraClustersOf(resources: TemplateResources): AuroraClusterFact[] {
  return resources
    .ofType('AWS::RDS::DBCluster')
    .filter((cluster) => toText(cluster.properties.Engine).startsWith('aurora'))
    .map((cluster) => {
      const name = physicalName(cluster);
      return {
        id: cluster.id,
        name,
        tags: cluster.tags(),
        optOuts: cluster.optOuts,
        accepted: cluster.accepted,
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
        parameters: parametersOf(
          cluster.text('DBClusterParameterGroupName'),
          'AWS::RDS::DBClusterParameterGroup',
          resources,
        ),
        parameterStatus: unknown(ONLY_LIVE),
        instances: known(
          resources
            .where('AWS::RDS::DBInstance', 'DBClusterIdentifier', name)
            .map((instance) => instanceFact(instance, cluster, resources)),
        ),
        subnets: subnetsOf(cluster, resources),
        readerScaling: mapReading(
          scalingOf(resources, `cluster:${name}`),
          (scaling) => scaling['rds:cluster:ReadReplicaCount'],
        ),
      };
    });
}

function instanceFact(
  instance: ResourceReader,
  cluster: ResourceReader,
  resources: TemplateResources,
): AuroraInstanceFact {
  return {
    name: physicalName(instance),
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
    parameters: parametersOf(instance.text('DBParameterGroupName'), 'AWS::RDS::DBParameterGroup', resources),
  };
}

/** RDS decides where the template does not: an instance is public where its VPC has a way to the internet. */
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
  return subnets.value.every(({ id }) => isInVpcWithoutInternetGateway(id, resources));
}

function parametersOf(
  name: Reading<string | undefined>,
  type: string,
  resources: TemplateResources,
): Reading<Readonly<Record<string, AuroraParameter>>> {
  if ('unknown' in name) return name;
  if (name.value === undefined || name.value.startsWith('default.')) return known({});
  const group = resources.ofType(type).find((one) => physicalName(one) === name.value);
  if (!group) return unknown(`The parameter group ${name.value} is not in the template.`);
  return mapReading(group.at('Parameters'), (parameters) =>
    Object.fromEntries(
      Object.entries(isRecord(parameters) ? parameters : {}).map(([key, value]) => [key, { declared: toText(value) }]),
    ),
  );
}

function subnetsOf(cluster: ResourceReader, resources: TemplateResources): Reading<readonly SubnetFact[]> {
  const name = cluster.text('DBSubnetGroupName');
  if ('unknown' in name) return name;
  if (name.value === undefined) return unknown('The template names no subnet group, so the default VPC would be used.');
  const group = resources.ofType('AWS::RDS::DBSubnetGroup').find((one) => physicalName(one) === name.value);
  if (!group) return unknown(`The subnet group ${name.value} is not in the template.`);
  return mapReading(group.texts('SubnetIds'), (ids) => ids.map((id) => subnetFact(id, resources)));
}

/** Aurora clusters with their instances, parameters, subnets and scaling, as templates declare them. */
import type { AuroraClusterFact, AuroraInstanceFact, AuroraParameter, SubnetFact } from '../model.js';
import { allOf, known, mapReading, unknown, type Reading } from '../../reading.js';
import { ONLY_LIVE } from './only-live.js';
import { physicalName } from './physical-name.js';
import { isOn, isRecord, type ResourceReader, toText } from './resource-reader.js';
import type { TemplateResources } from './resources.js';
import { scalingOf } from './scaling.js';
import { subnetFact } from './subnets.js';

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
        parameters: parametersOf(cluster, resources),
        parameterStatus: unknown(ONLY_LIVE),
        instances: known(
          resources
            .where('AWS::RDS::DBInstance', 'DBClusterIdentifier', name)
            .map((instance) => instanceFact(instance)),
        ),
        subnets: subnetsOf(cluster, resources),
        readerScaling: mapReading(
          scalingOf(resources, `cluster:${name}`),
          (scaling) => scaling['rds:cluster:ReadReplicaCount'],
        ),
      };
    });
}

function instanceFact(instance: ResourceReader): AuroraInstanceFact {
  return {
    name: physicalName(instance),
    availabilityZone: instance.text('AvailabilityZone'),
    isWriter: known(undefined),
    publiclyAccessible: instance.flag('PubliclyAccessible'),
    performanceInsights: mapReading(
      allOf([instance.at('EnablePerformanceInsights'), instance.at('PerformanceInsightsKMSKeyId')]),
      ([enabled, key]) => ({
        enabled: isOn(enabled),
        ...(key !== undefined && { kmsKeyId: toText(key) }),
      }),
    ),
    autoMinorVersionUpgrade: instance.flagOnByDefault('AutoMinorVersionUpgrade'),
    caCertificateIdentifier: instance.text('CACertificateIdentifier'),
  };
}

function parametersOf(
  cluster: ResourceReader,
  resources: TemplateResources,
): Reading<Readonly<Record<string, AuroraParameter>>> {
  const name = cluster.text('DBClusterParameterGroupName');
  if ('unknown' in name) return name;
  if (name.value === undefined || name.value.startsWith('default.')) return known({});
  const group = resources.ofType('AWS::RDS::DBClusterParameterGroup').find((one) => physicalName(one) === name.value);
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
  if (name.value === undefined) return unknown('The template names no subnet group: the default VPC would be used.');
  const group = resources.ofType('AWS::RDS::DBSubnetGroup').find((one) => physicalName(one) === name.value);
  if (!group) return unknown(`The subnet group ${name.value} is not in the template.`);
  return mapReading(group.texts('SubnetIds'), (ids) => ids.map((id) => subnetFact(id, resources)));
}

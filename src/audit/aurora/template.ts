/** Aurora clusters with their instances, parameters, subnets and scaling, as templates declare them. */
import { allOf, known, mapReading, type Reading, unknown } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import { physicalName } from '../template/physical-id.js';
import { isOn, isRecord, type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { scalingOf } from '../template/scaling.js';
import type { AuroraClusterFact, AuroraInstanceFact, AuroraParameter, SubnetFact } from './facts.js';

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

/** @param id what `Ref` of the subnet gives, or the id of one that exists already */
export function subnetFact(id: string, resources: TemplateResources): SubnetFact {
  const subnet = resources.ofType('AWS::EC2::Subnet').find((one) => one.logicalId === id);
  if (!subnet) {
    const elsewhere = unknown(`The subnet ${id} is not in the template.`);
    return { id, availabilityZone: elsewhere, routesToInternetGateway: elsewhere };
  }
  return {
    id,
    availabilityZone: subnet.text('AvailabilityZone'),
    routesToInternetGateway: routesToInternetGateway(id, resources),
  };
}

function routesToInternetGateway(subnet: string, resources: TemplateResources): Reading<boolean> {
  const [association] = resources.where('AWS::EC2::SubnetRouteTableAssociation', 'SubnetId', subnet);
  if (!association)
    return unknown(`The subnet ${subnet} uses the main route table of its VPC, which is not in the template.`);
  const table = association.text('RouteTableId');
  if ('unknown' in table) return table;
  return known(
    resources
      .where('AWS::EC2::Route', 'RouteTableId', table.value ?? '')
      .some((route) => route.properties.GatewayId !== undefined),
  );
}

/** Whether the templates have the VPC of a subnet, and attach no internet gateway to it. */
export function isInVpcWithoutInternetGateway(subnet: string, resources: TemplateResources): boolean {
  const [found] = resources.ofType('AWS::EC2::Subnet').filter((one) => one.logicalId === subnet);
  const vpc = found?.text('VpcId');
  if (!vpc || !('value' in vpc) || !resources.ofType('AWS::EC2::VPC').some((one) => one.logicalId === vpc.value))
    return false;
  const attachments = resources.ofType('AWS::EC2::VPCGatewayAttachment');
  return attachments.every((one) => {
    const of = one.text('VpcId');
    const isAnother = 'value' in of && of.value !== vpc.value;
    return isAnother || one.properties.InternetGatewayId === undefined;
  });
}

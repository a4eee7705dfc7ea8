/** Whether a subnet of a template can be reached from the internet, or can reach it. */
import type { SubnetFact } from '../model/facts.js';
import { fromReadings, itemsOf, type Reading, unknown, valueOf } from '../model/reading.js';
import type { ResourceReader } from './resource-reader.js';
import type { TemplateResources } from './resources.js';

/**
 * @param id what `Ref` of the subnet gives, or the id of one that exists already
 * @param source which resource names it
 */
export function subnetFact(id: string, source: ResourceReader, resources: TemplateResources): SubnetFact {
  const subnet = resources.meant(source, SUBNET, id) ?? unknown(`The subnet ${id} is not in the template.`);
  if ('unknown' in subnet) return { id, availabilityZone: subnet, routesToInternetGateway: subnet };
  return {
    id,
    availabilityZone: subnet.value.text('AvailabilityZone'),
    routesToInternetGateway: routesToInternetGateway(subnet.value, resources),
  };
}

const SUBNET = 'AWS::EC2::Subnet';
const TABLE = 'AWS::EC2::RouteTable';

function routesToInternetGateway(subnet: ResourceReader, resources: TemplateResources): Reading<boolean> {
  return fromReadings(() => {
    const association = valueOf(
      resources.oneNaming(subnet, ['AWS::EC2::SubnetRouteTableAssociation'], { at: ['SubnetId'] }),
    );
    if (!association)
      return valueOf<boolean>(
        unknown(`The subnet ${subnet.name} uses the main route table of its VPC, which is not in the template.`),
      );
    for (const route of routesOf(association, resources)) {
      if (valueOf(isToInternet(route, resources))) return true;
    }
    return false;
  });
}

/**
 * The routes of an association's table.
 *
 * @throws UnknownReading at the end, where the table is not in the templates: it may have others
 */
function* routesOf(association: ResourceReader, resources: TemplateResources): Iterable<ResourceReader> {
  const table = resources.namedBy(association, TABLE, { at: ['RouteTableId'] }, 'The route table');
  if ('value' in table && table.value) {
    yield* itemsOf(resources.naming(table.value, ['AWS::EC2::Route'], { at: ['RouteTableId'] }));
    return;
  }
  const { RouteTableId } = association.properties;
  yield* resources
    .ofType('AWS::EC2::Route')
    .filter(({ properties }) => typeof RouteTableId === 'string' && properties.RouteTableId === RouteTableId);
  valueOf(table);
}

/** A gateway of another kind (of a VPN) is no way to the internet. */
function isToInternet(route: ResourceReader, resources: TemplateResources): Reading<boolean> {
  const gateway = route.text('GatewayId');
  if ('value' in gateway && gateway.value === undefined) return { value: false };
  const { certain } = resources.meantBy(route, 'AWS::EC2::InternetGateway', { at: ['GatewayId'] });
  if (certain.size > 0) return { value: true };
  if (resources.meantBy(route, 'AWS::EC2::VPNGateway', { at: ['GatewayId'] }).certain.size > 0) return { value: false };
  if ('unknown' in gateway) return gateway;
  // Of one that exists already, its id says what it is; `local` is the VPC itself.
  return { value: !/^(?:vgw-|local$)/.test(gateway.value ?? '') };
}

/** Whether the templates have the VPC of a subnet, and attach no internet gateway to it. */
export function isInVpcWithoutInternetGateway(
  id: string,
  source: ResourceReader,
  resources: TemplateResources,
): boolean {
  const subnet = resources.meant(source, SUBNET, id);
  if (!subnet || 'unknown' in subnet) return false;
  const vpc = resources.namedBy(subnet.value, 'AWS::EC2::VPC', { at: ['VpcId'] }, 'The VPC');
  if ('unknown' in vpc || vpc.value === undefined) return false;
  const { value } = vpc;
  return resources.ofType('AWS::EC2::VPCGatewayAttachment').every((one) => {
    const { certain, possible } = resources.meantBy(one, 'AWS::EC2::VPC', { at: ['VpcId'] });
    return (!certain.has(value) && !possible.has(value)) || one.properties.InternetGatewayId === undefined;
  });
}

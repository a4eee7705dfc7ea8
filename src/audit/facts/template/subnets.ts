/** Whether a subnet has a way to the internet, by its route table. */
import type { SubnetFact } from '../model.js';
import { known, unknown, type Reading } from '../../reading.js';
import type { TemplateResources } from './resources.js';

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

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

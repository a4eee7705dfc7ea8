/** Networks as templates declare them. */
import { allOf, known, type ListReading, listOf, mapList, mapReading, type Reading } from '../model/reading.js';
import { type ResourceReader, toText } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import type { IngressRule, NetworkFact, NetworkSubnetFact, SecurityGroupFact } from './facts.js';

const GROUP = 'AWS::EC2::SecurityGroup';
const INGRESS = 'AWS::EC2::SecurityGroupIngress';

/** `Fn::GetAtt` of `GroupId`, `Ref`, and the name. */
const ABOUT = [
  { at: ['GroupId'], prefix: '${', suffix: '.GroupId}' },
  { at: ['GroupId'] },
  { at: ['GroupName'] },
] as const;

/** Groups, and rules of groups that are elsewhere. */
export function securityGroupsOf(resources: TemplateResources): SecurityGroupFact[] {
  const elsewhere = resources
    .ofType(INGRESS)
    .filter((rule) => ABOUT.every((about) => resources.meantBy(rule, GROUP, about).certain.size === 0));
  return [
    ...resources.ofType(GROUP).map((group) => ({ ...group.common, ingress: ingressOf(group, resources) })),
    ...elsewhere.map((rule) => ({ ...rule.common, ingress: listOf([ruleOf(rule)]) })),
  ];
}

function ingressOf(group: ResourceReader, resources: TemplateResources): SecurityGroupFact['ingress'] {
  const lists: ListReading<ResourceReader>[] = [
    group.items('SecurityGroupIngress'),
    ...ABOUT.map((about) => resources.naming(group, [INGRESS], about)),
  ];
  const found = new Set(lists.flatMap((list) => ('unknown' in list ? (list.found ?? []) : list.value)));
  const rules = [...found].map(ruleOf);
  const unread = lists.find((list) => 'unknown' in list);
  return listOf(unread && 'unknown' in unread ? [...rules, { unknown: unread.unknown }] : rules);
}

function ruleOf(rule: ResourceReader): Reading<IngressRule> {
  const source = ['CidrIp', 'CidrIpv6', 'SourceSecurityGroupId', 'SourceSecurityGroupName', 'SourcePrefixListId'].find(
    (name) => rule.presence(name).value,
  );
  const values = allOf([
    rule.text('IpProtocol'),
    rule.number('FromPort'),
    rule.number('ToPort'),
    source === undefined ? known('') : rule.text(source),
  ]);
  return mapReading(values, ([protocol, from, to, text]) => ({
    protocol: toText(protocol),
    // Of all protocols, ports are not looked at.
    ...(from !== undefined && { from: Number(from) }),
    ...(to !== undefined && { to: Number(to) }),
    source: toText(text),
  }));
}

export function networksOf(resources: TemplateResources): NetworkFact[] {
  return resources.ofType('AWS::EC2::VPC').map((network) => ({
    ...network.common,
    flowLogs: textsOf(resources.naming(network, ['AWS::EC2::FlowLog'], { at: ['ResourceId'] }), 'TrafficType'),
    endpoints: mapList(
      textsOf(resources.naming(network, ['AWS::EC2::VPCEndpoint'], { at: ['VpcId'] }), 'ServiceName'),
      (service) => service.split('.').at(-1) ?? service,
    ),
  }));
}

/** A property of each of a list. */
function textsOf(list: ListReading<ResourceReader>, property: string): ListReading<string> {
  const found = 'unknown' in list ? (list.found ?? []) : list.value;
  const texts = found.map((one) => mapReading(one.text(property), toText));
  return listOf('unknown' in list ? [...texts, { unknown: list.unknown }] : texts);
}

export function networkSubnetsOf(resources: TemplateResources): NetworkSubnetFact[] {
  return resources
    .ofType('AWS::EC2::Subnet')
    .map((subnet) => ({ ...subnet.common, givesPublicAddresses: subnet.flag('MapPublicIpOnLaunch') }));
}

/** Networks of the account: read as a whole, since no config names them. */
import {
  DescribeFlowLogsCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  type IpPermission,
  type Tag,
} from '@aws-sdk/client-ec2';
import type { AwsReader } from '../live/reader.js';
import { tagsOf } from '../live/tags.js';
import { known, mapReading, type Reading } from '../model/reading.js';
import type { IngressRule, NetworkFact, NetworkSubnetFact, SecurityGroupFact } from './facts.js';

function common(aws: AwsReader, type: string, id: string, tags: readonly Tag[] | undefined) {
  const { partition, region, account } = aws.options;
  const all = tagsOf(tags);
  return {
    id: `arn:${partition}:ec2:${region}:${account}:${type}/${id}`,
    name: all.Name ?? id,
    tags: known(all),
    optOuts: [],
  };
}

export async function readSecurityGroups(aws: AwsReader): Promise<Reading<readonly SecurityGroupFact[]>> {
  if (aws.options.scope === 'declared') return known([]);
  const groups = await aws.list({
    action: 'ec2:DescribeSecurityGroups',
    subject: { kind: 'securityGroups', attributes: ['tags', 'ingress'] },
    page: (NextToken) => new DescribeSecurityGroupsCommand({ NextToken, MaxResults: 1000 }),
    send: (command, options) => aws.clients.ec2.send(command, options),
    next: ({ NextToken }) => NextToken,
    items: ({ SecurityGroups }) => SecurityGroups,
  });
  return mapReading(groups, (all) =>
    all.map(({ GroupId = '', GroupName = GroupId, Tags, IpPermissions = [] }) => ({
      ...common(aws, 'security-group', GroupId, Tags),
      name: GroupName,
      ingress: known(IpPermissions.flatMap(rulesOf)),
    })),
  );
}

/** One for each source. */
function rulesOf(permission: IpPermission): IngressRule[] {
  const { IpProtocol: protocol = '-1', FromPort: from, ToPort: to } = permission;
  const { IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] } = permission;
  const sources = [
    ...IpRanges.map(({ CidrIp = '' }) => CidrIp),
    ...Ipv6Ranges.map(({ CidrIpv6 = '' }) => CidrIpv6),
    ...UserIdGroupPairs.map(({ GroupId = '' }) => GroupId),
    ...PrefixListIds.map(({ PrefixListId = '' }) => PrefixListId),
  ];
  return sources.map((source) => ({
    protocol,
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    source,
  }));
}

export async function readNetworks(aws: AwsReader): Promise<Reading<readonly NetworkFact[]>> {
  if (aws.options.scope === 'declared') return known([]);
  const [networks, logs, endpoints] = await Promise.all([
    aws.list({
      action: 'ec2:DescribeVpcs',
      subject: { kind: 'networks', attributes: ['tags'] },
      page: (NextToken) => new DescribeVpcsCommand({ NextToken }),
      send: (command, options) => aws.clients.ec2.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ Vpcs }) => Vpcs,
    }),
    aws.list({
      action: 'ec2:DescribeFlowLogs',
      subject: { kind: 'networks', attributes: ['flowLogs'] },
      page: (NextToken) => new DescribeFlowLogsCommand({ NextToken }),
      send: (command, options) => aws.clients.ec2.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ FlowLogs }) => FlowLogs,
    }),
    aws.list({
      action: 'ec2:DescribeVpcEndpoints',
      subject: { kind: 'networks', attributes: ['endpoints'] },
      page: (NextToken) => new DescribeVpcEndpointsCommand({ NextToken }),
      send: (command, options) => aws.clients.ec2.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ VpcEndpoints }) => VpcEndpoints,
    }),
  ]);
  return mapReading(networks, (all) =>
    all.map(({ VpcId = '', Tags }) => ({
      ...common(aws, 'vpc', VpcId, Tags),
      flowLogs: mapReading(logs, (found) =>
        found
          .filter(({ ResourceId, FlowLogStatus }) => ResourceId === VpcId && FlowLogStatus === 'ACTIVE')
          .map(({ TrafficType = '' }) => TrafficType),
      ),
      endpoints: mapReading(endpoints, (found) =>
        found
          .filter((one) => one.VpcId === VpcId)
          .map(({ ServiceName = '' }) => ServiceName.split('.').at(-1) ?? ServiceName),
      ),
    })),
  );
}

export async function readNetworkSubnets(aws: AwsReader): Promise<Reading<readonly NetworkSubnetFact[]>> {
  if (aws.options.scope === 'declared') return known([]);
  const subnets = await aws.list({
    action: 'ec2:DescribeSubnets',
    subject: { kind: 'subnets', attributes: ['tags', 'givesPublicAddresses'] },
    page: (NextToken) => new DescribeSubnetsCommand({ NextToken }),
    send: (command, options) => aws.clients.ec2.send(command, options),
    next: ({ NextToken }) => NextToken,
    items: ({ Subnets }) => Subnets,
  });
  return mapReading(subnets, (all) =>
    all.map(({ SubnetId = '', Tags, MapPublicIpOnLaunch }) => ({
      ...common(aws, 'subnet', SubnetId, Tags),
      givesPublicAddresses: known(MapPublicIpOnLaunch === true),
    })),
  );
}

/** The subnets of databases, by their subnet groups, and whether they lead to the internet. */
import { DescribeRouteTablesCommand, type RouteTable } from '@aws-sdk/client-ec2';
import { type DBSubnetGroup, DescribeDBSubnetGroupsCommand } from '@aws-sdk/client-rds';
import type { AwsReader } from '../live/reader.js';
import type { SubnetFact } from '../model/facts.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';

/** By the name of their subnet group. */
export type SubnetsOfGroups = ReadonlyMap<string, readonly SubnetFact[]>;

export async function readSubnets(aws: AwsReader): Promise<Reading<SubnetsOfGroups>> {
  const subject = { kind: 'auroraClusters', attributes: ['subnets'] } as const;
  const [groups, tables] = await Promise.all([
    aws.list({
      action: 'rds:DescribeDBSubnetGroups',
      subject,
      page: (Marker) => new DescribeDBSubnetGroupsCommand({ Marker }),
      send: (command, options) => aws.clients.rds.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ DBSubnetGroups }) => DBSubnetGroups,
    }),
    aws.list({
      action: 'ec2:DescribeRouteTables',
      subject,
      page: (NextToken) => new DescribeRouteTablesCommand({ NextToken }),
      send: (command, options) => aws.clients.ec2.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ RouteTables }) => RouteTables,
    }),
  ]);
  return mapReading(
    groups,
    (all) => new Map(all.map((group) => [group.DBSubnetGroupName ?? '', subnetsOfGroup(group, tables)])),
  );
}

function subnetsOfGroup({ Subnets = [], VpcId }: DBSubnetGroup, tables: Reading<readonly RouteTable[]>): SubnetFact[] {
  return Subnets.map(({ SubnetIdentifier: id = '', SubnetAvailabilityZone: zone }) => ({
    id,
    availabilityZone: known(zone?.Name),
    routesToInternetGateway: 'unknown' in tables ? tables : leadsOut(id, VpcId, tables.value),
  }));
}

/** By its own route table, else by the main one of its VPC. */
function leadsOut(subnet: string, vpc: string | undefined, tables: readonly RouteTable[]): Reading<boolean> {
  const own = tables.find(({ Associations = [] }) => Associations.some(({ SubnetId }) => SubnetId === subnet));
  const table =
    own ??
    tables.find(({ VpcId, Associations = [] }) => VpcId === vpc && Associations.some(({ Main }) => Main === true));
  if (!table) return unknown(`No route table was found for the subnet ${subnet}: it may be in another account.`);
  return known((table.Routes ?? []).some(({ GatewayId }) => GatewayId?.startsWith('igw-') === true));
}

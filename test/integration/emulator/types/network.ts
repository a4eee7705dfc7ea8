/** Networks: VPC, subnets, routes, security groups, endpoints. */
import {
  DescribeFlowLogsCommand,
  DescribeNatGatewaysCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcAttributeCommand,
  DescribeVpcEndpointsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { att, clientOptions, policy, ref, sub, type Resources } from '../stacks.js';
import type { TypeCase } from './case.js';

/** A VPC with two subnets, for what needs some. */
export const SUBNETS = {
  Vpc: { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16', EnableDnsHostnames: true } },
  SubnetA: {
    Type: 'AWS::EC2::Subnet',
    Properties: {
      VpcId: ref('Vpc'),
      CidrBlock: '10.0.0.0/24',
      AvailabilityZone: { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] },
    },
  },
  SubnetB: {
    Type: 'AWS::EC2::Subnet',
    Properties: {
      VpcId: ref('Vpc'),
      CidrBlock: '10.0.1.0/24',
      AvailabilityZone: { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] },
    },
  },
  Group: {
    Type: 'AWS::EC2::SecurityGroup',
    Properties: {
      GroupDescription: 'databases',
      VpcId: ref('Vpc'),
      SecurityGroupEgress: [
        { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 443, ToPort: 443, Description: 'to AWS' },
      ],
    },
  },
} as const satisfies Resources;

const EVERYTHING = policy({ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' });

const network = (ingressPort: number): Resources => ({
  ...SUBNETS,
  Restricted: {
    Type: 'Custom::VpcRestrictDefaultSG',
    Properties: { ServiceToken: 'none', DefaultSecurityGroupId: att('Vpc', 'DefaultSecurityGroup'), Account: '1' },
  },
  Gateway: { Type: 'AWS::EC2::InternetGateway' },
  Attachment: {
    Type: 'AWS::EC2::VPCGatewayAttachment',
    Properties: { VpcId: ref('Vpc'), InternetGatewayId: ref('Gateway') },
  },
  Table: { Type: 'AWS::EC2::RouteTable', Properties: { VpcId: ref('Vpc') } },
  Association: {
    Type: 'AWS::EC2::SubnetRouteTableAssociation',
    Properties: { RouteTableId: ref('Table'), SubnetId: ref('SubnetA') },
  },
  Route: {
    Type: 'AWS::EC2::Route',
    DependsOn: 'Attachment',
    Properties: { RouteTableId: ref('Table'), DestinationCidrBlock: '0.0.0.0/0', GatewayId: ref('Gateway') },
  },
  Address: { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } },
  Nat: {
    Type: 'AWS::EC2::NatGateway',
    Properties: { SubnetId: ref('SubnetA'), AllocationId: att('Address', 'AllocationId') },
  },
  In: {
    Type: 'AWS::EC2::SecurityGroupIngress',
    Properties: {
      GroupId: att('Group', 'GroupId'),
      IpProtocol: 'tcp',
      FromPort: ingressPort,
      ToPort: ingressPort,
      SourceSecurityGroupId: att('Group', 'GroupId'),
    },
  },
  Out: {
    Type: 'AWS::EC2::SecurityGroupEgress',
    Properties: {
      GroupId: att('Group', 'GroupId'),
      IpProtocol: 'tcp',
      FromPort: 5432,
      ToPort: 5432,
      DestinationSecurityGroupId: att('Group', 'GroupId'),
    },
  },
  ToS3: {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcId: ref('Vpc'),
      ServiceName: sub('com.amazonaws.${AWS::Region}.s3'),
      VpcEndpointType: 'Gateway',
      RouteTableIds: [ref('Table')],
      PolicyDocument: EVERYTHING,
    },
  },
  ToSecrets: {
    Type: 'AWS::EC2::VPCEndpoint',
    Properties: {
      VpcId: ref('Vpc'),
      ServiceName: sub('com.amazonaws.${AWS::Region}.secretsmanager'),
      VpcEndpointType: 'Interface',
      SubnetIds: [ref('SubnetA')],
      SecurityGroupIds: [ref('Group')],
      PrivateDnsEnabled: true,
    },
  },
  FlowBucket: { Type: 'AWS::S3::Bucket' },
  Flow: {
    Type: 'AWS::EC2::FlowLog',
    Properties: {
      ResourceId: ref('Vpc'),
      ResourceType: 'VPC',
      TrafficType: 'ALL',
      LogDestinationType: 's3',
      LogDestination: att('FlowBucket', 'Arn'),
    },
  },
});

export const NETWORKS: TypeCase = {
  shows: [
    'AWS::EC2::EIP',
    'AWS::EC2::FlowLog',
    'AWS::EC2::InternetGateway',
    'AWS::EC2::NatGateway',
    'AWS::EC2::Route',
    'AWS::EC2::RouteTable',
    'AWS::EC2::SecurityGroup',
    'AWS::EC2::SecurityGroupEgress',
    'AWS::EC2::SecurityGroupIngress',
    'AWS::EC2::Subnet',
    'AWS::EC2::SubnetRouteTableAssociation',
    'AWS::EC2::VPC',
    'AWS::EC2::VPCEndpoint',
    'AWS::EC2::VPCGatewayAttachment',
    'Custom::VpcRestrictDefaultSG',
  ],
  resources: network(5432),
  outputs: {
    vpc: ref('Vpc'),
    defaultGroup: att('Vpc', 'DefaultSecurityGroup'),
    zone: att('SubnetB', 'AvailabilityZone'),
  },
  async read(emulator, { ids, outputs }) {
    const client = new EC2Client(clientOptions(emulator));
    const GroupIds = [ids.Group!, outputs.defaultGroup!];
    const { SecurityGroups = [] } = await client.send(new DescribeSecurityGroupsCommand({ GroupIds }));
    const [group, defaultGroup] = GroupIds.map((id) => SecurityGroups.find(({ GroupId }) => GroupId === id)!);
    const { RouteTables } = await client.send(new DescribeRouteTablesCommand({ RouteTableIds: [ids.Table!] }));
    const { VpcEndpoints } = await client.send(
      new DescribeVpcEndpointsCommand({ VpcEndpointIds: [ids.ToS3!, ids.ToSecrets!] }),
    );
    const { EnableDnsHostnames } = await client.send(
      new DescribeVpcAttributeCommand({ VpcId: ids.Vpc, Attribute: 'enableDnsHostnames' }),
    );
    const { FlowLogs } = await client.send(new DescribeFlowLogsCommand({ FlowLogIds: [ids.Flow!] }));
    const { NatGateways } = await client.send(new DescribeNatGatewaysCommand({ NatGatewayIds: [ids.Nat!] }));
    return {
      egress: group?.IpPermissionsEgress?.map(({ FromPort }) => FromPort).sort(),
      ingress: group?.IpPermissions?.map(({ FromPort }) => FromPort),
      source: group?.IpPermissions?.[0]?.UserIdGroupPairs?.[0]?.GroupId,
      defaultRules: [...defaultGroup!.IpPermissions!, ...defaultGroup!.IpPermissionsEgress!],
      routes: RouteTables?.[0]?.Routes?.filter(({ GatewayId }) => GatewayId === ids.Gateway).length,
      associated: RouteTables?.[0]?.Associations?.map(({ SubnetId }) => SubnetId),
      endpoints: VpcEndpoints?.map(({ VpcEndpointType }) => VpcEndpointType).sort(),
      hostnames: EnableDnsHostnames?.Value,
      flow: FlowLogs?.[0]?.ResourceId,
      nat: NatGateways?.[0]?.SubnetId,
    };
  },
  expected: ({ ids }) => ({
    egress: [443, 5432],
    ingress: [5432],
    source: ids.Group,
    defaultRules: [],
    routes: 1,
    associated: [ids.SubnetA],
    endpoints: ['Gateway', 'Interface'],
    hostnames: true,
    flow: ids.Vpc,
    nat: ids.SubnetA,
  }),
};

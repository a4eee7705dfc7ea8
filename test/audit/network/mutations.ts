import { breaks, type Mutation } from '../mutation/mutation.js';

const STACK = 'fintech-data-layer';
const OPEN = { CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432 };

export const NETWORK_MUTATIONS: readonly Mutation[] = [
  breaks('the database lets everybody in', ['network-database-ports-closed'], {
    in: `${STACK}/SecurityGroupsDatabase`,
    at: 'Properties/SecurityGroupIngress',
    to: [OPEN],
  }),
  breaks('the cache lets everybody in, by a rule of its own', ['network-database-ports-closed'], {
    in: `${STACK}/Rule`,
    at: '',
    to: {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: { ...OPEN, GroupId: 'sg-0123456789abcdef0', FromPort: 6379, ToPort: 6379 },
    },
  }),
  breaks('refused connections are not logged', ['network-flow-logs'], {
    in: `${STACK}/NetworkVpcFlowLog`,
    at: 'Properties/TrafficType',
    to: 'ACCEPT',
  }),
  breaks('no endpoint for S3', ['network-s3-endpoint'], {
    in: `${STACK}/NetworkVpcS3`,
    at: 'Properties/ServiceName',
    to: 'com.amazonaws.us-east-1.sqs',
  }),
  breaks('a subnet gives public addresses', ['network-no-public-addresses'], {
    in: `${STACK}/NetworkVpcDataSubnet1Subnet`,
    at: 'Properties/MapPublicIpOnLaunch',
    to: true,
  }),
];

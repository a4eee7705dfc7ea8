import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  DeleteSecurityGroupCommand,
  DeleteSubnetCommand,
  DeleteVpcCommand,
  ModifySubnetAttributeCommand,
  type ResourceType,
} from '@aws-sdk/client-ec2';
import type { AuditClients } from '../../../../src/audit/live/clients.js';
import type { LiveCase, Surroundings } from '../live-cases/live-case.js';

const PLAIN = 'plain';

export const NETWORK_CASES: readonly LiveCase[] = [
  {
    control: 'network-database-ports-closed',
    fails: [PLAIN],
    says: 'Port 5432 (PostgreSQL) is open to 0.0.0.0/0.',
    async break({ aws: { ec2 } }) {
      const vpc = await plainNetwork(ec2);
      const group = { GroupName: PLAIN, Description: 'Open', VpcId: vpc.id };
      const { GroupId } = await ec2.send(new CreateSecurityGroupCommand(group));
      const rule = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, CidrIp: '0.0.0.0/0' };
      await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, ...rule }));
      return async () => {
        await ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
        await vpc.remove();
      };
    },
  },
  { control: 'network-flow-logs', fails: [PLAIN], says: 'Its traffic is not logged.', break: withPlainNetwork },
  { control: 'network-s3-endpoint', fails: [PLAIN], says: 'It has no endpoint for S3.', break: withPlainNetwork },
  {
    control: 'network-no-public-addresses',
    fails: [PLAIN],
    says: 'What starts there gets a public address.',
    async break({ aws: { ec2 } }) {
      const vpc = await plainNetwork(ec2);
      const { Subnet } = await ec2.send(
        new CreateSubnetCommand({ VpcId: vpc.id, CidrBlock: '10.99.0.0/24', TagSpecifications: [named('subnet')] }),
      );
      const { SubnetId } = Subnet!;
      await ec2.send(new ModifySubnetAttributeCommand({ SubnetId, MapPublicIpOnLaunch: { Value: true } }));
      return async () => {
        await ec2.send(new DeleteSubnetCommand({ SubnetId }));
        await vpc.remove();
      };
    },
  },
];

function named(ResourceType: ResourceType) {
  return { ResourceType, Tags: [{ Key: 'Name', Value: PLAIN }] };
}

async function plainNetwork(ec2: AuditClients['ec2']) {
  const { Vpc } = await ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.99.0.0/16', TagSpecifications: [named('vpc')] }),
  );
  const { VpcId } = Vpc!;
  return { id: VpcId!, remove: () => ec2.send(new DeleteVpcCommand({ VpcId })) };
}

async function withPlainNetwork({ aws: { ec2 } }: Surroundings) {
  return (await plainNetwork(ec2)).remove;
}

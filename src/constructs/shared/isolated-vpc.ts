/** A VPC that no route leads out of: isolated subnets, no gateway, and a log of its traffic. */
import { Stack } from 'aws-cdk-lib';
import {
  FlowLogDestination,
  FlowLogTrafficType,
  IpAddresses,
  SubnetType,
  Vpc,
  type GatewayVpcEndpointOptions,
} from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { acknowledge, INLINE_POLICIES, reasonsFor } from './acknowledge.js';

export interface IsolatedVpcOptions {
  /** IPv4 range. */
  readonly cidr: string;
  readonly availabilityZones: readonly string[];
  /** Name of its subnets in the tree, and in their tags. */
  readonly subnets: string;
  /** @default the CDK's: the construct's path */
  readonly vpcName?: string;
  /** @default none */
  readonly gatewayEndpoints?: Readonly<Record<string, GatewayVpcEndpointOptions>>;
  /** Where its traffic is logged. */
  readonly logGroup: ILogGroup;
  /** Whose traffic that is: the end of the description of the role that writes the log. */
  readonly logged: string;
}

/** Adds `Vpc` and `FlowLogRole` to a construct. */
export function isolatedVpc(scope: Construct, options: IsolatedVpcOptions): Vpc {
  const vpc = new Vpc(scope, 'Vpc', {
    vpcName: options.vpcName,
    ipAddresses: IpAddresses.cidr(options.cidr),
    availabilityZones: [...options.availabilityZones],
    subnetConfiguration: [{ name: options.subnets, subnetType: SubnetType.PRIVATE_ISOLATED }],
    createInternetGateway: false,
    natGateways: 0,
    // It would take a Lambda function of the CDK's, with rights on all groups of the account.
    restrictDefaultSecurityGroup: false,
    gatewayEndpoints: options.gatewayEndpoints,
  });
  acknowledge(
    vpc,
    reasonsFor(
      ['NIST.800.53.R5-VPCDefaultSecurityGroupClosed', 'PCI.DSS.321-VPCDefaultSecurityGroupClosed'],
      'No interface is in the default group; closing it would take a function with rights on all groups of the account.',
    ),
  );
  // The role that the CDK would create trusts the service on behalf of any account.
  const role = new Role(scope, 'FlowLogRole', {
    description: `Flow logs of ${options.logged}`,
    assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(scope).account } },
    }),
  });
  acknowledge(role, INLINE_POLICIES);
  vpc.addFlowLog('FlowLog', {
    destination: FlowLogDestination.toCloudWatchLogs(options.logGroup, role),
    trafficType: FlowLogTrafficType.ALL,
  });
  return vpc;
}

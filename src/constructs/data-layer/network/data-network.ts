/** The network of a data layer that is given none: isolated subnets and endpoints, and no way to the internet. */
import {
  FlowLogDestination,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  IpAddresses,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type ISecurityGroup,
} from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge } from '../acknowledge.js';

export interface DataNetworkProps {
  /** IPv4 range, /16 to /26. */
  readonly cidr: string;
  /** Two or more. */
  readonly availabilityZones: readonly string[];
  /** Encrypts the flow logs. */
  readonly encryptionKey: IKey;
  /** Name of the flow logs' group. */
  readonly flowLogGroup: string;
  readonly logRetention: RetentionDays;
  /** Services that get an interface endpoint. @default Secrets Manager, KMS and CloudWatch Logs */
  readonly endpoints?: Readonly<Record<string, InterfaceVpcEndpointAwsService>>;
}

const DEFAULT_ENDPOINTS = {
  SecretsManager: InterfaceVpcEndpointAwsService.SECRETS_MANAGER,
  Kms: InterfaceVpcEndpointAwsService.KMS,
  Logs: InterfaceVpcEndpointAwsService.CLOUDWATCH_LOGS,
};

export class DataNetwork extends Construct {
  readonly vpc: Vpc;
  /** The group of the interface endpoints: callers are admitted by their own group. */
  readonly endpointGroup: SecurityGroup;

  constructor(scope: Construct, id: string, props: DataNetworkProps) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr(props.cidr),
      availabilityZones: [...props.availabilityZones],
      subnetConfiguration: [{ name: 'Data', subnetType: SubnetType.PRIVATE_ISOLATED }],
      createInternetGateway: false,
      natGateways: 0,
      // It would take a Lambda function of the CDK's. Nothing of ours is in that group.
      restrictDefaultSecurityGroup: false,
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    acknowledge(this.vpc, 'vpc-default-group', 'No interface is in the default group, and no route leaves the VPC.');
    this.#logTraffic(props);

    this.endpointGroup = new SecurityGroup(this, 'EndpointGroup', {
      vpc: this.vpc,
      description: 'Interface endpoints of the data layer',
      allowAllOutbound: false,
    });
    for (const [name, service] of Object.entries(props.endpoints ?? DEFAULT_ENDPOINTS)) this.addEndpoint(name, service);
  }

  /** Lets a group reach the interface endpoints. */
  admit(group: ISecurityGroup, who: string): void {
    this.endpointGroup.addIngressRule(group, Port.tcp(443), `AWS APIs from ${who}`);
  }

  /** An interface endpoint in addition to those that were created at first. */
  addEndpoint(name: string, service: InterfaceVpcEndpointAwsService): void {
    this.vpc.addInterfaceEndpoint(name, { service, securityGroups: [this.endpointGroup], open: false });
  }

  #logTraffic(props: DataNetworkProps): void {
    const logGroup = new LogGroup(this, 'FlowLogGroup', {
      logGroupName: props.flowLogGroup,
      encryptionKey: props.encryptionKey,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    // The role that the CDK would create trusts the service on behalf of any account.
    const role = new Role(this, 'FlowLogRole', {
      description: 'Flow logs of the data layer',
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    acknowledge(role, 'iam-inline', 'An inline policy cannot be attached to anything else.');
    this.vpc.addFlowLog('FlowLog', {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup, role),
      trafficType: FlowLogTrafficType.ALL,
    });
  }
}

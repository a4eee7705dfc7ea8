/** The network of a data layer that is given none: isolated subnets and endpoints, and no way to the internet. */
import {
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpointAwsService,
  Port,
  SecurityGroup,
  type ISecurityGroup,
  type Vpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { keepNetwork } from '../../shared/kept.js';
import { isolatedVpc } from '../../shared/isolated-vpc.js';

export interface DataNetworkProps {
  /** IPv4 range, /16 to /26. */
  readonly cidr: string;
  /** Two or more. */
  readonly availabilityZones: readonly string[];
  /** Encrypts the flow logs; it has to admit CloudWatch Logs. */
  readonly encryptionKey: IKey;
  /** @default CloudFormation's */
  readonly flowLogGroupName?: string;
  /** @default 400 days */
  readonly logRetention?: RetentionDays;
  /** Services that get an interface endpoint. @default Secrets Manager, KMS and CloudWatch Logs */
  readonly endpoints?: Readonly<Record<string, InterfaceVpcEndpointAwsService>>;
  /** Of the VPC and its subnets: as that of the databases in them. @default RemovalPolicy.DESTROY */
  readonly removalPolicy?: RemovalPolicy;
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
    this.vpc = isolatedVpc(this, {
      cidr: props.cidr,
      availabilityZones: props.availabilityZones,
      subnets: 'Data',
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
      logGroup: new LogGroup(this, 'FlowLogGroup', {
        logGroupName: props.flowLogGroupName,
        encryptionKey: props.encryptionKey,
        retention: props.logRetention ?? RetentionDays.THIRTEEN_MONTHS,
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      }),
      logged: 'the data layer',
    });
    if (props.removalPolicy !== undefined) keepNetwork(this.vpc, props.removalPolicy);
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
}

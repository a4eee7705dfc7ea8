/** Where builds run to reach private databases: subnets, security groups, and endpoints in place of the internet. */
import { Fn, Stack } from 'aws-cdk-lib';
import {
  CfnSecurityGroupIngress,
  CfnVPCEndpoint,
  FlowLogDestination,
  FlowLogTrafficType,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { NetworkConfig } from '../../config/index.js';
import { HoldfastError } from '../../core/errors.js';
import { jobsName, partitionOf } from '../../policies/index.js';
import { acknowledge, INLINE_POLICIES, reasonsFor } from '../shared/acknowledge.js';

export interface JobNetworkProps {
  readonly environment: string;
  readonly region: string;
  readonly network: NetworkConfig;
  /** The vault's bucket, which the endpoint of S3 lets through. */
  readonly bucketName: string;
  /** The bucket of the builds' source. */
  readonly assetBucketName: string;
  /** TCP ports of the databases. */
  readonly databasePorts: readonly number[];
  /** Whether builds run in an image of the registry. */
  readonly usesRegistry: boolean;
  /** Encrypts the log of a VPC of our own. */
  readonly encryptionKey: IKey;
  /** Days. */
  readonly logRetentionDays: number;
}

export class JobNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly #props: JobNetworkProps;

  /** @throws HoldfastError CONFIG_INVALID when the network is incomplete */
  constructor(scope: Construct, id: string, props: JobNetworkProps) {
    super(scope, id);
    this.#props = props;
    const { network } = props;
    refuseIncomplete(network);
    const own = network.createCidr === undefined ? undefined : this.#makeVpc(network.createCidr);
    this.vpc = own ?? this.#importVpc(network);
    this.subnetIds = own ? own.isolatedSubnets.map(({ subnetId }) => subnetId) : network.subnetIds;
    this.securityGroupIds =
      network.securityGroupIds.length > 0 ? network.securityGroupIds : [this.#makeGroup().securityGroupId];
    this.#letIntoDatabases();
    if (network.endpoints || own) {
      this.#makeEndpoints(
        own ? own.isolatedSubnets.map(({ routeTable }) => routeTable.routeTableId) : network.routeTableIds,
      );
    }
  }

  #makeVpc(cidr: string): Vpc {
    const { environment, encryptionKey, logRetentionDays } = this.#props;
    const vpc = new Vpc(this, 'Vpc', {
      vpcName: jobsName(environment),
      ipAddresses: IpAddresses.cidr(cidr),
      // Chosen at deployment: looking them up now would require credentials.
      availabilityZones: [Fn.select(0, Fn.getAzs()), Fn.select(1, Fn.getAzs())],
      natGateways: 0,
      subnetConfiguration: [{ name: 'Backups', subnetType: SubnetType.PRIVATE_ISOLATED }],
    });
    const logGroup = new LogGroup(this, 'FlowLogs', {
      encryptionKey,
      retention: logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    // The role that the CDK would create trusts the service on behalf of any account.
    const role = new Role(this, 'FlowLogRole', {
      description: 'Flow logs of the backup jobs',
      assumedBy: new ServicePrincipal('vpc-flow-logs.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    vpc.addFlowLog('FlowLog', {
      destination: FlowLogDestination.toCloudWatchLogs(logGroup, role),
      trafficType: FlowLogTrafficType.ALL,
    });
    acknowledge(role, INLINE_POLICIES);
    acknowledge(vpc, {
      ...reasonsFor(
        ['NIST.800.53.R5-VPCDefaultSecurityGroupClosed', 'PCI.DSS.321-VPCDefaultSecurityGroupClosed'],
        'Nothing here is in the default group; closing it would take a function with rights on all groups of the account.',
      ),
    });
    return vpc;
  }

  #importVpc({ vpcId = '', subnetIds }: NetworkConfig): IVpc {
    return Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      // The CDK requires one per subnet; nothing here depends on which.
      availabilityZones: subnetIds.map((_, index) => Fn.select(index, Fn.getAzs())),
      privateSubnetIds: [...subnetIds],
    });
  }

  /** Out to HTTPS and to the databases, in from nowhere. */
  #makeGroup(): SecurityGroup {
    const { environment, network, databasePorts } = this.#props;
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      securityGroupName: jobsName(environment),
      description: 'Backup jobs: out to the databases and to HTTPS.',
      allowAllOutbound: false,
    });
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3, Secrets Manager, CloudWatch Logs');
    for (const port of databasePorts) {
      const targets = network.databaseSecurityGroupIds.map((databaseGroup) => Peer.securityGroupId(databaseGroup));
      for (const peer of targets.length > 0 ? targets : [Peer.anyIpv4()]) {
        group.addEgressRule(peer, Port.tcp(port), 'PostgreSQL');
      }
    }
    return group;
  }

  #letIntoDatabases(): void {
    const { network, databasePorts } = this.#props;
    for (const [place, groupId] of network.databaseSecurityGroupIds.entries()) {
      for (const [index, sourceSecurityGroupId] of this.securityGroupIds.entries()) {
        for (const port of databasePorts) {
          new CfnSecurityGroupIngress(this, `Database${place + 1}From${index + 1}Port${port}`, {
            groupId,
            sourceSecurityGroupId,
            ipProtocol: 'tcp',
            fromPort: port,
            toPort: port,
            description: 'Backup jobs of Holdfast',
          });
        }
      }
    }
  }

  #makeEndpoints(routeTableIds: readonly string[]): void {
    const { region, usesRegistry } = this.#props;
    const { vpcId } = this.vpc;
    new CfnVPCEndpoint(this, 'S3', {
      vpcId,
      serviceName: `com.amazonaws.${region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [...routeTableIds],
      policyDocument: { Version: '2012-10-17', Statement: this.#s3Statements() },
    });
    const group = new SecurityGroup(this, 'EndpointGroup', {
      vpc: this.vpc,
      description: 'Endpoints of AWS services, for backup jobs.',
      allowAllOutbound: false,
    });
    for (const [index, sourceSecurityGroupId] of this.securityGroupIds.entries()) {
      new CfnSecurityGroupIngress(this, `EndpointFrom${index + 1}`, {
        groupId: group.securityGroupId,
        sourceSecurityGroupId,
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        description: 'Backup jobs of Holdfast',
      });
    }
    const services = ['secretsmanager', 'logs', ...(usesRegistry ? ['ecr.api', 'ecr.dkr'] : [])];
    for (const service of services) {
      new CfnVPCEndpoint(this, service.replace(/\W/g, ''), {
        vpcId,
        serviceName: `com.amazonaws.${region}.${service}`,
        vpcEndpointType: 'Interface',
        privateDnsEnabled: true,
        subnetIds: [...this.subnetIds],
        securityGroupIds: [group.securityGroupId],
      });
    }
  }

  /** What may pass to S3: new objects of the vault, the builds' source, and the layers of the image. */
  #s3Statements(): object[] {
    const { region, bucketName, assetBucketName, usesRegistry } = this.#props;
    const partition = partitionOf(region);
    const { account } = Stack.of(this);
    const objects = (bucket: string) => `arn:${partition}:s3:::${bucket}/*`;
    const allow = (Sid: string, Action: string[], Resource: string, Condition?: object) => ({
      Sid,
      Effect: 'Allow',
      Principal: '*',
      Action,
      Resource,
      ...(Condition && { Condition }),
    });
    const ours = { StringEquals: { 'aws:PrincipalAccount': account } };
    return [
      allow('Vault', ['s3:PutObject', 's3:AbortMultipartUpload'], objects(bucketName), ours),
      allow('Source', ['s3:GetObject', 's3:GetObjectVersion'], objects(assetBucketName), ours),
      // They are read without an identity of ours.
      ...(usesRegistry
        ? [allow('ImageLayers', ['s3:GetObject'], objects(`prod-${region}-starport-layer-bucket`))]
        : []),
    ];
  }
}

function refuseIncomplete(network: NetworkConfig): void {
  const { vpcId, subnetIds, createCidr, endpoints, routeTableIds } = network;
  const complain = (message: string) => {
    throw new HoldfastError('CONFIG_INVALID', `sourceAccount.network: ${message}`);
  };
  if (createCidr !== undefined && (vpcId !== undefined || subnetIds.length > 0)) {
    complain('createCidr creates a VPC of its own. Remove it, or vpcId and subnetIds.');
  }
  if (createCidr !== undefined) return;
  if (vpcId === undefined || subnetIds.length === 0) complain('vpcId and subnetIds are both needed, or createCidr.');
  if (endpoints && routeTableIds.length === 0) {
    complain('the S3 endpoint needs route tables. Add routeTableIds: those of the subnets.');
  }
}

/** Where builds run to reach private databases: subnets, security groups, and endpoints in place of the internet. */
import { Fn, RemovalPolicy } from 'aws-cdk-lib';
import {
  CfnSecurityGroupIngress,
  CfnVPCEndpoint,
  Peer,
  Port,
  SecurityGroup,
  Vpc,
  type IVpc,
} from 'aws-cdk-lib/aws-ec2';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { HoldfastError } from '../../core/errors.js';
import { isolatedVpc } from '../shared/isolated-vpc.js';
import { placeOf } from '../shared/place.js';

/** Where the databases are: `vpcId` with `subnetIds`, or `createCidr`. */
export interface BackupNetwork {
  /** The VPC of the databases. @default none */
  readonly vpcId?: string;
  /** Its private subnets that builds run in. @default none */
  readonly subnetIds?: readonly string[];
  /** Of the builds. @default one is made that lets them out to HTTPS and to the databases */
  readonly securityGroupIds?: readonly string[];
  /** Of the databases: each gets a rule that admits the builds. @default none is changed */
  readonly databaseSecurityGroupIds?: readonly string[];
  /** Whether to make the endpoints that builds need where no route leads to the internet. @default false */
  readonly endpoints?: boolean;
  /** Of the subnets, for the endpoint of S3: required with `endpoints`. @default none */
  readonly routeTableIds?: readonly string[];
  /** IPv4 range of a VPC to make, with endpoints and no route to the internet. @default none is made */
  readonly createCidr?: string;
  /** Whether no route leaves the subnets, if neither `endpoints` nor `createCidr` says so. @default false */
  readonly isolated?: boolean;
}

export interface JobNetworkProps {
  readonly network: BackupNetwork;
  /** Of a VPC and a security group that are made. @default the CDK's: the construct's path */
  readonly name?: string;
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
  /** Of that log. @default one year */
  readonly logRetentionDays?: RetentionDays;
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
    this.subnetIds = own ? own.isolatedSubnets.map(({ subnetId }) => subnetId) : (network.subnetIds ?? []);
    const { securityGroupIds = [] } = network;
    this.securityGroupIds = securityGroupIds.length > 0 ? securityGroupIds : [this.#makeGroup().securityGroupId];
    this.#letIntoDatabases();
    if (network.endpoints || own) {
      this.#makeEndpoints(
        own ? own.isolatedSubnets.map(({ routeTable }) => routeTable.routeTableId) : (network.routeTableIds ?? []),
      );
    }
  }

  #makeVpc(cidr: string): Vpc {
    const { name, encryptionKey, logRetentionDays } = this.#props;
    return isolatedVpc(this, {
      cidr,
      vpcName: name,
      // Chosen at deployment: looking them up now would require credentials.
      availabilityZones: [Fn.select(0, Fn.getAzs()), Fn.select(1, Fn.getAzs())],
      subnets: 'Backups',
      logGroup: new LogGroup(this, 'FlowLogs', {
        encryptionKey,
        retention: logRetentionDays ?? RetentionDays.ONE_YEAR,
        removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      }),
      logged: 'the backup jobs',
    });
  }

  #importVpc({ vpcId = '', subnetIds = [] }: BackupNetwork): IVpc {
    return Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      // The CDK requires one per subnet; nothing here depends on which.
      availabilityZones: subnetIds.map((_, index) => Fn.select(index, Fn.getAzs())),
      privateSubnetIds: [...subnetIds],
    });
  }

  /** Out to HTTPS and to the databases, in from nowhere. */
  #makeGroup(): SecurityGroup {
    const { name, network, databasePorts } = this.#props;
    const { databaseSecurityGroupIds = [] } = network;
    const group = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      securityGroupName: name,
      description: 'Backup jobs: out to the databases and to HTTPS.',
      allowAllOutbound: false,
    });
    group.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'S3, Secrets Manager, CloudWatch Logs');
    for (const port of databasePorts) {
      const targets = databaseSecurityGroupIds.map((databaseGroup) => Peer.securityGroupId(databaseGroup));
      for (const peer of targets.length > 0 ? targets : [Peer.anyIpv4()]) {
        group.addEgressRule(peer, Port.tcp(port), 'PostgreSQL');
      }
    }
    return group;
  }

  #letIntoDatabases(): void {
    const { network, databasePorts } = this.#props;
    for (const [place, groupId] of (network.databaseSecurityGroupIds ?? []).entries()) {
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
    const { usesRegistry } = this.#props;
    const { region } = placeOf(this);
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
    const { bucketName, assetBucketName, usesRegistry } = this.#props;
    const { account, partition, region } = placeOf(this);
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

function refuseIncomplete(network: BackupNetwork): void {
  const { vpcId, subnetIds = [], createCidr, endpoints = false, routeTableIds = [] } = network;
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

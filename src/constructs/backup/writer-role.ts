/** The role of a job: what it may do in the vault, and what the build itself needs: its source, its network, its image. */
import { Tags } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import type { PolicyDocument as PlainPolicy } from '../../policies/index.js';
import { writerRoleTags } from '../../policies/index.js';
import { acknowledge, INLINE_POLICIES, wildcards } from '../shared/acknowledge.js';
import { placeOf } from '../shared/place.js';
import type { JobNetwork } from './job-network.js';

export interface WriterRoleProps {
  /** The policies of a vault admit roles by their names: `layer2Names` has those. @default CloudFormation's */
  readonly roleName?: string;
  /** For the tag of that name. */
  readonly environment: string;
  /** Whose backups it writes, for the tag that policies of a vault bind it by. @default those of several: no tag */
  readonly database?: string;
  /** What it may do in the vault and with its secret. */
  readonly policy: PlainPolicy;
  /** Names of the projects that take it. */
  readonly projectNames: readonly string[];
  readonly source: Asset;
  /** @default outside of any VPC */
  readonly network?: JobNetwork;
  /** ARN of the repository of an own image. @default CodeBuild's image */
  readonly repositoryArn?: string;
}

/** Above what an app adds or removes in general (100, 200): without its tags, a role may not write. */
const TAG_PRIORITY = { priority: 300 };

export class WriterRole extends Role {
  constructor(scope: Construct, id: string, props: WriterRoleProps) {
    const { account, partition, region } = placeOf(scope);
    const { projectNames, network, repositoryArn } = props;
    const arn = (service: string, resource: string) => `arn:${partition}:${service}:${region}:${account}:${resource}`;
    super(scope, id, {
      roleName: props.roleName,
      description: `Puts new backups into the vault, and reads none. Projects: ${projectNames.length}.`,
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com').withConditions({
        StringEquals: { 'aws:SourceAccount': account },
        ArnEquals: { 'aws:SourceArn': projectNames.map((name) => arn('codebuild', `project/${name}`)) },
      }),
      inlinePolicies: {
        backup: PolicyDocument.fromJson(props.policy),
        build: new PolicyDocument({
          statements: [
            readSource(props.source, partition),
            ...(network ? useNetwork(network, arn, region) : []),
            ...(repositoryArn === undefined ? [] : pullImage(repositoryArn)),
          ],
        }),
      },
    });
    const tags = writerRoleTags(props.environment, props.database);
    for (const [key, value] of Object.entries(tags)) Tags.of(this).add(key, value, TAG_PRIORITY);
    acknowledge(this, {
      ...INLINE_POLICIES,
      ...wildcards(
        wildcardResources(props.policy),
        'Keys of backups and names of log streams are not known in advance.',
      ),
      ...wildcards(
        ['*', arn('ec2', 'network-interface/*')],
        'Looking at networks and logging in to ECR have no resource; CodeBuild makes the interface, and names it.',
      ),
    });
  }
}

function wildcardResources({ Statement }: PlainPolicy): string[] {
  return Statement.flatMap(({ Resource }) => Resource).filter((resource) => resource.includes('*'));
}

function readSource(source: Asset, partition: string): PolicyStatement {
  return new PolicyStatement({
    sid: 'ReadSource',
    actions: ['s3:GetObject', 's3:GetObjectVersion'],
    resources: [`arn:${partition}:s3:::${source.s3BucketName}/${source.s3ObjectKey}`],
  });
}

/** CodeBuild makes a network interface in the subnets, as this role. */
function useNetwork(
  network: JobNetwork,
  arn: (service: string, resource: string) => string,
  region: string,
): PolicyStatement[] {
  const subnets = network.subnetIds.map((subnet) => arn('ec2', `subnet/${subnet}`));
  const groups = network.securityGroupIds.map((group) => arn('ec2', `security-group/${group}`));
  const interfaces = arn('ec2', 'network-interface/*');
  return [
    new PolicyStatement({
      sid: 'SeeNetwork',
      actions: [
        'ec2:DescribeDhcpOptions',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSecurityGroups',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
      ],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:RequestedRegion': region } },
    }),
    new PolicyStatement({
      sid: 'MakeInterface',
      actions: ['ec2:CreateNetworkInterface'],
      resources: [interfaces, ...subnets, ...groups],
    }),
    new PolicyStatement({ sid: 'RemoveInterface', actions: ['ec2:DeleteNetworkInterface'], resources: [interfaces] }),
    new PolicyStatement({
      sid: 'LendInterface',
      actions: ['ec2:CreateNetworkInterfacePermission'],
      resources: [interfaces],
      conditions: {
        StringEquals: { 'ec2:AuthorizedService': 'codebuild.amazonaws.com' },
        ArnEquals: { 'ec2:Subnet': subnets },
      },
    }),
  ];
}

function pullImage(repositoryArn: string): PolicyStatement[] {
  return [
    new PolicyStatement({ sid: 'LogInToRegistry', actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }),
    new PolicyStatement({
      sid: 'PullImage',
      actions: ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      resources: [repositoryArn],
    }),
  ];
}

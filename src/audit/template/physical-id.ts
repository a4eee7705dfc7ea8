/** What `Ref` and `Fn::GetAtt` give for the resources that the audit looks at, before they exist. */
import { OpenValue } from './open-value.js';

export interface Place {
  readonly account: string;
  readonly region: string;
  /** `aws`, `aws-cn`, `aws-us-gov`. */
  readonly partition: string;
}

interface Identity {
  /** The property that names it; where it is absent, the logical id stands for the name that AWS makes up. */
  readonly nameProperty: string;
  readonly arn: (name: string, place: Place) => string;
  /** `Ref` gives the ARN instead of the name. */
  readonly refIsArn?: boolean;
}

const regional =
  (service: string, resource: (name: string) => string) =>
  (name: string, { account, region, partition }: Place) =>
    `arn:${partition}:${service}:${region}:${account}:${resource(name)}`;

const IDENTITIES: Readonly<Record<string, Identity>> = {
  'AWS::S3::Bucket': { nameProperty: 'BucketName', arn: (name, { partition }) => `arn:${partition}:s3:::${name}` },
  'AWS::KMS::Key': { nameProperty: '', arn: regional('kms', (name) => `key/${name}`) },
  'AWS::KMS::Alias': { nameProperty: 'AliasName', arn: regional('kms', (name) => name) },
  'AWS::SecretsManager::Secret': {
    nameProperty: 'Name',
    arn: regional('secretsmanager', (name) => `secret:${name}-??????`),
    refIsArn: true,
  },
  'AWS::RDS::DBCluster': { nameProperty: 'DBClusterIdentifier', arn: regional('rds', (name) => `cluster:${name}`) },
  'AWS::RDS::DBInstance': { nameProperty: 'DBInstanceIdentifier', arn: regional('rds', (name) => `db:${name}`) },
  'AWS::RDS::DBClusterParameterGroup': {
    nameProperty: 'DBClusterParameterGroupName',
    arn: regional('rds', (name) => `cluster-pg:${name}`),
  },
  'AWS::RDS::DBParameterGroup': { nameProperty: 'DBParameterGroupName', arn: regional('rds', (name) => `pg:${name}`) },
  'AWS::RDS::DBSubnetGroup': { nameProperty: 'DBSubnetGroupName', arn: regional('rds', (name) => `subgrp:${name}`) },
  'AWS::DynamoDB::Table': { nameProperty: 'TableName', arn: regional('dynamodb', (name) => `table/${name}`) },
  'AWS::DynamoDB::GlobalTable': { nameProperty: 'TableName', arn: regional('dynamodb', (name) => `table/${name}`) },
  'AWS::ElastiCache::ReplicationGroup': {
    nameProperty: 'ReplicationGroupId',
    arn: regional('elasticache', (name) => `replicationgroup:${name}`),
  },
  'AWS::ElastiCache::CacheCluster': {
    nameProperty: 'ClusterName',
    arn: regional('elasticache', (name) => `cluster:${name}`),
  },
  'AWS::ElastiCache::ServerlessCache': {
    nameProperty: 'ServerlessCacheName',
    arn: regional('elasticache', (name) => `serverlesscache:${name}`),
  },
  'AWS::ElastiCache::SubnetGroup': {
    nameProperty: 'CacheSubnetGroupName',
    arn: regional('elasticache', (name) => `subnetgroup:${name}`),
  },
  'AWS::ElastiCache::UserGroup': {
    nameProperty: 'UserGroupId',
    arn: regional('elasticache', (name) => `usergroup:${name}`),
  },
  'AWS::ElastiCache::User': { nameProperty: 'UserId', arn: regional('elasticache', (name) => `user:${name}`) },
  'AWS::MemoryDB::Cluster': { nameProperty: 'ClusterName', arn: regional('memorydb', (name) => `cluster/${name}`) },
  'AWS::MemoryDB::ACL': { nameProperty: 'ACLName', arn: regional('memorydb', (name) => `acl/${name}`) },
  'AWS::MemoryDB::User': { nameProperty: 'UserName', arn: regional('memorydb', (name) => `user/${name}`) },
  'AWS::IAM::Role': {
    nameProperty: 'RoleName',
    arn: (name, { account, partition }) => `arn:${partition}:iam::${account}:role/${name}`,
  },
  'AWS::IAM::User': {
    nameProperty: 'UserName',
    arn: (name, { account, partition }) => `arn:${partition}:iam::${account}:user/${name}`,
  },
  'AWS::IAM::Group': {
    nameProperty: 'GroupName',
    arn: (name, { account, partition }) => `arn:${partition}:iam::${account}:group/${name}`,
  },
  'AWS::IAM::ManagedPolicy': {
    nameProperty: 'ManagedPolicyName',
    arn: (name, { account, partition }) => `arn:${partition}:iam::${account}:policy/${name}`,
    refIsArn: true,
  },
  'AWS::CodeBuild::Project': { nameProperty: 'Name', arn: regional('codebuild', (name) => `project/${name}`) },
  'AWS::ECR::Repository': { nameProperty: 'RepositoryName', arn: regional('ecr', (name) => `repository/${name}`) },
  'AWS::Scheduler::Schedule': {
    nameProperty: 'Name',
    arn: regional('scheduler', (name) => `schedule/default/${name}`),
  },
  'AWS::Events::Rule': { nameProperty: 'Name', arn: regional('events', (name) => `rule/${name}`) },
  'AWS::Logs::LogGroup': { nameProperty: 'LogGroupName', arn: regional('logs', (name) => `log-group:${name}:*`) },
  'AWS::SNS::Topic': { nameProperty: 'TopicName', arn: regional('sns', (name) => name), refIsArn: true },
  'AWS::SQS::Queue': { nameProperty: 'QueueName', arn: regional('sqs', (name) => name) },
  'AWS::Lambda::Function': { nameProperty: 'FunctionName', arn: regional('lambda', (name) => `function:${name}`) },
};

/** A resource before it exists: what its template says of its name. */
export interface Identified {
  readonly type: string;
  /** Stands for the name that AWS makes up. */
  readonly standIn: string;
  /** Resolved; `undefined` where AWS makes it up. */
  readonly name: unknown;
}

/** The property that names resources of a type; empty where none does. */
export function nameProperty(type: string): string {
  return IDENTITIES[type]?.nameProperty ?? '';
}

/** What `Ref` gives. Types that are not listed give what stands for them. */
export function physicalIdOf(resource: Identified, place: Place): string {
  const identity = IDENTITIES[resource.type];
  const name = physicalName(resource);
  return identity?.refIsArn ? identity.arn(name, place) : name;
}

/** What `Fn::GetAtt` gives; attributes that are only made at deployment stay open, unless they name the resource. */
export function attributeOf(resource: Identified, attribute: string, place: Place): unknown {
  const { type, standIn } = resource;
  const identity = IDENTITIES[type];
  if (/(?:^|\.)Arn$/.test(attribute) && identity && (attribute === 'Arn' || type.endsWith('::SubnetGroup')))
    return identity.arn(physicalName(resource), place);
  // What stands for the resource keeps two references to one attribute equal, and says in a report where it comes from.
  return identity || type.startsWith('AWS::EC2::')
    ? `\${${standIn}.${attribute}}`
    : new OpenValue(`${standIn}.${attribute} is only known at deployment`);
}

/**
 * Its name, or what stands for it: a placeholder where the name is open, so that references to the resource are still
 * references to it, and nothing takes it for a name that is known.
 */
export function physicalName({ name, standIn }: Omit<Identified, 'type'>): string {
  if (name === undefined) return standIn;
  return typeof name === 'string' || typeof name === 'number' ? String(name) : `\${${standIn}}`;
}

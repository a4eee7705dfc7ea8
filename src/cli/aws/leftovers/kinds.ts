/**
 * The kinds of resources that outlive their stacks: how each is found, and by what CloudFormation takes it in again.
 *
 * An identifier is a type's `primaryIdentifier` in CloudFormation's registry, one property each.
 */
import { DescribeLogGroupsCommand, CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeTableCommand, DynamoDBClient, ListTagsOfResourceCommand } from '@aws-sdk/client-dynamodb';
import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DescribeKeyCommand,
  KMSClient,
  ListResourceTagsCommand,
  paginateListAliases,
  type AliasListEntry,
} from '@aws-sdk/client-kms';
import {
  DescribeDBClusterParameterGroupsCommand,
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  DescribeDBSubnetGroupsCommand,
  ListTagsForResourceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { GetBucketPolicyCommand, GetBucketTaggingCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { ClientOptions } from '../sign-in.js';

export interface Found {
  /** What CloudFormation identifies it by: the value of {@link Kind.identifier}. */
  readonly id: string;
  /** For messages and options, where it is not the identifier: the ARN of a key. */
  readonly arn?: string | undefined;
  /** Absent: its type has none, or they are somebody else's business. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Why it cannot be taken over as it is, with what to do. */
  readonly problem?: string | undefined;
}

export interface Kind {
  /** The property that identifies it. */
  readonly identifier: string;
  /** The property of a template that gives it its name. @default it has none */
  readonly named?: string;
  /** The action that finding it takes. */
  readonly action: string;
  /** By its name or its physical id. What is not there is `undefined`; all other failures are thrown as they come. */
  readonly find: (options: ClientOptions, id: string) => Promise<Found | undefined>;
}

export const KINDS: Readonly<Record<string, Kind>> = {
  'AWS::S3::Bucket': {
    identifier: 'BucketName',
    named: 'BucketName',
    action: 's3:ListBucket',
    find: (options, Bucket) =>
      using(s3(options), async (client) => {
        if (!(await isThere(() => client.send(new HeadBucketCommand({ Bucket })), ['NotFound']))) return undefined;
        const tags = await orNothing(() => client.send(new GetBucketTaggingCommand({ Bucket })), ['NoSuchTagSet']);
        return { id: Bucket, tags: mapOf(tags?.TagSet) };
      }),
  },
  'AWS::S3::BucketPolicy': {
    identifier: 'Bucket',
    named: 'Bucket',
    action: 's3:GetBucketPolicy',
    find: (options, Bucket) =>
      using(s3(options), async (client) => {
        const missing = ['NoSuchBucketPolicy', 'NoSuchBucket'];
        return (await isThere(() => client.send(new GetBucketPolicyCommand({ Bucket })), missing))
          ? { id: Bucket }
          : undefined;
      }),
  },
  'AWS::KMS::Alias': {
    identifier: 'AliasName',
    named: 'AliasName',
    action: 'kms:ListAliases',
    find: async (options, name) => ((await findAlias(options, name)) ? { id: name } : undefined),
  },
  'AWS::KMS::Key': {
    identifier: 'KeyId',
    action: 'kms:DescribeKey',
    find: (options, KeyId) =>
      using(new KMSClient(options), async (client) => {
        const found = await orNothing(() => client.send(new DescribeKeyCommand({ KeyId })), ['NotFoundException']);
        const { KeyId: id, Arn: arn = '', KeyState: state, KeyManager } = found?.KeyMetadata ?? {};
        if (id === undefined || KeyManager === 'AWS') return undefined;
        const { Tags = [] } = await client.send(new ListResourceTagsCommand({ KeyId: id }));
        const tags = mapOf(Tags.map(({ TagKey: Key, TagValue: Value }) => ({ Key, Value })));
        return { id, arn, tags, problem: keyProblem(state, arn) };
      }),
  },
  'AWS::Logs::LogGroup': {
    identifier: 'LogGroupName',
    named: 'LogGroupName',
    action: 'logs:DescribeLogGroups',
    find: (options, name) =>
      using(new CloudWatchLogsClient(options), async (client) => {
        // The group itself comes first of those that its name begins: they are in the order of the alphabet.
        const { logGroups = [] } = await client.send(
          new DescribeLogGroupsCommand({ logGroupNamePrefix: name, limit: 1 }),
        );
        return logGroups[0]?.logGroupName === name ? { id: name } : undefined;
      }),
  },
  'AWS::SecretsManager::Secret': {
    identifier: 'Id',
    named: 'Name',
    action: 'secretsmanager:DescribeSecret',
    find: (options, SecretId) =>
      using(new SecretsManagerClient(options), async (client) => {
        const missing = ['ResourceNotFoundException'];
        const found = await orNothing(() => client.send(new DescribeSecretCommand({ SecretId })), missing);
        if (found?.ARN === undefined) return undefined;
        const problem = found.DeletedDate
          ? `it is scheduled for deletion. Bring it back first: aws secretsmanager restore-secret --secret-id ${found.Name}`
          : undefined;
        return { id: found.ARN, tags: mapOf(found.Tags), problem };
      }),
  },
  'AWS::DynamoDB::Table': {
    identifier: 'TableName',
    named: 'TableName',
    action: 'dynamodb:DescribeTable',
    find: (options, TableName) =>
      using(new DynamoDBClient(options), async (client) => {
        const missing = ['ResourceNotFoundException'];
        const found = await orNothing(() => client.send(new DescribeTableCommand({ TableName })), missing);
        if (found?.Table?.TableArn === undefined) return undefined;
        const { Tags } = await client.send(new ListTagsOfResourceCommand({ ResourceArn: found.Table.TableArn }));
        return { id: TableName, tags: mapOf(Tags) };
      }),
  },
  'AWS::RDS::DBCluster': {
    identifier: 'DBClusterIdentifier',
    named: 'DBClusterIdentifier',
    action: 'rds:DescribeDBClusters',
    find: (options, DBClusterIdentifier) =>
      using(new RDSClient(options), async (client) => {
        const command = new DescribeDBClustersCommand({ DBClusterIdentifier });
        const found = await orNothing(() => client.send(command), ['DBClusterNotFoundFault']);
        const cluster = found?.DBClusters?.[0];
        return cluster && { id: DBClusterIdentifier, tags: mapOf(cluster.TagList) };
      }),
  },
  'AWS::RDS::DBInstance': {
    identifier: 'DBInstanceIdentifier',
    named: 'DBInstanceIdentifier',
    action: 'rds:DescribeDBInstances',
    find: (options, DBInstanceIdentifier) =>
      using(new RDSClient(options), async (client) => {
        const command = new DescribeDBInstancesCommand({ DBInstanceIdentifier });
        const found = await orNothing(() => client.send(command), ['DBInstanceNotFoundFault', 'DBInstanceNotFound']);
        const instance = found?.DBInstances?.[0];
        return instance && { id: DBInstanceIdentifier, tags: mapOf(instance.TagList) };
      }),
  },
  'AWS::RDS::DBSubnetGroup': {
    identifier: 'DBSubnetGroupName',
    named: 'DBSubnetGroupName',
    action: 'rds:DescribeDBSubnetGroups',
    find: (options, DBSubnetGroupName) =>
      using(new RDSClient(options), async (client) => {
        const command = new DescribeDBSubnetGroupsCommand({ DBSubnetGroupName });
        const found = await orNothing(() => client.send(command), ['DBSubnetGroupNotFoundFault']);
        const arn = found?.DBSubnetGroups?.[0]?.DBSubnetGroupArn;
        return found && { id: DBSubnetGroupName, tags: await rdsTags(client, arn) };
      }),
  },
  'AWS::RDS::DBClusterParameterGroup': {
    identifier: 'DBClusterParameterGroupName',
    named: 'DBClusterParameterGroupName',
    action: 'rds:DescribeDBClusterParameterGroups',
    find: (options, DBClusterParameterGroupName) =>
      using(new RDSClient(options), async (client) => {
        const command = new DescribeDBClusterParameterGroupsCommand({ DBClusterParameterGroupName });
        const missing = ['DBParameterGroupNotFound', 'DBParameterGroupNotFoundFault'];
        const found = await orNothing(() => client.send(command), missing);
        const arn = found?.DBClusterParameterGroups?.[0]?.DBClusterParameterGroupArn;
        return found && { id: DBClusterParameterGroupName, tags: await rdsTags(client, arn) };
      }),
  },
  'AWS::EC2::VPC': {
    identifier: 'VpcId',
    action: 'ec2:DescribeVpcs',
    find: (options, id) =>
      using(new EC2Client(options), async (client) => {
        const command = new DescribeVpcsCommand({ VpcIds: [id] });
        return (await isThere(() => client.send(command), ['InvalidVpcID.NotFound'])) ? { id } : undefined;
      }),
  },
  'AWS::EC2::Subnet': {
    identifier: 'SubnetId',
    action: 'ec2:DescribeSubnets',
    find: (options, id) =>
      using(new EC2Client(options), async (client) => {
        const command = new DescribeSubnetsCommand({ SubnetIds: [id] });
        return (await isThere(() => client.send(command), ['InvalidSubnetID.NotFound'])) ? { id } : undefined;
      }),
  },
  'AWS::EC2::SecurityGroup': {
    identifier: 'Id',
    action: 'ec2:DescribeSecurityGroups',
    find: (options, id) =>
      using(new EC2Client(options), async (client) => {
        const command = new DescribeSecurityGroupsCommand({ GroupIds: [id] });
        return (await isThere(() => client.send(command), ['InvalidGroup.NotFound'])) ? { id } : undefined;
      }),
  },
  'AWS::IAM::Role': {
    identifier: 'RoleName',
    named: 'RoleName',
    action: 'iam:GetRole',
    find: (options, RoleName) =>
      using(new IAMClient(options), async (client) => {
        const missing = ['NoSuchEntity', 'NoSuchEntityException'];
        const found = await orNothing(() => client.send(new GetRoleCommand({ RoleName })), missing);
        return found && { id: RoleName, tags: mapOf(found.Role?.Tags) };
      }),
  },
};

/** @returns the alias, if there is one of that name */
export function findAlias(options: ClientOptions, name: string): Promise<AliasListEntry | undefined> {
  return using(new KMSClient(options), async (client) => {
    for await (const { Aliases = [] } of paginateListAliases({ client }, {})) {
      const found = Aliases.find(({ AliasName }) => AliasName === name);
      if (found) return found;
    }
    return undefined;
  });
}

function keyProblem(state: string | undefined, arn: string): string | undefined {
  if (state === 'PendingDeletion') {
    return `it is scheduled for deletion, and everything under it would be lost. Keep it first: aws kms cancel-key-deletion --key-id ${arn}, then aws kms enable-key --key-id ${arn}`;
  }
  return state === 'Disabled' ? `it is disabled. Enable it first: aws kms enable-key --key-id ${arn}` : undefined;
}

async function rdsTags(client: RDSClient, ResourceName: string | undefined) {
  const { TagList } = await client.send(new ListTagsForResourceCommand({ ResourceName }));
  return mapOf(TagList);
}

function mapOf(
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
}

function s3(options: ClientOptions): S3Client {
  return new S3Client({ ...options, forcePathStyle: options.endpoint !== undefined });
}

async function using<C extends { destroy(): void }, T>(client: C, work: (client: C) => Promise<T>): Promise<T> {
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}

async function isThere(ask: () => Promise<unknown>, missing: readonly string[]): Promise<boolean> {
  return (await orNothing(async () => ({ answer: await ask() }), missing)) !== undefined;
}

/** @param missing the names of the errors that say that it is not there */
async function orNothing<T>(ask: () => Promise<T>, missing: readonly string[]): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && missing.includes(error.name)) return undefined;
    throw error;
  }
}

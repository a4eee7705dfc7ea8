/** Redis and Valkey. */
import {
  DescribeCacheClustersCommand,
  DescribeCacheParametersCommand,
  DescribeCacheSubnetGroupsCommand,
  DescribeReplicationGroupsCommand,
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  ElastiCacheClient,
} from '@aws-sdk/client-elasticache';
import { att, clientOptions, ref, type Resources } from '../stacks.js';
import { KEY, type TypeCase } from './case.js';
import { SUBNETS } from './network.js';

const user = (id: string, name: string, access: string) => ({
  Type: 'AWS::ElastiCache::User',
  Properties: {
    UserId: id,
    UserName: name,
    Engine: 'redis',
    AccessString: access,
    Passwords: [`${id}-password-of-a-user`],
  },
});

const cache = (retention: number, access: string): Resources => ({
  ...KEY,
  ...SUBNETS,
  Subnets: {
    Type: 'AWS::ElastiCache::SubnetGroup',
    Properties: {
      CacheSubnetGroupName: 'fintech-redis-subnet',
      Description: 'caches',
      SubnetIds: [ref('SubnetA'), ref('SubnetB')],
    },
  },
  Parameters: {
    Type: 'AWS::ElastiCache::ParameterGroup',
    Properties: {
      CacheParameterGroupFamily: 'valkey8',
      Description: 'caches',
      Properties: { 'maxmemory-policy': 'noeviction' },
    },
  },
  Default: user('off', 'default', 'off ~* -@all'),
  App: user('app', 'app', access),
  Users: {
    Type: 'AWS::ElastiCache::UserGroup',
    Properties: { UserGroupId: 'fintech', Engine: 'redis', UserIds: [ref('Default'), ref('App')] },
  },
  Cache: {
    Type: 'AWS::ElastiCache::ReplicationGroup',
    Properties: {
      ReplicationGroupId: 'fintech-redis',
      ReplicationGroupDescription: 'FinTech Prod Redis',
      Engine: 'valkey',
      EngineVersion: '8.0',
      CacheNodeType: 'cache.t4g.medium',
      CacheParameterGroupName: ref('Parameters'),
      CacheSubnetGroupName: ref('Subnets'),
      SecurityGroupIds: [att('Group', 'GroupId')],
      NumNodeGroups: 1,
      ReplicasPerNodeGroup: 1,
      MultiAZEnabled: true,
      AutomaticFailoverEnabled: true,
      AtRestEncryptionEnabled: true,
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: 'required',
      KmsKeyId: att('Key', 'Arn'),
      UserGroupIds: [ref('Users')],
      SnapshotRetentionLimit: retention,
      SnapshotWindow: '04:00-05:00',
    },
  },
});

export const CACHES: TypeCase = {
  shows: [
    'AWS::ElastiCache::ParameterGroup',
    'AWS::ElastiCache::ReplicationGroup',
    'AWS::ElastiCache::SubnetGroup',
    'AWS::ElastiCache::User',
    'AWS::ElastiCache::UserGroup',
  ],
  resources: cache(7, 'on ~* +@all'),
  outputs: { key: att('Key', 'Arn'), primary: att('Cache', 'PrimaryEndPoint.Address') },
  async read(emulator, { ids }) {
    const client = new ElastiCacheClient(clientOptions(emulator));
    const { ReplicationGroups } = await client.send(
      new DescribeReplicationGroupsCommand({ ReplicationGroupId: ids.Cache }),
    );
    const [CacheClusterId] = ReplicationGroups![0]!.MemberClusters!;
    const { CacheClusters } = await client.send(new DescribeCacheClustersCommand({ CacheClusterId }));
    const { CacheSubnetGroups } = await client.send(
      new DescribeCacheSubnetGroupsCommand({ CacheSubnetGroupName: ids.Subnets }),
    );
    const { Parameters } = await client.send(
      new DescribeCacheParametersCommand({ CacheParameterGroupName: ids.Parameters, Source: 'user' }),
    );
    const { Users } = await client.send(new DescribeUsersCommand({ UserId: 'app' }));
    const { UserGroups } = await client.send(new DescribeUserGroupsCommand({ UserGroupId: ids.Users }));
    return {
      group: ReplicationGroups?.[0],
      members: ReplicationGroups?.[0]?.MemberClusters?.length,
      cluster: CacheClusters?.[0],
      subnets: CacheSubnetGroups?.[0]?.Subnets?.length,
      parameters: Parameters?.map(({ ParameterName, ParameterValue }) => [ParameterName, ParameterValue]),
      access: Users?.[0]?.AccessString,
      users: UserGroups?.[0],
    };
  },
  expected: ({ ids, outputs }) => ({
    group: {
      Engine: 'valkey',
      KmsKeyId: outputs.key,
      NodeGroups: [{ PrimaryEndpoint: { Address: outputs.primary } }],
      MultiAZ: 'enabled',
      AutomaticFailover: 'enabled',
      AtRestEncryptionEnabled: true,
      TransitEncryptionEnabled: true,
      SnapshotRetentionLimit: 7,
      UserGroupIds: ['fintech'],
    },
    members: 2,
    cluster: {
      EngineVersion: '8.0',
      CacheSubnetGroupName: ids.Subnets,
      CacheParameterGroup: { CacheParameterGroupName: ids.Parameters },
      SecurityGroups: [{ SecurityGroupId: ids.Group }],
    },
    subnets: 2,
    parameters: [['maxmemory-policy', 'noeviction']],
    access: 'on ~* +@all',
    users: { UserIds: ['off', 'app'], ReplicationGroups: ['fintech-redis'] },
  }),
  changed: {
    resources: cache(35, 'on ~app:* +@all'),
    expected: () => ({ group: { SnapshotRetentionLimit: 35 }, access: 'on ~app:* +@all' }),
  },
};

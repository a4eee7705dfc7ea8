import { breaks, type Mutation } from '../mutation/mutation.js';

const GROUP = 'fintech-data-layer/RedisReplicationGroup';

const group = (setting: string, control: string, property: string, to?: unknown) =>
  breaks(setting, [control], { in: GROUP, at: `Properties/${property}`, to });

export const REDIS_MUTATIONS: readonly Mutation[] = [
  group('not encrypted at rest', 'redis-at-rest-cmk', 'AtRestEncryptionEnabled', false),
  group("AWS's key at rest", 'redis-at-rest-cmk', 'KmsKeyId'),
  group('no TLS', 'redis-in-transit', 'TransitEncryptionEnabled', false),
  group('TLS for those who like', 'redis-in-transit', 'TransitEncryptionMode', 'preferred'),
  breaks('a user without a password', ['redis-auth'], {
    in: 'fintech-data-layer/RedisUser',
    at: 'Properties/NoPasswordRequired',
    to: true,
  }),
  group('nobody is asked who they are', 'redis-auth', 'UserGroupIds'),
  group('no failover', 'redis-failover', 'AutomaticFailoverEnabled', false),
  group('one zone', 'redis-failover', 'MultiAZEnabled', false),
  group('snapshots of a day', 'redis-snapshots', 'SnapshotRetentionLimit', 1),
  group('no snapshot window', 'redis-snapshots', 'SnapshotWindow'),
  group('no minor upgrades', 'redis-minor-upgrades', 'AutoMinorVersionUpgrade', false),
  group('no subnet group', 'redis-subnet-group', 'CacheSubnetGroupName'),
  breaks('the cache is missing', ['kms-via-service', 'redis-at-rest-cmk', 'redis-auth'], { in: GROUP, at: '' }),
];

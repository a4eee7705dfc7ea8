/** Replication groups of the account, with what only their members say. */
import {
  type CacheCluster,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  DescribeUserGroupsCommand,
  DescribeUsersCommand,
  ListTagsForResourceCommand,
  type ReplicationGroup,
  type User,
} from '@aws-sdk/client-elasticache';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { messageOf } from '../../core/errors.js';
import { groupBy } from '../live/group-by.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { READS_REDIS_SECRET } from '../live/redis-secret.js';
import { tagsOf } from '../live/tags.js';
import { NO_CONTROL_READS, type UnreadPart } from '../model/facts.js';
import { fromReadings, known, mapReading, type Reading, unknown, UnknownReading, valueOf } from '../model/reading.js';
import { BUILT_IN_USER, type CacheUserFact, isEnabled, type ReplicationGroupFact } from './facts.js';
import { probeRedis } from './probe.js';

/** @param clusters asked for once, for the members and for those of no group */
export async function readReplicationGroups(
  aws: AwsReader,
  clusters = readCacheClusters(aws),
): Promise<Reading<readonly ReplicationGroupFact[]>> {
  const groups = await aws.list({
    action: 'elasticache:DescribeReplicationGroups',
    subject: { kind: 'replicationGroups', attributes: OF_THE_GROUP },
    page: (Marker) => new DescribeReplicationGroupsCommand({ Marker }),
    send: (command, options) => aws.clients.elastiCache.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ ReplicationGroups }) => ReplicationGroups,
  });
  if ('unknown' in groups) return groups;
  const concerned = groups.value.filter(({ ReplicationGroupId = '' }) =>
    aws.concerns(ReplicationGroupId, aws.options.declared.replicationGroups),
  );
  if (concerned.length === 0) return known([]);
  const members = mapReading(await clusters, (all) =>
    groupBy(all, ({ ReplicationGroupId = '' }) => ReplicationGroupId),
  );
  const users = concerned.some(({ UserGroupIds = [] }) => UserGroupIds.length > 0)
    ? await readUsers(aws)
    : known(new Map<string, readonly CacheUserFact[]>());
  return known(
    await mapBounded(concerned, aws.resourcesAtOnce, (group) =>
      readGroup(
        aws,
        group,
        mapReading(members, (all) => all.get(group.ReplicationGroupId ?? '') ?? []),
        usersOf(group, users),
      ),
    ),
  );
}

/** All nodes; none where the audit is about no cache. */
export async function readCacheClusters(aws: AwsReader): Promise<Reading<readonly CacheCluster[]>> {
  const { scope, declared } = aws.options;
  if (scope === 'declared' && declared.replicationGroups.length === 0) return known([]);
  return aws.list({
    action: 'elasticache:DescribeCacheClusters',
    subject: { kind: 'replicationGroups', attributes: OF_MEMBERS },
    page: (Marker) => new DescribeCacheClustersCommand({ Marker }),
    send: (command, options) => aws.clients.elastiCache.send(command, options),
    next: ({ Marker }) => Marker,
    items: ({ CacheClusters }) => CacheClusters,
  });
}

const NODE = 'AWS::ElastiCache::CacheCluster';

/** Redis and Valkey of no replication group: no control reads them. Memcached keeps nothing. */
export function cachesAlone(aws: AwsReader, clusters: Reading<readonly CacheCluster[]>): UnreadPart[] {
  if ('unknown' in clusters) return [aws.unlisted(NODE, clusters.unknown)];
  return clusters.value
    .filter(({ ReplicationGroupId, Engine }) => ReplicationGroupId === undefined && Engine !== 'memcached')
    .filter(({ CacheClusterId = '' }) => aws.concerns(CacheClusterId, aws.options.declared.replicationGroups))
    .map(({ CacheClusterId: name = '', ARN: id = name }) => ({ id, name, type: NODE, reason: NO_CONTROL_READS }));
}

/** The members of each user group. */
async function readUsers(aws: AwsReader): Promise<Reading<ReadonlyMap<string, readonly CacheUserFact[]>>> {
  const subject = { kind: 'replicationGroups', attributes: ['users'] } as const;
  const [groups, users] = await Promise.all([
    aws.list({
      action: 'elasticache:DescribeUserGroups',
      subject,
      page: (Marker) => new DescribeUserGroupsCommand({ Marker }),
      send: (command, options) => aws.clients.elastiCache.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ UserGroups }) => UserGroups,
    }),
    aws.list({
      action: 'elasticache:DescribeUsers',
      subject,
      page: (Marker) => new DescribeUsersCommand({ Marker }),
      send: (command, options) => aws.clients.elastiCache.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ Users }) => Users,
    }),
  ]);
  return fromReadings(() => {
    const facts = new Map(valueOf(users).map((user) => [user.UserId ?? '', userFact(user)]));
    return new Map(
      valueOf(groups).map(({ UserGroupId = '', UserIds = [] }) => [
        UserGroupId,
        UserIds.map((id) => facts.get(id) ?? (id === BUILT_IN_USER.name ? BUILT_IN_USER : notListed('user', id))),
      ]),
    );
  });
}

function userFact({ UserName = '', AccessString = '', Authentication }: User): CacheUserFact {
  const withoutPassword = Authentication?.Type === undefined || Authentication.Type === 'no-password';
  return { name: UserName, enabled: isEnabled(AccessString), withoutPassword };
}

function usersOf(
  { UserGroupIds = [] }: ReplicationGroup,
  users: Reading<ReadonlyMap<string, readonly CacheUserFact[]>>,
): ReplicationGroupFact['users'] {
  return fromReadings(() => UserGroupIds.flatMap((id) => valueOf(users).get(id) ?? notListed('user group', id)));
}

/** @throws UnknownReading always */
function notListed(what: string, id: string): never {
  throw new UnknownReading({ reason: `The ${what} ${id} of a cache is not among those listed.` });
}

const OF_THE_GROUP: readonly (keyof ReplicationGroupFact)[] = [
  'atRestEncryption',
  'kmsKeyId',
  'transitEncryption',
  'transitEncryptionMode',
  'authTokenEnabled',
  'userGroups',
  'automaticFailover',
  'multiAz',
  'snapshotRetention',
  'snapshotWindow',
];
const OF_MEMBERS: readonly (keyof ReplicationGroupFact)[] = [
  'engine',
  'engineVersion',
  'autoMinorVersionUpgrade',
  'subnetGroup',
];

async function readGroup(
  aws: AwsReader,
  group: ReplicationGroup,
  members: Reading<readonly CacheCluster[]>,
  users: ReplicationGroupFact['users'],
): Promise<ReplicationGroupFact> {
  const { ReplicationGroupId: name = '', ARN: arn = '' } = group;
  const tags = await aws.read(
    {
      action: 'elasticache:ListTagsForResource',
      subject: { kind: 'replicationGroups', resource: arn, attributes: ['tags'] },
      command: new ListTagsForResourceCommand({ ResourceName: arn }),
      send: (command, options) => aws.clients.elastiCache.send(command, options),
    },
    ({ TagList }) => tagsOf(TagList),
  );
  const ofMember = <T>(derive: (first: CacheCluster | undefined) => T) =>
    mapReading(members, ([first]) => derive(first));
  return {
    id: arn,
    name,
    tags,
    optOuts: [],
    engine: ofMember((member) => member?.Engine ?? 'redis'),
    engineVersion: ofMember((member) => member?.EngineVersion),
    atRestEncryption: known(group.AtRestEncryptionEnabled === true),
    kmsKeyId: known(group.KmsKeyId),
    transitEncryption: known(group.TransitEncryptionEnabled === true),
    transitEncryptionMode: known(group.TransitEncryptionMode),
    authTokenEnabled: known(group.AuthTokenEnabled === true),
    userGroups: known(group.UserGroupIds ?? []),
    users,
    automaticFailover: known(group.AutomaticFailover === 'enabled'),
    multiAz: known(group.MultiAZ === 'enabled'),
    snapshotRetention: known(group.SnapshotRetentionLimit ?? 0),
    snapshotWindow: known(group.SnapshotWindow),
    // One member without upgrades is enough to fall behind.
    autoMinorVersionUpgrade: mapReading(
      members,
      (all) => all.length > 0 && all.every(({ AutoMinorVersionUpgrade }) => AutoMinorVersionUpgrade === true),
    ),
    subnetGroup: ofMember((member) => member?.CacheSubnetGroupName),
    credentialProbe: await probe(aws, group),
  };
}

async function probe(aws: AwsReader, group: ReplicationGroup): Promise<ReplicationGroupFact['credentialProbe']> {
  const { ReplicationGroupId: name = '', ARN, ConfigurationEndpoint, NodeGroups: [shard] = [] } = group;
  const { redisSecret } = aws.options;
  const SecretId = redisSecret?.of(name);
  if (!redisSecret || SecretId === undefined) {
    return unknown('The cache was not tried: that requires --redis-secret and access to its network.');
  }
  const { Address: host, Port: port = 6379 } = ConfigurationEndpoint ?? shard?.PrimaryEndpoint ?? {};
  if (host === undefined) return unknown(`${name} has no endpoint yet.`);
  const secret = await aws.read(
    {
      action: READS_REDIS_SECRET,
      subject: { kind: 'replicationGroups', resource: ARN, attributes: ['credentialProbe'] },
      // While a rotation is under way there is another version, which does not work yet.
      command: new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }),
      send: (command, options) => aws.clients.secrets.send(command, options),
    },
    ({ SecretString = '' }) => SecretString,
  );
  if ('unknown' in secret) return secret;
  try {
    return await probeRedis(
      { host, port, tls: group.TransitEncryptionEnabled === true },
      redisSecret.parse(secret.value),
    );
  } catch (error) {
    return unknown(`${SecretId} was read, but cannot be used: ${messageOf(error)}`);
  }
}

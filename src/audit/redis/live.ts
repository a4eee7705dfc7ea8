/**
 * Redis and Valkey of the account: replication groups with what only their members say, single nodes, serverless caches and
 * MemoryDB.
 */
import {
  type CacheCluster,
  DescribeCacheClustersCommand,
  DescribeReplicationGroupsCommand,
  DescribeServerlessCachesCommand,
  ListTagsForResourceCommand,
  type ReplicationGroup,
  type ServerlessCache,
} from '@aws-sdk/client-elasticache';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { messageOf } from '../../core/errors.js';
import { groupBy } from '../live/group-by.js';
import { mapBounded } from '../../core/bounded-concurrency.js';
import type { AwsReader } from '../live/reader.js';
import { READS_REDIS_SECRET } from '../live/redis-secret.js';
import { tagsOf } from '../live/tags.js';
import { readAsStack } from '../live/cloud-control.js';
import type { UnreadPart } from '../model/facts.js';
import { known, mapReading, type Reading, unknown } from '../model/reading.js';
import { TemplateResources } from '../template/resources.js';
import { type ReplicationGroupFact, SERVERLESS, subnetsAsGroup } from './facts.js';
import { readUsers, type Users, usersOf } from './live-users.js';
import { MEMORYDB_TYPES, memoryDbOf } from './memorydb.js';
import { probeRedis } from './probe.js';

/** What the account has, each asked for once. */
export interface Caches {
  readonly groups: Reading<readonly ReplicationGroup[]>;
  /** All nodes: the members of groups, and those of none. */
  readonly nodes: Reading<readonly CacheCluster[]>;
  readonly serverless: Reading<readonly ServerlessCache[]>;
  readonly memoryDb: Reading<TemplateResources>;
}

/** Of what a config declares, replication groups; none where the audit is about no cache. */
export async function readCaches(aws: AwsReader): Promise<Caches> {
  const { scope, declared } = aws.options;
  const none = scope === 'declared' && declared.replicationGroups.length === 0;
  const [groups, nodes, serverless, memoryDb] = await Promise.all([
    aws.list({
      action: 'elasticache:DescribeReplicationGroups',
      subject: { kind: 'replicationGroups', attributes: OF_THE_GROUP },
      page: (Marker) => new DescribeReplicationGroupsCommand({ Marker }),
      send: (command, options) => aws.clients.elastiCache.send(command, options),
      next: ({ Marker }) => Marker,
      items: ({ ReplicationGroups }) => ReplicationGroups,
    }),
    none
      ? known([])
      : aws.list({
          action: 'elasticache:DescribeCacheClusters',
          subject: { kind: 'replicationGroups', attributes: OF_MEMBERS },
          page: (Marker) => new DescribeCacheClustersCommand({ Marker }),
          send: (command, options) => aws.clients.elastiCache.send(command, options),
          next: ({ Marker }) => Marker,
          items: ({ CacheClusters }) => CacheClusters,
        }),
    scope === 'declared'
      ? known([])
      : aws.list({
          action: 'elasticache:DescribeServerlessCaches',
          subject: { kind: 'replicationGroups', attributes: OF_THE_GROUP },
          page: (NextToken) => new DescribeServerlessCachesCommand({ NextToken }),
          send: (command, options) => aws.clients.elastiCache.send(command, options),
          next: ({ NextToken }) => NextToken,
          items: ({ ServerlessCaches }) => ServerlessCaches,
        }),
    scope === 'declared'
      ? known(TemplateResources.from([]))
      : readAsStack(aws, MEMORYDB_TYPES, { kind: 'replicationGroups', attributes: OF_THE_GROUP }),
  ]);
  return { groups, nodes, serverless, memoryDb };
}

export async function readReplicationGroups(
  aws: AwsReader,
  caches?: Caches,
): Promise<Reading<readonly ReplicationGroupFact[]>> {
  const { groups, nodes, serverless, memoryDb } = caches ?? (await readCaches(aws));
  if ('unknown' in groups) return groups;
  const declared = aws.options.declared.replicationGroups;
  const concerned = groups.value.filter(({ ReplicationGroupId = '' }) => aws.concerns(ReplicationGroupId, declared));
  const members = mapReading(nodes, (all) => groupBy(all, ({ ReplicationGroupId = '' }) => ReplicationGroupId));
  const others = foundIn(serverless);
  const withUsers =
    concerned.some(({ UserGroupIds = [] }) => UserGroupIds.length > 0) ||
    others.some(({ UserGroupId }) => UserGroupId !== undefined);
  const users = await readUsers(aws, withUsers);
  return known([
    ...(await mapBounded(concerned, aws.resourcesAtOnce, (group) =>
      readGroup(
        aws,
        group,
        mapReading(members, (all) => all.get(group.ReplicationGroupId ?? '') ?? []),
        usersOf(group.UserGroupIds ?? [], users),
      ),
    )),
    ...(await mapBounded(
      foundIn(nodes).filter((node) => isAlone(node) && aws.concerns(node.CacheClusterId ?? '', declared)),
      aws.resourcesAtOnce,
      (node) => readNode(aws, node),
    )),
    ...(await mapBounded(
      others.filter(({ Engine }) => Engine !== 'memcached'),
      aws.resourcesAtOnce,
      (cache) => readServerless(aws, cache, users),
    )),
    ...('unknown' in memoryDb ? [] : clustersOfMemoryDb(memoryDb.value)),
  ]);
}

/** Kinds of caches of which it is not known which there are. */
export function cachesUnread(aws: AwsReader, { nodes, serverless, memoryDb }: Caches): UnreadPart[] {
  const readings = {
    'AWS::ElastiCache::CacheCluster': nodes,
    'AWS::ElastiCache::ServerlessCache': serverless,
    'AWS::MemoryDB::Cluster': memoryDb,
  };
  return Object.entries(readings).flatMap(([type, reading]) =>
    'unknown' in reading ? [aws.unlisted(type, reading.unknown)] : [],
  );
}

function foundIn<T>(list: Reading<readonly T[]>): readonly T[] {
  return 'unknown' in list ? [] : list.value;
}

/** Of no replication group. Memcached keeps nothing, and what is being deleted takes no connection. */
function isAlone({ ReplicationGroupId, Engine, CacheClusterStatus }: CacheCluster): boolean {
  return ReplicationGroupId === undefined && Engine !== 'memcached' && CacheClusterStatus !== 'deleting';
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
  const ofMember = <T>(derive: (first: CacheCluster | undefined) => T) =>
    mapReading(members, ([first]) => derive(first));
  return {
    ...(await commonFact(aws, name, arn)),
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

async function commonFact(aws: AwsReader, name: string, arn: string) {
  const tags = await aws.read(
    {
      action: 'elasticache:ListTagsForResource',
      subject: { kind: 'replicationGroups', resource: arn, attributes: ['tags'] },
      command: new ListTagsForResourceCommand({ ResourceName: arn }),
      send: (command, options) => aws.clients.elastiCache.send(command, options),
    },
    ({ TagList }) => tagsOf(TagList),
  );
  return { id: arn, name, tags, optOuts: [] };
}

const NOT_TRIED = unknown('The cache was not tried: that is done with replication groups.');

async function readNode(aws: AwsReader, node: CacheCluster): Promise<ReplicationGroupFact> {
  const { CacheClusterId: name = '', ARN: arn = name } = node;
  return {
    ...(await commonFact(aws, name, arn)),
    engine: known(node.Engine ?? ''),
    engineVersion: known(node.EngineVersion),
    atRestEncryption: known(node.AtRestEncryptionEnabled === true),
    kmsKeyId: known(undefined),
    transitEncryption: known(node.TransitEncryptionEnabled === true),
    transitEncryptionMode: known(node.TransitEncryptionMode),
    authTokenEnabled: known(node.AuthTokenEnabled === true),
    userGroups: known([]),
    users: known([]),
    automaticFailover: known(false),
    multiAz: known(false),
    snapshotRetention: known(node.SnapshotRetentionLimit ?? 0),
    snapshotWindow: known(node.SnapshotWindow),
    autoMinorVersionUpgrade: known(node.AutoMinorVersionUpgrade === true),
    subnetGroup: known(node.CacheSubnetGroupName),
    credentialProbe: NOT_TRIED,
  };
}

async function readServerless(aws: AwsReader, cache: ServerlessCache, users: Users): Promise<ReplicationGroupFact> {
  const { ServerlessCacheName: name = '', ARN: arn = name, UserGroupId } = cache;
  const groups = UserGroupId === undefined ? [] : [UserGroupId];
  return {
    ...(await commonFact(aws, name, arn)),
    ...SERVERLESS,
    engine: known(cache.Engine ?? ''),
    engineVersion: known(cache.FullEngineVersion),
    kmsKeyId: known(cache.KmsKeyId),
    userGroups: known(groups),
    users: usersOf(groups, users),
    snapshotRetention: known(cache.SnapshotRetentionLimit ?? 0),
    snapshotWindow: known(cache.DailySnapshotTime),
    subnetGroup: known(subnetsAsGroup(cache.SubnetIds ?? [])),
    credentialProbe: NOT_TRIED,
  };
}

/** Under their ARNs, as everything of an account. */
function clustersOfMemoryDb(resources: TemplateResources): ReplicationGroupFact[] {
  const arns = new Map(resources.ofType(MEMORYDB_TYPES[0]).map(({ id, properties }) => [id, properties.ARN]));
  return memoryDbOf(resources).map((fact) => {
    const arn = arns.get(fact.id);
    return { ...fact, ...(typeof arn === 'string' && { id: arn }), credentialProbe: NOT_TRIED };
  });
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

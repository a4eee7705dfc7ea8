/** Redis and Valkey as templates declare them: replication groups, single nodes, serverless caches and MemoryDB. */
import { fromReadings, known, mapReading, type Reading, unknown, UnknownReading, valueOf } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import type { ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import {
  BUILT_IN_USER,
  type CacheUserFact,
  isEnabled,
  type ReplicationGroupFact,
  SERVERLESS,
  subnetsAsGroup,
} from './facts.js';
import { memoryDbOf } from './memorydb.js';

export function replicationGroupsOf(resources: TemplateResources): ReplicationGroupFact[] {
  return [
    ...groupsOf(resources),
    ...resources.ofType('AWS::ElastiCache::CacheCluster').filter(mayBeRedis).map(nodeFact),
    ...resources
      .ofType('AWS::ElastiCache::ServerlessCache')
      .filter(mayBeRedis)
      .map((cache) => serverlessFact(cache, resources)),
    ...memoryDbOf(resources),
  ];
}

/** Memcached keeps nothing. */
function mayBeRedis({ properties: { Engine } }: ResourceReader): boolean {
  return typeof Engine !== 'string' || Engine.toLowerCase() !== 'memcached';
}

function groupsOf(resources: TemplateResources): ReplicationGroupFact[] {
  return resources.ofType('AWS::ElastiCache::ReplicationGroup').map((group) => ({
    ...group.common,
    engine: mapReading(group.text('Engine'), (engine) => engine ?? 'redis'),
    engineVersion: group.text('EngineVersion'),
    atRestEncryption: group.flag('AtRestEncryptionEnabled'),
    kmsKeyId: group.text('KmsKeyId'),
    transitEncryption: group.flag('TransitEncryptionEnabled'),
    transitEncryptionMode: group.text('TransitEncryptionMode'),
    authTokenEnabled: mapReading(group.presence('AuthToken'), (present) => present),
    userGroups: group.texts('UserGroupIds'),
    users: usersOf(group, group.texts('UserGroupIds'), resources),
    automaticFailover: group.flag('AutomaticFailoverEnabled'),
    multiAz: group.flag('MultiAZEnabled'),
    snapshotRetention: mapReading(group.number('SnapshotRetentionLimit'), (days) => days ?? 0),
    snapshotWindow: group.text('SnapshotWindow'),
    autoMinorVersionUpgrade: group.flagOnByDefault('AutoMinorVersionUpgrade'),
    subnetGroup: group.text('CacheSubnetGroupName'),
    credentialProbe: unknown(ONLY_LIVE),
  }));
}

/** One node in no replication group: ElastiCache encrypts it neither at rest nor lets it fail over. */
function nodeFact(node: ResourceReader): ReplicationGroupFact {
  return {
    ...node.common,
    engine: mapReading(node.text('Engine'), (engine) => engine ?? ''),
    engineVersion: node.text('EngineVersion'),
    atRestEncryption: known(false),
    kmsKeyId: known(undefined),
    transitEncryption: node.flag('TransitEncryptionEnabled'),
    transitEncryptionMode: known(undefined),
    // A template cannot give it a credential.
    authTokenEnabled: known(false),
    userGroups: known([]),
    users: known([]),
    automaticFailover: known(false),
    multiAz: known(false),
    snapshotRetention: mapReading(node.number('SnapshotRetentionLimit'), (days) => days ?? 0),
    snapshotWindow: node.text('SnapshotWindow'),
    autoMinorVersionUpgrade: node.flagOnByDefault('AutoMinorVersionUpgrade'),
    subnetGroup: node.text('CacheSubnetGroupName'),
    credentialProbe: unknown(ONLY_LIVE),
  };
}

function serverlessFact(cache: ResourceReader, resources: TemplateResources): ReplicationGroupFact {
  const groups = cache.texts('UserGroupId');
  return {
    ...cache.common,
    ...SERVERLESS,
    engine: mapReading(cache.text('Engine'), (engine) => engine ?? ''),
    engineVersion: cache.text('MajorEngineVersion'),
    kmsKeyId: cache.text('KmsKeyId'),
    userGroups: groups,
    users: usersOf(cache, groups, resources),
    snapshotRetention: mapReading(cache.number('SnapshotRetentionLimit'), (days) => days ?? 0),
    snapshotWindow: cache.text('DailySnapshotTime'),
    subnetGroup: mapReading(cache.texts('SubnetIds'), subnetsAsGroup),
    credentialProbe: unknown(ONLY_LIVE),
  };
}

function usersOf(
  group: ResourceReader,
  ids: Reading<readonly string[]>,
  resources: TemplateResources,
): ReplicationGroupFact['users'] {
  return fromReadings(() =>
    valueOf(ids).flatMap((id) => {
      const found = resources.meant(group, 'AWS::ElastiCache::UserGroup', id);
      if (!found) throw new UnknownReading({ reason: `The user group ${id} is not in the template.` });
      const userGroup = valueOf(found);
      return valueOf(userGroup.texts('UserIds')).map((user) => userFact(user, userGroup, resources));
    }),
  );
}

/** @throws UnknownReading */
function userFact(id: string, group: ResourceReader, resources: TemplateResources): CacheUserFact {
  const found = resources.meant(group, 'AWS::ElastiCache::User', id);
  if (!found && id === BUILT_IN_USER.name) return BUILT_IN_USER;
  if (!found) throw new UnknownReading({ reason: `The user ${id} of a cache is not in the template.` });
  const user = valueOf(found);
  return {
    name: valueOf(user.text('UserName')) ?? id,
    enabled: isEnabled(valueOf(user.text('AccessString')) ?? ''),
    withoutPassword:
      valueOf(user.flag('NoPasswordRequired')) ||
      valueOf(user.text('AuthenticationMode', 'Type')) === 'no-password-required',
  };
}

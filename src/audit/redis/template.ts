/** Redis and Valkey replication groups as templates declare them. */
import { fromReadings, mapReading, unknown, UnknownReading, valueOf } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import type { ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { BUILT_IN_USER, type CacheUserFact, isEnabled, type ReplicationGroupFact } from './facts.js';

export function replicationGroupsOf(resources: TemplateResources): ReplicationGroupFact[] {
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
    users: usersOf(group, resources),
    automaticFailover: group.flag('AutomaticFailoverEnabled'),
    multiAz: group.flag('MultiAZEnabled'),
    snapshotRetention: mapReading(group.number('SnapshotRetentionLimit'), (days) => days ?? 0),
    snapshotWindow: group.text('SnapshotWindow'),
    autoMinorVersionUpgrade: group.flagOnByDefault('AutoMinorVersionUpgrade'),
    subnetGroup: group.text('CacheSubnetGroupName'),
    credentialProbe: unknown(ONLY_LIVE),
  }));
}

/** Redis and Valkey that are in no replication group: one node, or serverless. Memcached keeps nothing. */
export function cachesAlone(resources: TemplateResources): ResourceReader[] {
  return resources
    .ofType('AWS::ElastiCache::CacheCluster', 'AWS::ElastiCache::ServerlessCache')
    .filter(({ properties: { Engine } }) => typeof Engine !== 'string' || Engine.toLowerCase() !== 'memcached');
}

function usersOf(group: ResourceReader, resources: TemplateResources): ReplicationGroupFact['users'] {
  return fromReadings(() =>
    valueOf(group.texts('UserGroupIds')).flatMap((id) => {
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

/** Redis and Valkey replication groups as templates declare them. */
import { fromReadings, mapReading, unknown, UnknownReading, valueOf } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import { physicalName } from '../template/physical-id.js';
import type { ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { BUILT_IN_USER, type CacheUserFact, isEnabled, type ReplicationGroupFact } from './facts.js';

export function replicationGroupsOf(resources: TemplateResources): ReplicationGroupFact[] {
  return resources.ofType('AWS::ElastiCache::ReplicationGroup').map((group) => ({
    id: group.id,
    name: physicalName(group),
    tags: group.tags(),
    optOuts: group.optOuts,
    accepted: group.accepted,
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

function usersOf(group: ResourceReader, resources: TemplateResources): ReplicationGroupFact['users'] {
  return fromReadings(() =>
    valueOf(group.texts('UserGroupIds')).flatMap((id) => {
      const found = resources.ofType('AWS::ElastiCache::UserGroup').find((one) => physicalName(one) === id);
      if (!found) throw new UnknownReading({ reason: `The user group ${id} is not in the template.` });
      return valueOf(found.texts('UserIds')).map((user) => userFact(user, resources));
    }),
  );
}

/** @throws UnknownReading */
function userFact(id: string, resources: TemplateResources): CacheUserFact {
  const user = resources.ofType('AWS::ElastiCache::User').find((one) => physicalName(one) === id);
  if (!user && id === BUILT_IN_USER.name) return BUILT_IN_USER;
  if (!user) throw new UnknownReading({ reason: `The user ${id} of a cache is not in the template.` });
  return {
    name: valueOf(user.text('UserName')) ?? id,
    enabled: isEnabled(valueOf(user.text('AccessString')) ?? ''),
    withoutPassword:
      valueOf(user.flag('NoPasswordRequired')) ||
      valueOf(user.text('AuthenticationMode', 'Type')) === 'no-password-required',
  };
}

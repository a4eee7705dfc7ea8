/** Redis and Valkey replication groups as templates declare them. */
import type { ReplicationGroupFact } from '../model.js';
import { mapReading, unknown } from '../../reading.js';
import { ONLY_LIVE } from './only-live.js';
import { physicalName } from './physical-name.js';
import type { TemplateResources } from './resources.js';

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
    authTokenEnabled: mapReading(group.presence('AuthToken'), (present) => present),
    userGroups: group.texts('UserGroupIds'),
    automaticFailover: group.flag('AutomaticFailoverEnabled'),
    multiAz: group.flag('MultiAZEnabled'),
    snapshotRetention: mapReading(group.number('SnapshotRetentionLimit'), (days) => days ?? 0),
    snapshotWindow: group.text('SnapshotWindow'),
    // On unless it is turned off.
    autoMinorVersionUpgrade: mapReading(group.at('AutoMinorVersionUpgrade'), (value) => value !== false),
    subnetGroup: group.text('CacheSubnetGroupName'),
    credentialProbe: unknown(ONLY_LIVE),
  }));
}

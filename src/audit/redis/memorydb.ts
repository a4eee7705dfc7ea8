/**
 * Clusters of MemoryDB in CloudFormation's form: as templates declare them, and as Cloud Control gives those of an
 * account.
 */
import { fromReadings, known, mapReading, unknown, UnknownReading, valueOf } from '../model/reading.js';
import { ONLY_LIVE } from '../template/only-live.js';
import type { ResourceReader } from '../template/resource-reader.js';
import type { TemplateResources } from '../template/resources.js';
import { type CacheUserFact, isEnabled, type ReplicationGroupFact } from './facts.js';

export const MEMORYDB_TYPES = ['AWS::MemoryDB::Cluster', 'AWS::MemoryDB::ACL', 'AWS::MemoryDB::User'] as const;

const [CLUSTER, ACL, USER] = MEMORYDB_TYPES;

export function memoryDbOf(resources: TemplateResources): ReplicationGroupFact[] {
  return resources.ofType(CLUSTER).map((cluster) => {
    const acl = mapReading(cluster.text('ACLName'), (name) => (name === undefined || name === OPEN ? [] : [name]));
    const replicas = mapReading(cluster.number('NumReplicasPerShard'), (count) => (count ?? 1) > 0);
    return {
      ...cluster.common,
      engine: mapReading(cluster.text('Engine'), (engine) => engine ?? 'redis'),
      engineVersion: cluster.text('EngineVersion'),
      // MemoryDB encrypts always; without a key of one's own, with one of AWS.
      atRestEncryption: known(true),
      kmsKeyId: cluster.text('KmsKeyId'),
      transitEncryption: cluster.flagOnByDefault('TLSEnabled'),
      transitEncryptionMode: known('required'),
      authTokenEnabled: known(false),
      userGroups: acl,
      users: fromReadings(() => valueOf(acl).flatMap((name) => usersOf(name, cluster, resources))),
      // With a replica, MemoryDB fails over by itself, to another zone.
      automaticFailover: replicas,
      multiAz: replicas,
      snapshotRetention: mapReading(cluster.number('SnapshotRetentionLimit'), (days) => days ?? 0),
      snapshotWindow: cluster.text('SnapshotWindow'),
      autoMinorVersionUpgrade: cluster.flagOnByDefault('AutoMinorVersionUpgrade'),
      subnetGroup: cluster.text('SubnetGroupName'),
      credentialProbe: unknown(ONLY_LIVE),
    };
  });
}

/** The ACL that every account has: anyone may do everything. */
const OPEN = 'open-access';

/** @throws UnknownReading */
function usersOf(name: string, cluster: ResourceReader, resources: TemplateResources): CacheUserFact[] {
  const acl = resources.meant(cluster, ACL, name);
  if (!acl) throw new UnknownReading({ reason: `The ACL ${name} is not in the template.` });
  const list = valueOf(acl);
  return valueOf(list.texts('UserNames')).map((user) => userFact(user, list, resources));
}

function userFact(name: string, acl: ResourceReader, resources: TemplateResources): CacheUserFact {
  const found = resources.meant(acl, USER, name);
  if (!found) throw new UnknownReading({ reason: `The user ${name} of a cache is not in the template.` });
  const user = valueOf(found);
  return {
    name,
    enabled: isEnabled(valueOf(user.text('AccessString')) ?? ''),
    withoutPassword: !['password', 'iam'].includes(valueOf(user.text('AuthenticationMode', 'Type')) ?? ''),
  };
}

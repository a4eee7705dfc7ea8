import {
  CreateReplicationGroupCommand,
  type CreateReplicationGroupCommandInput,
  DeleteReplicationGroupCommand,
  DescribeReplicationGroupsCommand,
  ModifyReplicationGroupCommand,
  type ModifyReplicationGroupCommandInput,
} from '@aws-sdk/client-elasticache';
import type { LiveCase, Mend, Surroundings } from '../live-cases/live-case.js';

const GROUP = 'fintech-redis';
/** For what cannot be changed of a cache that exists. */
const OTHER = 'another-cache';

export const REDIS_CASES: readonly LiveCase[] = [
  { control: 'redis-at-rest-cmk', fails: [OTHER], says: 'It is not encrypted at rest.', break: another({}) },
  { control: 'redis-in-transit', fails: [OTHER], says: 'Encryption in transit is off.', break: another({}) },
  {
    control: 'redis-auth',
    fails: [OTHER],
    says: 'It has neither an AUTH token nor a user group.',
    break: another({}),
  },
  {
    control: 'redis-failover',
    fails: [GROUP],
    says: 'Automatic failover is off.',
    break: modified(
      { AutomaticFailoverEnabled: false, MultiAZEnabled: false },
      { AutomaticFailoverEnabled: true, MultiAZEnabled: true },
    ),
  },
  {
    control: 'redis-snapshots',
    fails: [GROUP],
    says: 'Snapshots are kept for 1 days; at least 7 are required.',
    break: modified({ SnapshotRetentionLimit: 1 }, { SnapshotRetentionLimit: 7 }),
  },
  {
    control: 'redis-minor-upgrades',
    fails: [GROUP],
    says: 'Minor versions are not upgraded automatically.',
    break: modified({ AutoMinorVersionUpgrade: false }, { AutoMinorVersionUpgrade: true }),
  },
  { control: 'redis-subnet-group', fails: [OTHER], says: 'It is in the default subnet group.', break: another({}) },
];

type Changes = Omit<ModifyReplicationGroupCommandInput, 'ReplicationGroupId'>;

function modified(broken: Changes, right: Changes) {
  return async ({ aws: { elastiCache } }: Surroundings): Promise<Mend> => {
    const ReplicationGroupId = GROUP;
    const modify = async (changes: Changes) => {
      const ApplyImmediately = true;
      await elastiCache.send(new ModifyReplicationGroupCommand({ ReplicationGroupId, ApplyImmediately, ...changes }));
      // The second look finds a change done, and no other one is taken before.
      for (const _ of ['under way', 'done']) {
        await elastiCache.send(new DescribeReplicationGroupsCommand({ ReplicationGroupId }));
      }
    };
    await modify(broken);
    return () => modify(right);
  };
}

/** A cache as it comes when nothing is asked for. */
function another(settings: Partial<CreateReplicationGroupCommandInput>) {
  return async ({ aws: { elastiCache } }: Surroundings): Promise<Mend> => {
    await elastiCache.send(
      new CreateReplicationGroupCommand({
        ReplicationGroupId: OTHER,
        ReplicationGroupDescription: 'As it comes',
        Engine: 'redis',
        CacheNodeType: 'cache.t4g.micro',
        NumCacheClusters: 1,
        ...settings,
      }),
    );
    return () => elastiCache.send(new DeleteReplicationGroupCommand({ ReplicationGroupId: OTHER }));
  };
}

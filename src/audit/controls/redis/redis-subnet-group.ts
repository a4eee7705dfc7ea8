import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisSubnetGroup = defineControl({
  id: 'redis-subnet-group',
  title: 'Caches are in their own subnet group.',
  severity: 'high',
  references: { runbook: ['5.1'], knownAs: ['SH ElastiCache.7'] },
  remediation: 'The subnet group can only be set when a replication group is created: create a new one in it.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    const name = valueOf(group.subnetGroup);
    if (name === undefined || name === 'default') yield 'It is in the default subnet group.';
  },
});

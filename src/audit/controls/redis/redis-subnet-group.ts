import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisSubnetGroup = defineControl({
  id: 'redis-subnet-group',
  title: 'Caches stand in a subnet group of their own.',
  severity: 'high',
  references: { runbook: ['5.1'], knownAs: ['SH ElastiCache.7'] },
  remediation: 'A subnet group is set when a replication group is made: make a new one in it.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    const name = valueOf(group.subnetGroup);
    if (name === undefined || name === 'default') yield 'It stands in the default subnet group.';
  },
});

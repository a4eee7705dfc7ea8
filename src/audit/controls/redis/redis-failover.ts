import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisFailover = defineControl({
  id: 'redis-failover',
  title: 'Caches fail over automatically, to another zone.',
  severity: 'medium',
  references: { soc2: ['A1.2'], runbook: ['5.1'], knownAs: ['SH ElastiCache.3'] },
  remediation: 'Turn on automatic failover and Multi-AZ.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    if (!valueOf(group.automaticFailover)) yield 'Automatic failover is off.';
    if (!valueOf(group.multiAz)) yield 'Multi-AZ is off.';
  },
});

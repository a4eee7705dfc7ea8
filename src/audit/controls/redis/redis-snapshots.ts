import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisSnapshots = defineControl({
  id: 'redis-snapshots',
  title: 'Snapshots are kept for at least 7 days and taken in a set window.',
  severity: 'high',
  references: { soc2: ['A1.2'], runbook: ['5.1'], knownAs: ['SH ElastiCache.1'] },
  remediation: 'Set SnapshotRetentionLimit to 7 or more, and set a SnapshotWindow.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    const days = valueOf(group.snapshotRetention);
    if (days < 7) yield `Snapshots are kept for ${days} days; at least 7 are required.`;
    if (valueOf(group.snapshotWindow) === undefined) yield 'No snapshot window is set.';
  },
});

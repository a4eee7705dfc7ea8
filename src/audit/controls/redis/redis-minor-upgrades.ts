import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisMinorUpgrades = defineControl({
  id: 'redis-minor-upgrades',
  title: 'Minor versions are upgraded automatically.',
  severity: 'high',
  references: { pci: ['6.3.3'], runbook: ['5.1'], knownAs: ['SH ElastiCache.2'] },
  remediation: 'Turn on AutoMinorVersionUpgrade.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    if (!valueOf(group.autoMinorVersionUpgrade)) yield 'Minor versions are not upgraded automatically.';
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisInTransit = defineControl({
  id: 'redis-in-transit',
  title: 'Connections to caches use TLS.',
  severity: 'medium',
  references: { pci: ['4.2.1'], runbook: ['5.1'], knownAs: ['SH ElastiCache.5'] },
  remediation: 'Turn on encryption in transit, with the mode required.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  *check(group) {
    if (!valueOf(group.transitEncryption)) {
      yield 'Encryption in transit is off.';
      return;
    }
    const mode = valueOf(group.transitEncryptionMode) ?? 'required';
    if (mode !== 'required') yield `The mode is ${mode}: connections without TLS are accepted as well.`;
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisAuth = defineControl({
  id: 'redis-auth',
  title: 'Caches require a credential, whatever their version.',
  severity: 'medium',
  references: { pci: ['8.3.1'], runbook: ['5.1', '7.2.6'], knownAs: ['SH ElastiCache.6'] },
  remediation:
    'Give the replication group a user group or an AUTH token; give each user a password or IAM authentication, and turn the others off.',
  evaluatedOn: ['template', 'live'],
  kind: 'replicationGroups',
  expects: (declared) => declared.replicationGroups,
  *check(group) {
    if (!valueOf(group.authTokenEnabled) && valueOf(group.userGroups).length === 0)
      yield 'It has neither an AUTH token nor a user group.';
    for (const { name, enabled, withoutPassword } of valueOf(group.users)) {
      if (enabled && withoutPassword) yield `The user ${name} can sign in without a password.`;
    }
  },
});

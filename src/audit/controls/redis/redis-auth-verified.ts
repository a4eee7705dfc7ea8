import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisAuthVerified = defineControl({
  id: 'redis-auth-verified',
  title: 'The cache accepts the credential in the secret and refuses a client without one.',
  severity: 'high',
  references: { pci: ['8.3.1'], runbook: ['5.1', '7.2.6'] },
  remediation: 'Rotate the secret (holdfast rotate), or check the user group.',
  evaluatedOn: ['live'],
  kind: 'replicationGroups',
  *check(group) {
    const { withCredential, without } = valueOf(group.credentialProbe);
    if (!withCredential) yield 'The credential in the secret is refused.';
    if (without) yield 'A client without a credential is accepted.';
  },
});

import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const redisAuthVerified = defineControl({
  id: 'redis-auth-verified',
  title: 'The credential in the secret is accepted, and a client without one is refused.',
  severity: 'high',
  references: { pci: ['8.3.1'], runbook: ['5.1', '7.2.6'] },
  remediation: 'Rotate the secret (holdfast rotate), or look at the user group.',
  evaluatedOn: ['live'],
  kind: 'replicationGroups',
  *check(group) {
    const { withCredential, without } = valueOf(group.credentialProbe);
    if (!withCredential) yield "The secret's credential is refused.";
    if (without) yield 'A client without a credential is let in.';
  },
});

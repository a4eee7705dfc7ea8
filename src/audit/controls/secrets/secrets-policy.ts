import { defineControl } from '../../control.js';
import { ownAccount } from '../../own-account.js';
import { foreignAccess } from '../../policies/foreign-access.js';
import { valueOf } from '../../reading.js';

export const secretsPolicy = defineControl({
  id: 'secrets-policy',
  title: 'No resource policy of a secret grants access to another account.',
  severity: 'high',
  references: { pci: ['7.2.1'], runbook: ['1.2'] },
  remediation: 'Remove the principals of other accounts from the resource policy.',
  evaluatedOn: ['template', 'live'],
  kind: 'secrets',
  *check(secret, context) {
    const policy = valueOf(secret.policy);
    if (policy)
      yield* foreignAccess(policy, { account: ownAccount(secret, context), others: context.declared.trustedAccounts });
  },
});

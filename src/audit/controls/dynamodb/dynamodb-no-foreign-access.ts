import { defineControl } from '../../control.js';
import { ownAccount } from '../../own-account.js';
import { foreignAccess } from '../../policies/foreign-access.js';
import { valueOf } from '../../reading.js';

export const dynamodbNoForeignAccess = defineControl({
  id: 'dynamodb-no-foreign-access',
  title: 'No resource policy grants access to another account.',
  severity: 'high',
  references: { pci: ['7.2.1'], runbook: ['3.1'] },
  remediation: 'Remove the principals of other accounts from the resource policy.',
  evaluatedOn: ['template', 'live'],
  kind: 'dynamoTables',
  *check(table, context) {
    const policy = valueOf(table.resourcePolicy);
    if (policy)
      yield* foreignAccess(policy, { account: ownAccount(table, context), others: context.declared.trustedAccounts });
  },
});

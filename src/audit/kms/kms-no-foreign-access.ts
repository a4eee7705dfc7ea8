import { defineControl } from '../model/control.js';
import { ownAccount } from '../model/ownership.js';
import { valueOf } from '../model/reading.js';
import { foreignAccess } from '../policies/foreign-access.js';
import { accountOf } from '../policies/match.js';

export const kmsNoForeignAccess = defineControl({
  id: 'kms-no-foreign-access',
  title: 'Other accounts have only the access to keys that the config declares, by policy or by grant.',
  severity: 'high',
  references: {
    pci: ['3.6.1', '7.2.1'],
    soc2: ['CC6.1'],
    nist: ['AC-3', 'AC-6'],
    iso: ['A.8.3', 'A.8.24'],
    runbook: ['1.1'],
    knownAs: ['P kms_cmk_not_cross_account'],
  },
  remediation: 'Remove the statement, retire the grant (aws kms revoke-grant), or name the account in the config.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key, context) {
    const account = ownAccount(key, context);
    const { trustedAccounts } = context.declared;
    // Services are bound by kms-via-service.
    const statements = valueOf(key.policy).statements.map((statement) => ({
      ...statement,
      principals: statement.principals.filter(({ type }) => type !== 'Service'),
    }));
    yield* foreignAccess({ statements }, { account, others: trustedAccounts });
    const strangerIn = (principal: string | undefined) => {
      const of = principal === undefined ? undefined : accountOf({ type: 'AWS', value: principal });
      return of === undefined || of === account || trustedAccounts.includes(of) ? undefined : of;
    };
    for (const { id, grantee, operations, retiring } of valueOf(key.grants)) {
      const [user, ender] = [strangerIn(grantee), strangerIn(retiring)];
      if (user !== undefined)
        yield `The grant ${id} allows account ${user} ${operations.join(', ')}; the config does not name it.`;
      if (ender !== undefined) yield `The grant ${id} can be ended by account ${ender}; the config does not name it.`;
    }
  },
});

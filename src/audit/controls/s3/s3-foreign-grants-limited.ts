import { defineControl } from '../../control.js';
import { ownAccount } from '../../own-account.js';
import { foreignAccess } from '../../policies/foreign-access.js';
import { valueOf } from '../../reading.js';

export const s3ForeignGrantsLimited = defineControl({
  id: 's3-foreign-grants-limited',
  title: 'Other accounts have only the access that the config declares.',
  severity: 'high',
  references: { pci: ['7.2.1'], runbook: ['4.1'], knownAs: ['SH S3.6'] },
  remediation: 'Remove the statement or name the account in the config.',
  evaluatedOn: ['template', 'live'],
  kind: 'buckets',
  *check(bucket, context) {
    const policy = valueOf(bucket.policy);
    if (policy)
      yield* foreignAccess(policy, { account: ownAccount(bucket, context), others: context.declared.trustedAccounts });
  },
});

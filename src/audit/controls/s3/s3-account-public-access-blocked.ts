import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const s3AccountPublicAccessBlocked = defineControl({
  id: 's3-account-public-access-blocked',
  title: 'Public access is blocked for the account.',
  severity: 'medium',
  references: { pci: ['1.4.4'], runbook: ['4.1'], knownAs: ['SH S3.1'] },
  remediation: 'aws s3control put-public-access-block --account-id <account>, with all four settings true.',
  evaluatedOn: ['live'],
  kind: 'accounts',
  *check(account) {
    if (!valueOf(account.publicAccessBlock)) yield 'The account does not have all four public access blocks turned on.';
  },
});

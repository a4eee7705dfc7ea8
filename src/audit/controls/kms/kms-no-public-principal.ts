import { defineControl } from '../../control.js';
import { openToEveryone } from '../../policies/kms-use.js';
import { valueOf } from '../../reading.js';

export const kmsNoPublicPrincipal = defineControl({
  id: 'kms-no-public-principal',
  title: 'No key policy grants access to everyone.',
  severity: 'critical',
  references: { runbook: ['1.1', '7.2.1'], knownAs: ['SH KMS.5', 'CKV_AWS_33'] },
  remediation:
    'Name the principals, or narrow the statement with aws:PrincipalAccount, kms:CallerAccount or aws:PrincipalOrgID.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key) {
    yield* openToEveryone(valueOf(key.policy));
  },
});

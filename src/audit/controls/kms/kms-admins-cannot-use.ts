import { defineControl } from '../../control.js';
import { usesByAdministrators } from '../../policies/kms-use.js';
import { valueOf } from '../../reading.js';

export const kmsAdminsCannotUse = defineControl({
  id: 'kms-admins-cannot-use',
  title: 'Those who administer a key cannot use it, nor let themselves.',
  severity: 'high',
  references: { pci: ['3.6.1'], soc2: ['CC6.3'], runbook: ['1.1'] },
  remediation:
    'Split administration from use in the key policy; leave kms:CreateGrant out of the administrative statement.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key) {
    yield* usesByAdministrators(valueOf(key.policy));
  },
});

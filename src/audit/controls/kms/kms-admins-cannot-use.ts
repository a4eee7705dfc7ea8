import { defineControl } from '../../control.js';
import { usesByAdministrators } from '../../policies/kms-use.js';
import { valueOf } from '../../reading.js';

export const kmsAdminsCannotUse = defineControl({
  id: 'kms-admins-cannot-use',
  title: 'Key administrators can neither use the key nor grant themselves its use.',
  severity: 'high',
  references: { pci: ['3.6.1'], soc2: ['CC6.3'], runbook: ['1.1'] },
  remediation:
    'Separate administration from use in the key policy, and leave kms:CreateGrant out of the administrative statement.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key) {
    yield* usesByAdministrators(valueOf(key.policy));
  },
});

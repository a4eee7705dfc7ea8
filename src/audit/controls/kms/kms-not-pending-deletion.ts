import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const kmsNotPendingDeletion = defineControl({
  id: 'kms-not-pending-deletion',
  title: 'Keys are usable.',
  severity: 'critical',
  references: { pci: ['3.6.1'], soc2: ['CC6.1'], runbook: ['1.1'], knownAs: ['SH KMS.3'] },
  remediation: 'Cancel the deletion (aws kms cancel-key-deletion) and enable the key.',
  evaluatedOn: ['template', 'live'],
  kind: 'kmsKeys',
  concerns: (key) => valueOf(key.customerManaged),
  *check(key) {
    const state = valueOf(key.state);
    if (state !== 'Enabled') yield `The key is ${state}.`;
  },
});

import { defineControl } from '../../control.js';
import { coversAction, coversResource } from '../../policies/match.js';
import { valueOf } from '../../reading.js';

export const kmsNoDecryptOnAll = defineControl({
  id: 'kms-no-decrypt-on-all',
  title: 'No role may decrypt with every key.',
  severity: 'medium',
  references: { pci: ['3.6.1', '7.2.1'], runbook: ['6.2'], knownAs: ['SH KMS.1/2'] },
  remediation: 'Name the key in Resource.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  *check(role) {
    for (const { name, document } of valueOf(role.policies)) {
      for (const statement of document.statements) {
        if (statement.effect !== 'Allow' || !coversAction(statement, 'kms:Decrypt')) continue;
        if (coversResource(statement, ANY_KEY)) yield `The policy ${name} allows kms:Decrypt on every key.`;
      }
    }
  },
});

/** An ARN that only a wildcard covers. */
const ANY_KEY = 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000';

import { defineControl } from '../../control.js';
import { isOwnRole } from '../../own-roles.js';
import { pinnedTo } from '../../policies/conditions.js';
import { coversAction, matchesPattern } from '../../policies/match.js';
import type { PolicyStatement } from '../../policies/policy-document.js';
import { valueOf } from '../../reading.js';

export const kmsNoDecryptOnAll = defineControl({
  id: 'kms-no-decrypt-on-all',
  title: 'No role can decrypt with every key.',
  severity: 'medium',
  references: { pci: ['3.6.1', '7.2.1'], runbook: ['6.2'], knownAs: ['SH KMS.1/2'] },
  remediation: 'Name the key in Resource.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: isOwnRole,
  *check(role) {
    for (const { name, document } of valueOf(role.policies)) {
      for (const statement of document.statements) {
        if (statement.effect !== 'Allow' || !coversAction(statement, 'kms:Decrypt')) continue;
        const every = statement.notResources.length > 0 || statement.resources.some(isEveryKey);
        if (every && !namesKeys(statement)) yield `The policy ${name} allows kms:Decrypt on every key.`;
      }
    }
  },
});

/** Of all accounts and Regions, or of one: `*`, `arn:aws:kms:*`, `arn:aws:kms:us-east-1:111122223333:key/*`. */
function isEveryKey(resource: string): boolean {
  const [, , service = '*', , , ...rest] = resource.split(/:(?![^{]*\})/);
  return matchesPattern(service, 'kms') && matchesPattern(rest.length > 0 ? rest.join(':') : '*', ANY_KEY);
}

/** Conditions say which keys, too: by alias or by tag. */
function namesKeys(statement: PolicyStatement): boolean {
  const keys = Object.values(statement.conditions).flatMap((one) => Object.keys(one));
  return keys.some((key) => /^(?:kms:resourcealiases$|aws:resourcetag\/)/.test(key) && pinnedTo(statement, key));
}

/** A key that only a wildcard covers. */
const ANY_KEY = 'key/00000000-0000-0000-0000-000000000000';

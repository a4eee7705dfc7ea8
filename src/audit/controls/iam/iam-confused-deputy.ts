import { defineControl } from '../../control.js';
import { isOwnRole } from '../../own-roles.js';
import { accountsOf } from '../../policies/conditions.js';
import { valueOf } from '../../reading.js';

export const iamConfusedDeputy = defineControl({
  id: 'iam-confused-deputy',
  title: 'Services that may assume a role are bound to the account or the resource.',
  severity: 'high',
  references: { soc2: ['CC6.1'] },
  remediation: 'Add aws:SourceAccount or aws:SourceArn to the trust policy.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: (role) => role.kind === 'role' && isOwnRole(role),
  *check(role) {
    for (const statement of valueOf(role.trust).statements) {
      if (statement.effect !== 'Allow' || accountsOf(statement)) continue;
      for (const { type, value } of statement.principals) {
        if (type === 'Service' && !WITHOUT_SOURCE.has(value)) yield `${value} may assume it for whomever it likes.`;
      }
    }
  },
});

/** Services that assume a role only for what its own account has set up, and send no source. */
const WITHOUT_SOURCE: ReadonlySet<string> = new Set([
  'ec2.amazonaws.com',
  'edgelambda.amazonaws.com',
  'lambda.amazonaws.com',
]);

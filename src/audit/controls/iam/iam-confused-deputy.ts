import { defineControl } from '../../control.js';
import { isOwnRole } from '../../own-roles.js';
import { accountsOf } from '../../policies/conditions.js';
import { valueOf } from '../../reading.js';

export const iamConfusedDeputy = defineControl({
  id: 'iam-confused-deputy',
  title: 'Services can assume a role only for the account or for one resource.',
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
        if (type === 'Service' && !WITHOUT_SOURCE.has(value)) yield `${value} can assume it on behalf of any account.`;
      }
    }
  },
});

/** Services that assume a role only for resources in the role's account, and send no source. */
const WITHOUT_SOURCE: ReadonlySet<string> = new Set([
  'ec2.amazonaws.com',
  'edgelambda.amazonaws.com',
  'lambda.amazonaws.com',
]);

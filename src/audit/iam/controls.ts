/** What is required of roles, users and groups. */
import { controlList } from '../model/control.js';
import { isOwnRole } from '../model/ownership.js';
import { itemsOf, valueOf } from '../model/reading.js';
import { accountsOf } from '../policies/conditions.js';
import { iamNoPrivilegeEscalation } from './iam-no-privilege-escalation.js';
import { iamNoUnexplainedWildcard } from './iam-no-unexplained-wildcard.js';
import { iamTrustLimited } from './iam-trust-limited.js';
import { iamTaskRoleLeastPrivilege } from './iam-task-role-least-privilege.js';

const { controls, define } = controlList();
export { controls };

define(iamTaskRoleLeastPrivilege);

export const iamNoStarStar = define({
  id: 'iam-no-star-star',
  title: 'No policy allows everything on everything.',
  severity: 'high',
  references: {
    soc2: ['CC6.3'],
    nist: ['AC-3', 'AC-6'],
    cis: ['1.15'],
    iso: ['A.5.18', 'A.8.2'],
    runbook: ['6.2'],
    knownAs: ['CKV_AWS_62/63'],
  },
  remediation: 'Name the actions and the resources.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: isOwnRole,
  *check(role) {
    for (const { name, document } of itemsOf(role.policies)) {
      for (const { effect, actions, notActions, resources, notResources } of document.statements) {
        if (effect !== 'Allow' || !(resources.some(isEverything) || notResources.length > 0)) continue;
        if (notActions.length > 0) yield `The policy ${name} allows everything except ${notActions.join(', ')}.`;
        else if (actions.some((action) => /^[*?]+(?::[*?]+)?$/.test(action)))
          yield `The policy ${name} allows everything on everything.`;
      }
    }
  },
});

/** `*`, `**`, `arn:aws:*`, `arn:*:*:*`: no service is named. */
function isEverything(resource: string): boolean {
  const [arn = '', , service = '*'] = resource.split(':');
  return /[*?]/.test(arn) || /^[*?]+$/.test(service);
}

define(iamNoUnexplainedWildcard);

define(iamTrustLimited);

define(iamNoPrivilegeEscalation);

export const iamConfusedDeputy = define({
  id: 'iam-confused-deputy',
  title: 'Services can assume a role only for the account or for one resource.',
  severity: 'high',
  references: { soc2: ['CC6.1'], nist: ['AC-3'], iso: ['A.5.15'] },
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

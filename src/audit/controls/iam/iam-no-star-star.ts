import { defineControl } from '../../control.js';
import { isOwnRole } from '../../own-roles.js';
import { valueOf } from '../../reading.js';

export const iamNoStarStar = defineControl({
  id: 'iam-no-star-star',
  title: 'No policy allows everything on everything.',
  severity: 'high',
  references: { soc2: ['CC6.3'], runbook: ['6.2'], knownAs: ['CKV_AWS_62/63'] },
  remediation: 'Name the actions and the resources.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: isOwnRole,
  *check(role) {
    for (const { name, document } of valueOf(role.policies)) {
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

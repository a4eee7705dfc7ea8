import { defineControl } from '../../control.js';
import { valueOf } from '../../reading.js';

export const iamNoStarStar = defineControl({
  id: 'iam-no-star-star',
  title: 'No policy allows everything on everything.',
  severity: 'high',
  references: { soc2: ['CC6.3'], runbook: ['6.2'], knownAs: ['CKV_AWS_62/63'] },
  remediation: 'Name the actions and the resources.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  *check(role) {
    for (const { name, document } of valueOf(role.policies)) {
      for (const { effect, actions, notActions, resources } of document.statements) {
        const everything = actions.includes('*') || (notActions.length > 0 && actions.length === 0);
        if (effect === 'Allow' && everything && resources.includes('*'))
          yield `The policy ${name} allows everything on everything.`;
      }
    }
  },
});

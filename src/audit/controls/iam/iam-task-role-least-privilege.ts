import { defineControl } from '../../control.js';
import { pinnedTo } from '../../policies/conditions.js';
import { coversAction } from '../../policies/match.js';
import type { PolicyStatement } from '../../policies/policy-document.js';
import { valueOf } from '../../reading.js';

export const iamTaskRoleLeastPrivilege = defineControl({
  id: 'iam-task-role-least-privilege',
  title: 'The task role reads the listed secrets and decrypts with the one key, and nothing else.',
  severity: 'high',
  references: { pci: ['7.2.5'], soc2: ['CC6.3'], runbook: ['6.2'] },
  remediation: 'Attach the policy that the data layer synthesizes, and nothing more; attach it to no other role.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: (role, { declared }) =>
    declared.taskRoles.length > 0 ? declared.taskRoles.includes(role.name) : /TaskRole$/.test(role.name),
  *check(role, context) {
    const policies = valueOf(role.policies);
    for (const { name, document } of policies) {
      for (const statement of document.statements) {
        if (statement.effect !== 'Allow') continue;
        yield* excess(name, statement, context.declared.secrets);
      }
    }
    const own = new Set(policies.map((policy) => JSON.stringify(policy)));
    for (const other of valueOf(context.facts.roles)) {
      if (other.id === role.id || !('value' in other.policies)) continue;
      for (const policy of other.policies.value)
        if (own.has(JSON.stringify(policy))) yield `The policy ${policy.name} is attached to ${other.name}, too.`;
    }
  },
});

const ALLOWED = ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret', 'kms:Decrypt'];

function* excess(policy: string, statement: PolicyStatement, secrets: readonly string[]): Iterable<string> {
  for (const action of [...statement.actions, ...statement.notActions.map((one) => `everything but ${one}`)]) {
    if (!ALLOWED.some((allowed) => allowed.toLowerCase() === action.toLowerCase()))
      yield `The policy ${policy} allows ${action}.`;
  }
  for (const resource of statement.resources) {
    // The six characters that Secrets Manager appends may stay open.
    const name = resource.replace(/-\?{6}$/, '');
    if (/[*?]/.test(name)) yield `The policy ${policy} reaches ${resource}.`;
    else if (/:secret:/.test(name) && secrets.length > 0 && !secrets.some((secret) => isArnOf(name, secret)))
      yield `The policy ${policy} reaches ${resource}, which the config does not declare.`;
  }
  for (const resource of statement.notResources) yield `The policy ${policy} reaches everything but ${resource}.`;
  if (coversAction(statement, 'kms:Decrypt') && pinnedTo(statement, 'kms:ViaService') === undefined) {
    yield `The policy ${policy} decrypts without kms:ViaService.`;
  }
}

/** With the six characters, or without them. */
function isArnOf(arn: string, secret: string): boolean {
  return arn.endsWith(`:secret:${secret}`) || arn.slice(0, -7).endsWith(`:secret:${secret}`);
}

import { isExpectedFor } from '../kms/facts.js';
import { isNamed } from '../model/known-name.js';
import { type ControlContext, defineControl } from '../model/control.js';
import { ownAccount } from '../model/ownership.js';
import { itemsOf, valueOf } from '../model/reading.js';
import { pinnedTo } from '../policies/conditions.js';
import { coversAction } from '../policies/match.js';
import type { PolicyStatement } from '../policies/parse-policy.js';
import { parseArn } from '../../syntax/arn.js';
import { nameOfSecret } from '../../syntax/secret-arn.js';
import { holderName, type RoleFact } from './facts.js';

export const iamTaskRoleLeastPrivilege = defineControl({
  id: 'iam-task-role-least-privilege',
  title: 'The task role can only read the listed secrets and decrypt with the one key.',
  severity: 'high',
  references: { pci: ['7.2.5'], soc2: ['CC6.3'], nist: ['AC-6'], iso: ['A.8.3'], runbook: ['6.2'] },
  remediation: 'Attach the policy that the data layer synthesizes and no other; attach it to no other role.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: (role, { declared }) =>
    role.kind === 'role' && isNamed(role, declared.taskRoles.length > 0 ? declared.taskRoles : ['*TaskRole']),
  expects: ({ taskRoles, existingTaskRoles }, source) =>
    taskRoles.filter((name) => source === 'live' || !existingTaskRoles.includes(name)),
  *check(role, context) {
    const statements: { readonly name: string; readonly statement: PolicyStatement }[] = [];
    for (const { name, document } of itemsOf(role.policies)) {
      for (const statement of document.statements.filter(({ effect }) => effect === 'Allow')) {
        statements.push({ name, statement });
        yield* excess(name, statement);
      }
    }
    for (const { name, statement } of statements) yield* foreignSecrets(name, statement, role, context);
    yield* otherHolders(role);
    // Last, since a key that was not read ends the evaluation.
    for (const { name, statement } of statements) yield* otherKeys(name, statement, role, context);
  },
});

const ALLOWED = ['secretsmanager:GetSecretValue', 'secretsmanager:DescribeSecret', 'kms:Decrypt'];

function* excess(policy: string, statement: PolicyStatement): Iterable<string> {
  for (const action of [...statement.actions, ...statement.notActions.map((one) => `everything except ${one}`)]) {
    if (!ALLOWED.some((allowed) => allowed.toLowerCase() === action.toLowerCase()))
      yield `The policy ${policy} allows ${action}.`;
  }
  for (const resource of statement.resources.filter(isPattern)) yield `The policy ${policy} reaches ${resource}.`;
  for (const resource of statement.notResources) yield `The policy ${policy} reaches everything except ${resource}.`;
  if (!coversAction(statement, 'kms:Decrypt')) return;
  const services = pinnedTo(statement, 'kms:ViaService');
  if (services === undefined) yield `The policy ${policy} decrypts without kms:ViaService.`;
  for (const service of services ?? []) {
    if (!service.startsWith('secretsmanager.')) yield `The policy ${policy} decrypts through ${service}.`;
  }
}

/** The six characters that Secrets Manager appends may stay open. */
function isPattern(resource: string): boolean {
  return /[*?]/.test(resource.replace(/-\?{6}$/, ''));
}

function* foreignSecrets(
  policy: string,
  { resources }: PolicyStatement,
  role: RoleFact,
  context: ControlContext,
): Iterable<string> {
  const { taskSecrets } = context.declared;
  for (const resource of resources.filter((one) => !isPattern(one))) {
    const { service, region, account } = parseArn(resource) ?? {};
    if (service !== 'secretsmanager') continue;
    const name = nameOfSecret(resource);
    const isHere =
      account === ownAccount(role, context) && (context.facts.region === undefined || region === context.facts.region);
    const isDeclared = isHere && taskSecrets.some((secret) => isNameOf(name, secret));
    if (taskSecrets.length > 0 && !isDeclared)
      yield `The policy ${policy} reaches ${resource}, which the config does not declare.`;
    else if (!isTrusted(account, role, context))
      yield `The policy ${policy} reaches ${resource}, which belongs to another account.`;
  }
}

/** With the six characters, or without them. */
function isNameOf(name: string, secret: string): boolean {
  return (
    name === secret || (name.startsWith(`${secret}-`) && /^-(?:[A-Za-z0-9]|\?){6}$/.test(name.slice(secret.length)))
  );
}

function isTrusted(account: string | undefined, role: RoleFact, context: ControlContext): boolean {
  return account === ownAccount(role, context) || context.declared.trustedAccounts.includes(account ?? '');
}

function* otherKeys(
  policy: string,
  statement: PolicyStatement,
  role: RoleFact,
  context: ControlContext,
): Iterable<string> {
  const keys = statement.resources.filter((one) => parseArn(one)?.service === 'kms' && !isPattern(one));
  for (const key of coversAction(statement, 'kms:Decrypt') ? keys : []) {
    if (!isExpectedFor('dataLayer', { arn: key, account: ownAccount(role, context) }, context))
      yield `The policy ${policy} decrypts with ${key}, which the config does not declare.`;
    else if (context.declared.expectedKeys.dataLayer === undefined && !isTrusted(parseArn(key)?.account, role, context))
      yield `The policy ${policy} decrypts with ${key}, which belongs to another account.`;
  }
}

function* otherHolders(role: RoleFact): Iterable<string> {
  for (const { policy, holders } of valueOf(role.policyHolders)) {
    const others = holders.filter((holder) => holder !== holderName(role));
    for (const other of others) yield `The policy ${policy} is also attached to ${other}.`;
  }
}

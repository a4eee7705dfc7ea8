import { defineControl } from '../model/control.js';
import { isOwnRole } from '../model/ownership.js';
import { itemsOf } from '../model/reading.js';
import { pinnedTo } from '../policies/conditions.js';
import { coversAction, describeActions, matchesPattern } from '../policies/match.js';
import type { PolicyStatement } from '../policies/parse-policy.js';

export const iamNoUnexplainedWildcard = defineControl({
  id: 'iam-no-unexplained-wildcard',
  title: 'Wildcards are used only where AWS requires them or a condition narrows them.',
  severity: 'medium',
  references: { soc2: ['CC6.3'], nist: ['AC-6'], iso: ['A.5.18'], runbook: ['6.2'], knownAs: ['N IAM5'] },
  remediation: 'Name the actions and the resources, or narrow the statement with a condition.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: isOwnRole,
  *check(role) {
    const { policies } = role;
    const found = 'unknown' in policies ? (policies.found ?? []) : policies.value;
    const all = found.flatMap(({ document }) => document.statements);
    for (const { name, document } of itemsOf(policies)) {
      for (const statement of document.statements.filter(({ effect }) => effect === 'Allow')) {
        for (const action of statement.actions) {
          if (/[*?]/.test(action) && !EXPLAINED_ACTIONS.has(action.toLowerCase()))
            yield `The policy ${name} allows ${action}.`;
        }
        for (const action of statement.notActions) yield `The policy ${name} allows everything except ${action}.`;
        for (const resource of statement.notResources)
          yield `The policy ${name} allows ${describeActions(statement)} on everything except ${resource}.`;
        for (const resource of isNarrowed(statement) ? [] : statement.resources.filter(isEverything)) {
          const unexplained = statement.actions.filter((action) => !isExplained(action, all));
          for (const action of unexplained) yield `The policy ${name} allows ${action} on ${resource}.`;
        }
      }
    }
  },
});

/**
 * `*`, and everything of a kind: `arn:aws:sqs:us-east-1:111122223333:*`, `…:key/*`, and what begins alike in every
 * account. Objects of one bucket are not, nor what AWS makes and names while a build or a function runs.
 */
function isEverything(resource: string): boolean {
  if (resource.endsWith(':network-interface/*')) return false;
  const [, , service = '*', , account = '', ...rest] = resource.split(/:(?![^{]*\})/);
  const name = rest.join(':');
  if (rest.length === 0 || isWildcard(service)) return /[*?]/.test(resource);
  if (service === 's3' && account === '') return /^[*?]/.test(name);
  // Logs are written only in the role's own account, and AWS's own policies leave it open.
  if (isWildcard(account) && service !== 'logs') return true;
  // What begins with a wildcard is everything that somebody names so.
  return /^(?:[a-z-]+[:/])?[*?]/.test(name);
}

function isWildcard(text: string): boolean {
  return /^[*?]+$/.test(text);
}

function isNarrowed(statement: PolicyStatement): boolean {
  const keys = Object.values(statement.conditions).flatMap((one) => Object.keys(one));
  return keys.some((key) => !OF_THE_CALLER.test(key) && pinnedTo(statement, key) !== undefined);
}

/** Keys that say who asks, or in which Region: they do not say for what. */
const OF_THE_CALLER = /^aws:(?:principal.*|requestedregion|userid|username|useragent)$/;

/**
 * Lambda makes the network interfaces of a function with the function's role, and asks for every resource. A Deny for
 * requests of the function itself keeps its code from them.
 */
function isExplained(action: string, all: readonly PolicyStatement[]): boolean {
  if (WITHOUT_RESOURCES.some((pattern) => matchesPattern(pattern, action, false))) return true;
  const isOfLambda = OF_LAMBDA_NETWORKING.some((one) => one.toLowerCase() === action.toLowerCase());
  return isOfLambda && all.some((one) => one.effect === 'Deny' && coversAction(one, action) && isOfTheCode(one));
}

function isOfTheCode(statement: PolicyStatement): boolean {
  return statement.resources.includes('*') && pinnedTo(statement, 'lambda:SourceFunctionArn') !== undefined;
}

/** Families of actions that services name together. */
const FAMILIES = [
  'kms:GenerateDataKey*',
  'kms:ReEncrypt*',
  's3:GetObject*',
  's3:List*',
  's3:GetBucket*',
  's3:Abort*',
  's3:DeleteObject*',
] as const;

/** Actions without resource-level permissions (Service Authorization Reference). */
const WITHOUT_RESOURCES = [
  'cloudwatch:PutMetricData',
  'ec2:Describe*',
  'ecr:GetAuthorizationToken',
  'elasticache:Describe*',
  'kms:ListAliases',
  'kms:ListKeys',
  'logs:DescribeLogGroups',
  'rds:Describe*',
  's3:ListAllMyBuckets',
  'secretsmanager:GetRandomPassword',
  'secretsmanager:ListSecrets',
  'sts:GetCallerIdentity',
  'xray:Put*',
] as const;

const EXPLAINED_ACTIONS: ReadonlySet<string> = new Set(
  [...FAMILIES, ...WITHOUT_RESOURCES].map((action) => action.toLowerCase()),
);

const OF_LAMBDA_NETWORKING = [
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
] as const;

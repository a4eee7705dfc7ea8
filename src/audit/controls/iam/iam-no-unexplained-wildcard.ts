import { defineControl } from '../../control.js';
import { matchesPattern } from '../../policies/match.js';
import { valueOf } from '../../reading.js';

export const iamNoUnexplainedWildcard = defineControl({
  id: 'iam-no-unexplained-wildcard',
  title: 'Wildcards stand only where AWS leaves no other way, or a condition narrows them.',
  severity: 'medium',
  references: { soc2: ['CC6.3'], runbook: ['6.2'], knownAs: ['N IAM5'] },
  remediation: 'Name the actions and the resources, or narrow the statement by a condition.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  *check(role) {
    for (const { name, document } of valueOf(role.policies)) {
      for (const statement of document.statements) {
        if (statement.effect !== 'Allow') continue;
        for (const action of statement.actions) {
          if (action.includes('*') && !FAMILIES.some((family) => family === action))
            yield `The policy ${name} allows ${action}.`;
        }
        const narrowed = Object.keys(statement.conditions).length > 0;
        if (!statement.resources.includes('*') || narrowed) continue;
        for (const action of statement.actions.filter(
          (one) => !WITHOUT_RESOURCES.some((pattern) => matchesPattern(pattern, one, false)),
        )) {
          yield `The policy ${name} allows ${action} on every resource.`;
        }
      }
    }
  },
});

/** Families of actions that services name together. */
const FAMILIES: readonly string[] = [
  'kms:GenerateDataKey*',
  'kms:ReEncrypt*',
  's3:GetObject*',
  's3:List*',
  's3:GetBucket*',
  's3:Abort*',
  's3:DeleteObject*',
];

/** Actions that know no resource (Service Authorization Reference). */
const WITHOUT_RESOURCES: readonly string[] = [
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
];

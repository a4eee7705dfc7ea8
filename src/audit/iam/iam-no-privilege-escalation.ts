import { defineControl } from '../model/control.js';
import { isOwnRole } from '../model/ownership.js';
import { itemsOf } from '../model/reading.js';
import { pinnedTo } from '../policies/conditions.js';
import { coversAction, reaches } from '../policies/match.js';
import type { PolicyStatement } from '../policies/parse-policy.js';

export const iamNoPrivilegeEscalation = defineControl({
  id: 'iam-no-privilege-escalation',
  title: 'No role, user or group can give itself more rights.',
  severity: 'high',
  references: {
    pci: ['7.2.1', '7.2.5'],
    soc2: ['CC6.3'],
    nist: ['AC-3', 'AC-6'],
    iso: ['A.5.18', 'A.8.2'],
    knownAs: ['CKV_AWS_286', 'P iam_policy_allows_privilege_escalation'],
  },
  remediation:
    'Name the roles, users and policies in Resource, or require a permissions boundary by iam:PermissionsBoundary.',
  evaluatedOn: ['template', 'live'],
  kind: 'roles',
  concerns: isOwnRole,
  *check(role) {
    const all: PolicyStatement[] = [];
    for (const { name, document } of itemsOf(role.policies)) {
      const statements = document.statements.filter(({ effect }) => effect === 'Allow');
      all.push(...statements);
      for (const action of ALONE)
        if (statements.some((one) => isAnybodys(one, action)))
          yield `The policy ${name} allows ${action} on what has more rights.`;
    }
    if (!all.some((one) => isAnybodys(one, PASSES))) return;
    const runs = RUNS.filter((action) => all.some((one) => coversAction(one, action)));
    if (runs.length > 0) yield `It can pass any role to what it starts: ${PASSES} and ${runs.join(', ')}.`;
  },
});

/** Each of them alone makes its holder as strong as the strongest that it reaches. */
const ALONE = [
  'iam:AddUserToGroup',
  'iam:AttachGroupPolicy',
  'iam:AttachRolePolicy',
  'iam:AttachUserPolicy',
  'iam:CreateAccessKey',
  'iam:CreateLoginProfile',
  'iam:CreatePolicyVersion',
  'iam:PutGroupPolicy',
  'iam:PutRolePolicy',
  'iam:PutUserPolicy',
  'iam:SetDefaultPolicyVersion',
  'iam:UpdateAssumeRolePolicy',
  'iam:UpdateLoginProfile',
] as const;

const PASSES = 'iam:PassRole';

/** What runs code of the one who starts it with a role that they pass. */
const RUNS = [
  'cloudformation:CreateStack',
  'codebuild:CreateProject',
  'ec2:RunInstances',
  'ecs:RunTask',
  'glue:CreateDevEndpoint',
  'lambda:CreateFunction',
  'lambda:UpdateFunctionConfiguration',
  'sagemaker:CreateNotebookInstance',
] as const;

/** Whether a statement allows an action on identities that it does not name, and no condition says which. */
function isAnybodys(statement: PolicyStatement, action: string): boolean {
  if (!coversAction(statement, action)) return false;
  if (isNarrowed(statement)) return false;
  return ANYBODY.some((arn) => reaches(statement, arn));
}

/** Identities of a name that nobody has: only a wildcard covers them. */
const ANYBODY = ['role', 'user', 'group', 'policy'].map(
  (kind) => `arn:aws:iam::*:${kind}/of-a-name-that-no-one-would-give`,
);

/** To some identities or policies, or to those within a boundary. To which service a role goes does not say which role. */
function isNarrowed(statement: PolicyStatement): boolean {
  const keys = Object.values(statement.conditions).flatMap((one) => Object.keys(one));
  return keys.some((key) => NARROWING.test(key) && pinnedTo(statement, key) !== undefined);
}

const NARROWING = /^(?:iam:(?:permissionsboundary|policyarn|associatedresourcearn)$|(?:aws|iam):resourcetag\/)/;

import { iamConfusedDeputy, iamNoStarStar } from '../../../src/audit/iam/controls.js';
import { iamNoPrivilegeEscalation } from '../../../src/audit/iam/iam-no-privilege-escalation.js';
import { iamNoUnexplainedWildcard } from '../../../src/audit/iam/iam-no-unexplained-wildcard.js';
import { iamTrustLimited } from '../../../src/audit/iam/iam-trust-limited.js';
import { iamTaskRoleLeastPrivilege } from '../../../src/audit/iam/iam-task-role-least-privilege.js';
import { known } from '../../../src/audit/model/reading.js';
import { ACCOUNT, allow, GOOD, KEY_ARN, policyOf, STRANGER } from '../facts-builder.js';
import { fixture, type Fixture } from '../fixture.js';

const SECRET = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:s-AbCdEf';
const VIA = { StringEquals: { 'kms:ViaService': 'secretsmanager.us-east-1.amazonaws.com' } };
const via = (...services: readonly string[]) => ({
  StringEquals: { 'kms:ViaService': services.map((service) => `${service}.us-east-1.amazonaws.com`) },
});
const READ = allow('secretsmanager:GetSecretValue', { Resource: SECRET });
const policies = (...statements: readonly unknown[]) => ({
  policies: known([{ name: 'one', document: policyOf(...statements) }]),
});
const TASK_POLICIES = policies(READ, allow('kms:Decrypt', { Resource: KEY_ARN, Condition: VIA }));
const trust = (Condition?: unknown) => ({
  trust: known(
    policyOf({
      Effect: 'Allow',
      Principal: { Service: 'codebuild.amazonaws.com' },
      Action: 'sts:AssumeRole',
      ...(Condition !== undefined && { Condition }),
    }),
  ),
});

const trusting = (more: Readonly<Record<string, unknown>>) => ({
  trust: known(policyOf({ Effect: 'Allow', Action: 'sts:AssumeRole', ...more })),
});
const GITHUB = {
  Principal: { Federated: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` },
  Action: 'sts:AssumeRoleWithWebIdentity',
};

export const IAM_FIXTURES: readonly Fixture[] = [
  fixture({
    control: iamNoPrivilegeEscalation,
    reads: ['policies'],
    fails: [
      ...['*', 'arn:aws:iam::111122223333:role/*', 'arn:aws:iam::*:role/of*'].map(
        (Resource) =>
          [
            'The policy one allows iam:AttachRolePolicy on what has more rights.',
            policies(allow('iam:AttachRolePolicy', { Resource })),
          ] as const,
      ),
      [
        'The policy one allows iam:CreatePolicyVersion on what has more rights.',
        policies(
          allow('iam:CreatePolicyVersion'),
          allow('iam:PutRolePolicy', {
            Condition: { StringEquals: { 'iam:PermissionsBoundary': 'arn:aws:iam::111122223333:policy/b' } },
          }),
          allow('iam:AttachRolePolicy', { Resource: 'arn:aws:iam::111122223333:role/build' }),
          allow('iam:PassRole'),
        ),
      ],
      [
        'It can pass any role to what it starts: iam:PassRole and lambda:CreateFunction.',
        policies(
          allow('iam:PassRole', { Condition: { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } } }),
          allow('lambda:CreateFunction'),
        ),
      ],
    ],
  }),
  fixture({
    control: iamTaskRoleLeastPrivilege,
    declared: {
      taskRoles: ['build'],
      secrets: ['s', 'of-backups'],
      taskSecrets: ['s'],
      expectedKeys: { dataLayer: { alias: 'alias/data' } },
    },
    good: { ...GOOD.roles, ...TASK_POLICIES },
    reads: ['policies', 'policyHolders'],
    fails: [
      ['The policy one allows s3:GetObject.', policies(READ, allow('s3:GetObject', { Resource: 'arn:aws:s3:::b/k' }))],
      ['The policy one reaches *.', policies(allow('secretsmanager:GetSecretValue'))],
      ...[
        SECRET.replace(':s-', ':other-'),
        SECRET.replace(':s-', ':of-backups-'),
        SECRET.replace(':s-', ':s/more-'),
        SECRET.replace(':s-', ':sabcdefg-'),
        SECRET.replace(ACCOUNT, STRANGER),
        SECRET.replace('us-east-1', 'eu-west-3'),
      ].map(
        (Resource) =>
          [
            `The policy one reaches ${Resource}, which the config does not declare.`,
            policies(allow('secretsmanager:GetSecretValue', { Resource })),
          ] as const,
      ),
      [
        `The policy one reaches ${SECRET.replace(ACCOUNT, STRANGER)}, which belongs to another account.`,
        policies(allow('secretsmanager:GetSecretValue', { Resource: SECRET.replace(ACCOUNT, STRANGER) })),
        { declared: { taskSecrets: [] } },
      ],
      ['The policy one decrypts without kms:ViaService.', policies(READ, allow('kms:Decrypt', { Resource: KEY_ARN }))],
      [
        'The policy one decrypts through s3.us-east-1.amazonaws.com.',
        policies(allow('kms:Decrypt', { Resource: KEY_ARN, Condition: via('s3', 'secretsmanager') })),
      ],
      [
        `The policy one decrypts with ${KEY_ARN.replace(ACCOUNT, STRANGER)}, which the config does not declare.`,
        policies(allow('kms:Decrypt', { Resource: KEY_ARN.replace(ACCOUNT, STRANGER), Condition: VIA })),
      ],
      [
        `The policy one decrypts with ${KEY_ARN}, which the config does not declare.`,
        {},
        { declared: { expectedKeys: { dataLayer: { alias: 'alias/other' } } } },
      ],
      [
        `The policy one decrypts with ${KEY_ARN.replace(ACCOUNT, STRANGER)}, which belongs to another account.`,
        policies(allow('kms:Decrypt', { Resource: KEY_ARN.replace(ACCOUNT, STRANGER), Condition: VIA })),
        { declared: { expectedKeys: {} } },
      ],
      [
        'The policy one is also attached to second.',
        {
          policyHolders: known([
            {
              policy: 'one',
              holders: ['build', 'second'],
            },
          ]),
        },
      ],
    ],
  }),
  fixture({
    control: iamNoStarStar,
    reads: ['policies'],
    fails: [
      ...['*', '**', 'arn:aws:*', 'arn:*:*:*:*:*', 'arn:aws:*:us-east-1:111122223333:*', 'a*'].map(
        (Resource) => ['The policy one allows everything on everything.', policies(allow('*', { Resource }))] as const,
      ),
      ['The policy one allows everything on everything.', policies(allow('*:**'))],
      [
        'The policy one allows everything except iam:*.',
        policies({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }),
      ],
    ],
  }),
  fixture({
    control: iamNoUnexplainedWildcard,
    reads: ['policies'],
    fails: [
      ['The policy one allows s3:*.', policies(allow('s3:*', { Resource: 'arn:aws:s3:::b/*' }))],
      ['The policy one allows sqs:SendMessage on *.', policies(allow('sqs:SendMessage'))],
      [
        'The policy one allows sqs:SendMessage on *.',
        policies(allow('sqs:SendMessage', { Condition: { StringLike: { 'aws:PrincipalArn': '*' } } })),
      ],
      [
        'The policy one allows kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key/*.',
        policies(allow('kms:Decrypt', { Resource: 'arn:aws:kms:us-east-1:111122223333:key/*' })),
      ],
      ...(
        [
          ['s3:GetObject', 'arn:aws:s3:::*/*'],
          ['s3:GetObject', 'arn:aws:s3:::*'],
          ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:us-east-1:*:secret:fintech/*'],
          ['iam:PassRole', 'arn:aws:iam::111122223333:role/?*'],
          ['sqs:SendMessage', 'arn:aws:*:us-east-1:111122223333:queue'],
          ['iam:PassRole', 'arn:aws:iam::111122223333:role/*a*'],
          ['secretsmanager:GetSecretValue', 'arn:aws:secretsmanager:us-east-1:111122223333:secret:*-??????'],
          ['s3:GetObject', 'arn:aws:s3:::*-logs/*'],
        ] as const
      ).map(
        ([action, Resource]) =>
          [`The policy one allows ${action} on ${Resource}.`, policies(allow(action, { Resource }))] as const,
      ),
      ...['aws:RequestedRegion', 'aws:PrincipalAccount'].map(
        (key) =>
          [
            'The policy one allows s3:DeleteObject on *.',
            policies(allow('s3:DeleteObject', { Condition: { StringEquals: { [key]: '111122223333' } } })),
          ] as const,
      ),
      [
        'The policy one allows everything except s3:DeleteObject.',
        policies({ Effect: 'Allow', NotAction: 's3:DeleteObject', Resource: 'arn:aws:s3:::b/k' }),
      ],
      [
        'The policy one allows sqs:SendMessage on everything except arn:aws:sqs:us-east-1:111122223333:q.',
        policies({ Effect: 'Allow', Action: 'sqs:SendMessage', NotResource: 'arn:aws:sqs:us-east-1:111122223333:q' }),
      ],
      ['The policy one allows ec2:CreateNetworkInterface on *.', policies(allow('ec2:CreateNetworkInterface'))],
    ],
  }),
  fixture({
    control: iamTrustLimited,
    declared: { trustedAccounts: ['444455556666'] },
    reads: ['trust'],
    fails: [
      ['A statement without Sid allows everyone sts:AssumeRole.', trusting({ Principal: { AWS: '*' } })],
      [
        `A statement without Sid allows account ${STRANGER}, which the config does not name.`,
        trusting({ Principal: { AWS: ['arn:aws:iam::444455556666:root', `arn:aws:iam::${STRANGER}:root`] } }),
      ],
      [
        'A statement without Sid allows everyone else by NotPrincipal.',
        trusting({ NotPrincipal: { AWS: `arn:aws:iam::${STRANGER}:root` } }),
      ],
      [
        'A statement without Sid lets anyone assume it who signs in at token.actions.githubusercontent.com.',
        trusting({
          ...GITHUB,
          Condition: { StringEquals: { 'token.actions.githubusercontent.com:aud': 'sts.amazonaws.com' } },
        }),
      ],
      [
        'A statement without Sid lets anyone assume it who signs in at token.actions.githubusercontent.com as repo:*:ref:refs/heads/main.',
        trusting({
          ...GITHUB,
          Condition: {
            StringLike: { 'token.actions.githubusercontent.com:sub': ['repo:*:ref:refs/heads/main', 'repo:us/app:*'] },
          },
        }),
      ],
      [
        'A statement without Sid lets anyone assume it who signs in at token.actions.githubusercontent.com as repo:us*/app:ref:refs/heads/main.',
        trusting({
          ...GITHUB,
          Condition: {
            StringLike: { 'token.actions.githubusercontent.com:sub': 'repo:us*/app:ref:refs/heads/main' },
          },
        }),
      ],
      [
        'A statement without Sid lets anyone assume it who signs in at accounts.google.com.',
        trusting({ Principal: { Federated: 'accounts.google.com' }, Action: 'sts:AssumeRoleWithWebIdentity' }),
      ],
    ],
  }),
  fixture({
    control: iamConfusedDeputy,
    reads: ['trust'],
    fails: [
      ['codebuild.amazonaws.com can assume it on behalf of any account.', trust()],
      [
        'codebuild.amazonaws.com can assume it on behalf of any account.',
        trust({ ArnLike: { 'aws:SourceArn': 'arn:aws:codebuild:*:*:project/*' } }),
      ],
    ],
  }),
];

import {
  DeleteRolePolicyCommand,
  GetRoleCommand,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import type { LiveCase, Surroundings } from '../live-cases/live-case.js';
import { policyOf } from '../live-cases/policies.js';

const TASK = 'FinTech-ECS-TaskRole';
const BUILD = 'rds-pgdump-codebuild-role-prod-appdb';

export const IAM_CASES: readonly LiveCase[] = [
  {
    control: 'iam-task-role-least-privilege',
    fails: [TASK],
    says: 'The policy more allows s3:GetObject.',
    break: allowed(TASK, { Action: 's3:GetObject', Resource: 'arn:aws:s3:::reports/*' }),
  },
  {
    control: 'iam-no-star-star',
    fails: [BUILD],
    says: 'The policy more allows everything on everything.',
    break: allowed(BUILD, { Action: '*', Resource: '*' }),
  },
  {
    control: 'iam-no-unexplained-wildcard',
    fails: [BUILD],
    says: 'The policy more allows sqs:SendMessage on *.',
    break: allowed(BUILD, { Action: 'sqs:SendMessage', Resource: '*' }),
  },
  {
    control: 'iam-no-privilege-escalation',
    fails: [BUILD],
    says: 'The policy more allows iam:AttachRolePolicy on what has more rights.',
    break: allowed(BUILD, { Action: 'iam:AttachRolePolicy', Resource: '*' }),
  },
  {
    control: 'kms-no-decrypt-on-all',
    fails: [BUILD],
    says: 'The policy more allows kms:Decrypt on every key.',
    break: allowed(BUILD, { Action: 'kms:Decrypt', Resource: '*' }),
  },
  {
    control: 'iam-trust-limited',
    fails: [TASK],
    says: /allows everyone sts:AssumeRole/,
    async break({ aws: { iam } }) {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: TASK }));
      const put = (PolicyDocument: string) =>
        iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: TASK, PolicyDocument }));
      await put(policyOf({ Principal: { AWS: '*' }, Action: 'sts:AssumeRole' }));
      return () => put(decodeURIComponent(Role!.AssumeRolePolicyDocument!));
    },
  },
  {
    control: 'iam-confused-deputy',
    fails: [BUILD],
    says: 'codebuild.amazonaws.com can assume it on behalf of any account.',
    async break({ aws: { iam } }) {
      const { Role } = await iam.send(new GetRoleCommand({ RoleName: BUILD }));
      const put = (PolicyDocument: string) =>
        iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: BUILD, PolicyDocument }));
      await put(policyOf({ Principal: { Service: 'codebuild.amazonaws.com' }, Action: 'sts:AssumeRole' }));
      return () => put(decodeURIComponent(Role!.AssumeRolePolicyDocument!));
    },
  },
];

function allowed(RoleName: string, statement: object) {
  return async ({ aws: { iam } }: Surroundings) => {
    const PolicyName = 'more';
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: policyOf(statement) }));
    return () => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName }));
  };
}

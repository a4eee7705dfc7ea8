/** Whoever shares the task role's policy is found, though the audit is about nothing else of theirs. */
import {
  AttachRolePolicyCommand,
  AttachUserPolicyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { expect, it } from 'vitest';
import { evaluate } from '../../../src/audit/evaluate.js';
import { iamTaskRoleLeastPrivilege } from '../../../src/audit/iam/iam-task-role-least-privilege.js';
import { NOTHING_DECLARED } from '../../../src/audit/model/declared.js';
import { valueOf } from '../../../src/audit/model/reading.js';
import { readLiveFacts } from '../../../src/audit/read-live-facts.js';
import { useEmulator } from '../../helpers/emulator.js';
import { ACCOUNT, inAccount, WITH_POLICIES_OF_AWS } from './deployed.js';
import { policyOf } from './live-cases/policies.js';

const emulator = useEmulator(undefined, WITH_POLICIES_OF_AWS);

it('a policy of the task role that others have is reported, and the others are not audited', async () => {
  const clientOptions = await inAccount(emulator, ACCOUNT);
  const iam = new IAMClient(clientOptions);
  const AssumeRolePolicyDocument = policyOf({
    Principal: { Service: 'ecs-tasks.amazonaws.com' },
    Action: 'sts:AssumeRole',
  });
  for (const RoleName of ['Task', 'Other', 'Third'])
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  await iam.send(new CreateUserCommand({ UserName: 'ann' }));
  const secret = `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:s-AbCdEf`;
  const PolicyDocument = policyOf({ Action: 'secretsmanager:GetSecretValue', Resource: secret });
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'managed', PolicyDocument }));
  const PolicyArn = Policy!.Arn!;
  for (const RoleName of ['Task', 'Other']) await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await iam.send(new AttachUserPolicyCommand({ UserName: 'ann', PolicyArn }));
  for (const RoleName of ['Task', 'Third'])
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'inline', PolicyDocument }));

  const declared = { ...NOTHING_DECLARED, taskRoles: ['Task'], taskSecrets: ['s'] };
  const facts = await readLiveFacts({ clientOptions, scope: 'declared', declared });
  expect(valueOf(facts.roles).map(({ name }) => name)).toEqual(['Task']);
  const [finding] = evaluate([iamTaskRoleLeastPrivilege], facts, declared);
  expect([...(finding?.problems ?? [])].sort()).toEqual([
    'The policy inline is also attached to Third.',
    'The policy managed is also attached to Other.',
    'The policy managed is also attached to the user ann.',
  ]);
});

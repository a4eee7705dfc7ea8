import {
  CancelRotateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  PutResourcePolicyCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  UpdateSecretCommand,
} from '@aws-sdk/client-secrets-manager';
import type { LiveCase } from '../live-cases/live-case.js';
import { policyOf, STRANGER } from '../live-cases/policies.js';

const SecretId = 'fintech/redis-auth';

export const SECRETS_CASES: readonly LiveCase[] = [
  {
    control: 'secrets-exist',
    fails: [SecretId],
    says: 'The config declares it, but it does not exist.',
    async break({ aws: { secrets } }) {
      await secrets.send(new DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }));
      return () => secrets.send(new RestoreSecretCommand({ SecretId }));
    },
  },
  {
    control: 'secrets-cmk',
    fails: [SecretId],
    says: /AWS managed key|not encrypted with a customer managed key/,
    async break({ aws: { secrets } }) {
      const { KmsKeyId } = await secrets.send(new DescribeSecretCommand({ SecretId }));
      await secrets.send(new UpdateSecretCommand({ SecretId, KmsKeyId: 'alias/aws/secretsmanager' }));
      return () => secrets.send(new UpdateSecretCommand({ SecretId, KmsKeyId }));
    },
  },
  {
    control: 'secrets-rotation',
    fails: [SecretId],
    says: 'It does not rotate.',
    async break({ aws: { secrets } }) {
      const { RotationLambdaARN, RotationRules } = await secrets.send(new DescribeSecretCommand({ SecretId }));
      await secrets.send(new CancelRotateSecretCommand({ SecretId }));
      return () =>
        secrets.send(new RotateSecretCommand({ SecretId, RotationLambdaARN, RotationRules, RotateImmediately: false }));
    },
  },
  {
    control: 'secrets-policy',
    fails: [SecretId],
    says: new RegExp(STRANGER),
    async break({ aws: { secrets } }) {
      const Principal = { AWS: `arn:aws:iam::${STRANGER}:root` };
      const ResourcePolicy = policyOf({ Principal, Action: 'secretsmanager:GetSecretValue', Resource: '*' });
      await secrets.send(new PutResourcePolicyCommand({ SecretId, ResourcePolicy }));
      return () => secrets.send(new DeleteResourcePolicyCommand({ SecretId }));
    },
  },
];

import {
  CancelKeyDeletionCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  GetKeyPolicyCommand,
  PutKeyPolicyCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import type { AuditClients } from '../../../../src/audit/live/clients.js';
import type { LiveCase, Mend } from '../live-cases/live-case.js';
import { withStatement } from '../live-cases/policies.js';

const ALIAS = 'alias/fintech-prod-key';

export const KMS_CASES: readonly LiveCase[] = [
  {
    control: 'kms-rotation-enabled',
    fails: [ALIAS],
    says: 'Automatic rotation is off.',
    async break({ aws: { kms } }) {
      const KeyId = await keyId(kms);
      await kms.send(new DisableKeyRotationCommand({ KeyId }));
      return () => kms.send(new EnableKeyRotationCommand({ KeyId }));
    },
  },
  {
    control: 'kms-not-pending-deletion',
    fails: [ALIAS],
    says: 'The key is PendingDeletion.',
    async break({ aws: { kms } }) {
      const KeyId = await keyId(kms);
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId }));
      return async () => {
        await kms.send(new CancelKeyDeletionCommand({ KeyId }));
        await kms.send(new EnableKeyCommand({ KeyId }));
      };
    },
  },
  {
    control: 'kms-no-public-principal',
    fails: [ALIAS],
    says: /everyone/,
    break: ({ aws: { kms } }) => allow(kms, { Principal: '*', Action: 'kms:DescribeKey' }),
  },
  {
    control: 'kms-no-foreign-access',
    fails: [ALIAS],
    says: /allows account 999999999999, which the config does not name/,
    break: ({ aws: { kms } }) =>
      allow(kms, { Principal: { AWS: 'arn:aws:iam::999999999999:root' }, Action: 'kms:DescribeKey' }),
  },
  {
    control: 'kms-via-service',
    fails: [ALIAS],
    says: /kms:Decrypt/,
    break: ({ aws: { kms }, account }) =>
      allow(kms, { Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:Decrypt' }),
  },
  {
    control: 'kms-admins-cannot-use',
    fails: [ALIAS],
    says: /allows administration and kms:Decrypt together/,
    break: ({ aws: { kms }, account }) =>
      allow(kms, { Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: ['kms:PutKeyPolicy', 'kms:Decrypt'] }),
  },
];

async function keyId(kms: AuditClients['kms']): Promise<string> {
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: ALIAS }));
  return KeyMetadata!.KeyId!;
}

async function allow(kms: AuditClients['kms'], statement: object): Promise<Mend> {
  const PolicyName = 'default';
  const KeyId = await keyId(kms);
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName }));
  const put = (text: string) => kms.send(new PutKeyPolicyCommand({ KeyId, PolicyName, Policy: text }));
  await put(withStatement(Policy!, { Effect: 'Allow', Resource: '*', ...statement }));
  return () => put(Policy!);
}

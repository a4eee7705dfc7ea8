import {
  DeleteBucketLifecycleCommand,
  DeleteBucketReplicationCommand,
  DeletePublicAccessBlockCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketPolicyCommand,
  GetBucketReplicationCommand,
  GetObjectLockConfigurationCommand,
  type ListObjectsV2CommandOutput,
  type ObjectOwnership,
  PutBucketEncryptionCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketLoggingCommand,
  PutBucketOwnershipControlsCommand,
  PutBucketPolicyCommand,
  PutBucketReplicationCommand,
  PutBucketVersioningCommand,
  PutObjectLockConfigurationCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import {
  DeletePublicAccessBlockCommand as DeleteOfAccount,
  PutPublicAccessBlockCommand as PutOfAccount,
} from '@aws-sdk/client-s3-control';
import type { AuditClients } from '../../../../src/audit/live/clients.js';
import { ACCOUNT } from '../deployed.js';
import { answering, type LiveCase, type Mend } from '../live-cases/live-case.js';
import { STRANGER, withoutStatements, withStatement } from '../live-cases/policies.js';

export const DATA = `fintech-prod-data-${ACCOUNT}-us-east-1`;
export const LOGS = `fintech-prod-logs-${ACCOUNT}-us-east-1`;
const VAULT = 'rds-backup-layer2-prod';

export const ALL_BLOCKED = {
  BlockPublicAcls: true,
  IgnorePublicAcls: true,
  BlockPublicPolicy: true,
  RestrictPublicBuckets: true,
};

type S3 = AuditClients['s3'];

export const S3_CASES: readonly LiveCase[] = [
  {
    control: 's3-public-access-blocked',
    fails: [DATA],
    says: 'blockPublicPolicy is off.',
    async break({ aws: { s3 } }) {
      await s3.send(new DeletePublicAccessBlockCommand({ Bucket: DATA }));
      return () =>
        s3.send(new PutPublicAccessBlockCommand({ Bucket: DATA, PublicAccessBlockConfiguration: ALL_BLOCKED }));
    },
  },
  {
    control: 's3-account-public-access-blocked',
    fails: [ACCOUNT],
    says: 'The account does not have all four public access blocks turned on.',
    async break({ aws: { s3Control } }) {
      await s3Control.send(new DeleteOfAccount({ AccountId: ACCOUNT }));
      return () =>
        s3Control.send(new PutOfAccount({ AccountId: ACCOUNT, PublicAccessBlockConfiguration: ALL_BLOCKED }));
    },
  },
  {
    control: 's3-tls-only',
    fails: [DATA],
    says: /does not deny .*s3:GetObject.* without TLS/,
    break: ({ aws: { s3 } }) =>
      policyChanged(s3, DATA, (policy) =>
        withoutStatements(policy, ({ Condition }) => JSON.stringify(Condition ?? {}).includes('aws:SecureTransport')),
      ),
  },
  {
    control: 's3-cmk',
    fails: [DATA],
    says: 'The default encryption does not use a customer managed key.',
    async break({ aws: { s3 } }) {
      const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket: DATA }));
      const put = (Rules: NonNullable<typeof ServerSideEncryptionConfiguration>['Rules']) =>
        s3.send(new PutBucketEncryptionCommand({ Bucket: DATA, ServerSideEncryptionConfiguration: { Rules } }));
      await put([{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }]);
      return () => put(ServerSideEncryptionConfiguration!.Rules);
    },
  },
  {
    control: 's3-versioning',
    fails: [LOGS],
    says: 'Versioning is suspended.',
    async break({ aws: { s3 } }) {
      const put = (Status: 'Enabled' | 'Suspended') =>
        s3.send(new PutBucketVersioningCommand({ Bucket: LOGS, VersioningConfiguration: { Status } }));
      await put('Suspended');
      return () => put('Enabled');
    },
  },
  {
    control: 's3-access-logging',
    fails: [DATA],
    says: 'Access is not logged.',
    async break({ aws: { s3 } }) {
      const { LoggingEnabled } = await s3.send(new GetBucketLoggingCommand({ Bucket: DATA }));
      await s3.send(new PutBucketLoggingCommand({ Bucket: DATA, BucketLoggingStatus: {} }));
      return () => s3.send(new PutBucketLoggingCommand({ Bucket: DATA, BucketLoggingStatus: { LoggingEnabled } }));
    },
  },
  {
    control: 's3-logs-arriving',
    fails: [LOGS],
    says: /^There is no log under the prefix /,
    recorded: 'the log of each request is delivered at once',
    break: ({ aws: { s3 } }) =>
      Promise.resolve(
        answering<ListObjectsV2CommandOutput>(s3, 'ListObjectsV2Command', (answer, { Bucket }) =>
          Bucket === LOGS ? { $metadata: answer!.$metadata, KeyCount: 0, IsTruncated: false } : answer!,
        ),
      ),
  },
  {
    control: 's3-replication',
    fails: [DATA],
    says: 'No replication rule is enabled.',
    async break({ aws: { s3 } }) {
      const { ReplicationConfiguration } = await s3.send(new GetBucketReplicationCommand({ Bucket: DATA }));
      await s3.send(new DeleteBucketReplicationCommand({ Bucket: DATA }));
      return () => s3.send(new PutBucketReplicationCommand({ Bucket: DATA, ReplicationConfiguration }));
    },
  },
  {
    control: 's3-lifecycle',
    fails: [DATA],
    says: 'Incomplete uploads are not aborted everywhere in the bucket.',
    async break({ aws: { s3 } }) {
      const { Rules } = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket: DATA }));
      await s3.send(new DeleteBucketLifecycleCommand({ Bucket: DATA }));
      return () =>
        s3.send(new PutBucketLifecycleConfigurationCommand({ Bucket: DATA, LifecycleConfiguration: { Rules } }));
    },
  },
  {
    control: 's3-acls-off',
    fails: [DATA],
    says: 'Object ownership is ObjectWriter.',
    async break({ aws: { s3 } }) {
      const put = (ObjectOwnership: ObjectOwnership) =>
        s3.send(
          new PutBucketOwnershipControlsCommand({ Bucket: DATA, OwnershipControls: { Rules: [{ ObjectOwnership }] } }),
        );
      await put('ObjectWriter');
      return () => put('BucketOwnerEnforced');
    },
  },
  {
    control: 's3-foreign-grants-limited',
    fails: [DATA],
    says: new RegExp(STRANGER),
    break: ({ aws: { s3 } }) =>
      policyChanged(s3, DATA, (policy) =>
        withStatement(policy, {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${STRANGER}:root` },
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${DATA}/*`,
        }),
      ),
  },
  {
    control: 's3-object-lock',
    place: 'vault',
    fails: [VAULT],
    says: 'Object Lock has no default retention.',
    async break({ aws: { s3 } }) {
      const { ObjectLockConfiguration } = await s3.send(new GetObjectLockConfigurationCommand({ Bucket: VAULT }));
      const put = (configuration: typeof ObjectLockConfiguration) =>
        s3.send(new PutObjectLockConfigurationCommand({ Bucket: VAULT, ObjectLockConfiguration: configuration }));
      await put({ ObjectLockEnabled: 'Enabled' });
      return () => put(ObjectLockConfiguration);
    },
  },
  {
    control: 's3-wrong-key-denied',
    place: 'vault',
    fails: [VAULT],
    says: /A PUT with another key is not denied/,
    break: ({ aws: { s3 } }) =>
      policyChanged(s3, VAULT, (policy) =>
        withoutStatements(policy, ({ Condition }) => JSON.stringify(Condition ?? {}).includes('aws-kms-key-id')),
      ),
  },
  {
    control: 'vault-writer-is-write-only',
    place: 'vault',
    fails: [VAULT],
    says: /allows other accounts s3:GetObject/,
    break: ({ aws: { s3 } }) =>
      policyChanged(s3, VAULT, (policy) =>
        withStatement(policy, {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
          Action: 's3:GetObject',
          Resource: `arn:aws:s3:::${VAULT}/layer2/*`,
        }),
      ),
  },
];

async function policyChanged(s3: S3, Bucket: string, change: (policy: string) => string): Promise<Mend> {
  const { Policy } = await s3.send(new GetBucketPolicyCommand({ Bucket }));
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy: change(Policy!) }));
  return () => s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
}

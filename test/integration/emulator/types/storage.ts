/** Keys, buckets and tables. */
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeKeyCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import * as s3 from '@aws-sdk/client-s3';
import type { Emulator } from '../../../helpers/emulator.js';
import { att, clientOptions, policy, ref, sub } from '../stacks.js';
import { KEY, type TypeCase } from './case.js';

const keyPolicy = policy({
  Effect: 'Allow',
  Principal: { AWS: ref('AWS::AccountId') },
  Action: 'kms:*',
  Resource: '*',
});

const keyProperties = {
  KeyPolicy: keyPolicy,
  Description: 'vault',
  EnableKeyRotation: true,
  RotationPeriodInDays: 180,
  Tags: [{ Key: 'team', Value: 'data' }],
};

const tlsOnly = policy({
  Sid: 'Tls',
  Effect: 'Deny',
  Principal: '*',
  Action: 's3:*',
  Resource: [att('Bucket', 'Arn'), sub('${Bucket.Arn}/*')],
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
});

export const KEYS: TypeCase = {
  shows: ['AWS::KMS::Key', 'AWS::KMS::Alias'],
  resources: {
    Key: { Type: 'AWS::KMS::Key', Properties: keyProperties },
    Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/vault', TargetKeyId: att('Key', 'Arn') } },
  },
  outputs: { id: ref('Key'), arn: att('Key', 'Arn'), alias: ref('Alias') },
  async read(emulator, { ids }) {
    const client = new KMSClient(clientOptions(emulator));
    const KeyId = ids.Key;
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: 'alias/vault' }));
    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
    const { Tags } = await client.send(new ListResourceTagsCommand({ KeyId }));
    const rotation = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
    return {
      id: KeyMetadata?.KeyId,
      description: KeyMetadata?.Description,
      statements: (JSON.parse(Policy!) as { Statement: unknown[] }).Statement.length,
      Tags,
      rotation: [rotation.KeyRotationEnabled, rotation.RotationPeriodInDays],
    };
  },
  expected: ({ ids, outputs }) => ({
    id: outputs.arn?.split('/')[1],
    description: 'vault',
    statements: 1,
    Tags: [{ TagKey: 'team', TagValue: 'data' }],
    rotation: [true, 180],
    ...(outputs.id === ids.Key && outputs.alias === 'alias/vault' ? {} : { outputs }),
  }),
  changed: {
    resources: {
      Key: {
        Type: 'AWS::KMS::Key',
        Properties: {
          ...keyProperties,
          Description: 'changed',
          RotationPeriodInDays: 90,
          Tags: [{ Key: 'own', Value: 'x' }],
        },
      },
      Alias: { Type: 'AWS::KMS::Alias', Properties: { AliasName: 'alias/vault', TargetKeyId: att('Key', 'Arn') } },
    },
    expected: ({ ids }) => ({
      id: ids.Key,
      description: 'changed',
      statements: 1,
      Tags: [{ TagKey: 'own', TagValue: 'x' }],
      rotation: [true, 90],
    }),
  },
};

const bucketProperties = {
  BucketName: 'everything-of-a-bucket',
  ObjectLockEnabled: true,
  ObjectLockConfiguration: {
    ObjectLockEnabled: 'Enabled',
    Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 30 } },
  },
  VersioningConfiguration: { Status: 'Enabled' },
  BucketEncryption: {
    ServerSideEncryptionConfiguration: [
      {
        BucketKeyEnabled: false,
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
        ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: att('Key', 'Arn') },
      },
    ],
  },
  OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
  PublicAccessBlockConfiguration: {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  },
  LoggingConfiguration: { DestinationBucketName: ref('Logs'), LogFilePrefix: 'vault/' },
  LifecycleConfiguration: {
    Rules: [
      {
        Id: 'tiers',
        Status: 'Enabled',
        Prefix: 'layer2/',
        Transitions: [{ StorageClass: 'GLACIER_IR', TransitionInDays: 30 }],
        NoncurrentVersionExpiration: { NoncurrentDays: 90, NewerNoncurrentVersions: 3 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
      { Id: 'markers', Status: 'Enabled', ExpiredObjectDeleteMarker: true, ObjectSizeGreaterThan: '1024' },
    ],
  },
  ReplicationConfiguration: {
    Role: att('Role', 'Arn'),
    Rules: [
      {
        Id: 'all',
        Status: 'Enabled',
        Priority: 1,
        Filter: { Prefix: '' },
        DeleteMarkerReplication: { Status: 'Disabled' },
        SourceSelectionCriteria: { SseKmsEncryptedObjects: { Status: 'Enabled' } },
        Destination: { Bucket: att('Replica', 'Arn'), EncryptionConfiguration: { ReplicaKmsKeyID: att('Key', 'Arn') } },
      },
    ],
  },
  NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
  IntelligentTieringConfigurations: [
    { Id: 'cold', Status: 'Enabled', Tierings: [{ AccessTier: 'ARCHIVE_ACCESS', Days: 90 }] },
  ],
  Tags: [{ Key: 'team', Value: 'data' }],
};

const bucketResources = (properties: Readonly<Record<string, unknown>>) => ({
  ...KEY,
  Logs: { Type: 'AWS::S3::Bucket' },
  // Logs arrive, and a bucket with objects is not deleted.
  Emptied: { Type: 'Custom::S3AutoDeleteObjects', Properties: { ServiceToken: 'none', BucketName: ref('Logs') } },
  Replica: { Type: 'AWS::S3::Bucket', Properties: { VersioningConfiguration: { Status: 'Enabled' } } },
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: policy({
        Effect: 'Allow',
        Principal: { Service: 's3.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    },
  },
  Bucket: { Type: 'AWS::S3::Bucket', Properties: properties },
  Policy: { Type: 'AWS::S3::BucketPolicy', Properties: { Bucket: ref('Bucket'), PolicyDocument: tlsOnly } },
});

export const BUCKETS: TypeCase = {
  shows: ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy', 'Custom::S3AutoDeleteObjects'],
  resources: bucketResources(bucketProperties),
  outputs: { arn: att('Bucket', 'Arn'), domain: att('Bucket', 'RegionalDomainName'), key: att('Key', 'Arn') },
  async read({ client }, { ids }) {
    const Bucket = ids.Bucket;
    const encryption = await client.send(new s3.GetBucketEncryptionCommand({ Bucket }));
    const lock = await client.send(new s3.GetObjectLockConfigurationCommand({ Bucket }));
    const versioning = await client.send(new s3.GetBucketVersioningCommand({ Bucket }));
    const ownership = await client.send(new s3.GetBucketOwnershipControlsCommand({ Bucket }));
    const access = await client.send(new s3.GetPublicAccessBlockCommand({ Bucket }));
    const logging = await client.send(new s3.GetBucketLoggingCommand({ Bucket }));
    const lifecycle = await client.send(new s3.GetBucketLifecycleConfigurationCommand({ Bucket }));
    const replication = await client.send(new s3.GetBucketReplicationCommand({ Bucket }));
    const notification = await client.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket }));
    const tiering = await client.send(new s3.ListBucketIntelligentTieringConfigurationsCommand({ Bucket }));
    const tags = await client.send(new s3.GetBucketTaggingCommand({ Bucket }));
    const { Policy } = await client.send(new s3.GetBucketPolicyCommand({ Bucket }));
    const rule = replication.ReplicationConfiguration?.Rules?.[0];
    return {
      encryption: encryption.ServerSideEncryptionConfiguration?.Rules,
      lock: lock.ObjectLockConfiguration?.Rule?.DefaultRetention,
      versioning: versioning.Status,
      ownership: ownership.OwnershipControls?.Rules,
      access: Object.values(access.PublicAccessBlockConfiguration ?? {}),
      logging: logging.LoggingEnabled,
      lifecycle: lifecycle.Rules,
      replication: [
        rule?.SourceSelectionCriteria?.SseKmsEncryptedObjects?.Status,
        rule?.Destination?.EncryptionConfiguration?.ReplicaKmsKeyID,
        rule?.Filter,
      ],
      eventBridge: notification.EventBridgeConfiguration,
      tiering: tiering.IntelligentTieringConfigurationList?.map(({ Id }) => Id),
      tags: tags.TagSet,
      policy: (JSON.parse(Policy!) as { Statement: { Sid: string }[] }).Statement[0]?.Sid,
    };
  },
  expected: ({ ids, outputs }) => ({
    encryption: [
      {
        ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: outputs.key },
        BucketKeyEnabled: false,
        BlockedEncryptionTypes: { EncryptionType: ['SSE-C'] },
      },
    ],
    lock: { Mode: 'GOVERNANCE', Days: 30 },
    versioning: 'Enabled',
    ownership: [{ ObjectOwnership: 'BucketOwnerEnforced' }],
    access: [true, true, true, true],
    logging: { TargetBucket: ids.Logs, TargetPrefix: 'vault/' },
    lifecycle: [
      {
        ID: 'tiers',
        Status: 'Enabled',
        Filter: { Prefix: 'layer2/' },
        Transitions: [{ StorageClass: 'GLACIER_IR', Days: 30 }],
        NoncurrentVersionExpiration: { NoncurrentDays: 90, NewerNoncurrentVersions: 3 },
        AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 },
      },
      {
        ID: 'markers',
        Status: 'Enabled',
        Filter: { ObjectSizeGreaterThan: 1024 },
        Expiration: { ExpiredObjectDeleteMarker: true },
      },
    ],
    replication: ['Enabled', outputs.key, { Prefix: '' }],
    eventBridge: {},
    tiering: ['cold'],
    tags: [{ Key: 'team', Value: 'data' }],
    policy: 'Tls',
  }),
  changed: {
    resources: bucketResources({
      ...bucketProperties,
      ReplicationConfiguration: {
        ...bucketProperties.ReplicationConfiguration,
        Rules: bucketProperties.ReplicationConfiguration.Rules.map((rule) => ({ ...rule, Filter: { Prefix: 'raw/' } })),
      },
      IntelligentTieringConfigurations: [
        { Id: 'colder', Status: 'Enabled', Tierings: [{ AccessTier: 'DEEP_ARCHIVE_ACCESS', Days: 180 }] },
      ],
      LoggingConfiguration: { DestinationBucketName: ref('Logs'), LogFilePrefix: 'other/' },
    }),
    expected: ({ ids, outputs }) => ({
      logging: { TargetBucket: ids.Logs, TargetPrefix: 'other/' },
      tiering: ['colder'],
      replication: ['Enabled', outputs.key, { Prefix: 'raw/' }],
    }),
  },
};

const tableProperties = {
  TableName: 'FinTechTransactions',
  AttributeDefinitions: [
    { AttributeName: 'TransactionId', AttributeType: 'S' },
    { AttributeName: 'AccountId', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'TransactionId', KeyType: 'HASH' }],
  ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 10 },
  GlobalSecondaryIndexes: [
    {
      IndexName: 'AccountIndex',
      KeySchema: [{ AttributeName: 'AccountId', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
      ProvisionedThroughput: { ReadCapacityUnits: 10, WriteCapacityUnits: 10 },
    },
  ],
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 35 },
  SSESpecification: { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: att('Key', 'Arn') },
  StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
  DeletionProtectionEnabled: false,
};

async function readTable(emulator: Emulator, TableName: string) {
  const client = new DynamoDBClient(clientOptions(emulator));
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
  const recovery = backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  return {
    key: Table?.SSEDescription?.KMSMasterKeyArn,
    stream: Table?.StreamSpecification?.StreamViewType,
    streamArn: Table?.LatestStreamArn,
    indexes: Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName),
    capacity: Table?.ProvisionedThroughput?.ReadCapacityUnits,
    protected: Table?.DeletionProtectionEnabled,
    recovery: [recovery?.PointInTimeRecoveryStatus, recovery?.RecoveryPeriodInDays],
  };
}

export const TABLES: TypeCase = {
  shows: ['AWS::DynamoDB::Table'],
  resources: { ...KEY, Table: { Type: 'AWS::DynamoDB::Table', Properties: tableProperties } },
  outputs: { key: att('Key', 'Arn'), stream: att('Table', 'StreamArn') },
  read: (emulator) => readTable(emulator, 'FinTechTransactions'),
  expected: ({ outputs }) => ({
    key: outputs.key,
    stream: 'NEW_AND_OLD_IMAGES',
    streamArn: outputs.stream,
    indexes: ['AccountIndex'],
    capacity: 10,
    protected: false,
    recovery: ['ENABLED', 35],
  }),
  changed: {
    resources: {
      ...KEY,
      Table: {
        Type: 'AWS::DynamoDB::Table',
        Properties: {
          ...tableProperties,
          ProvisionedThroughput: { ReadCapacityUnits: 20, WriteCapacityUnits: 10 },
          GlobalSecondaryIndexes: [],
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false },
        },
      },
    },
    expected: () => ({ capacity: 20, recovery: ['DISABLED', undefined] }),
  },
};

export const GLOBAL_TABLES: TypeCase = {
  shows: ['AWS::DynamoDB::GlobalTable'],
  resources: {
    ...KEY,
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        TableName: 'FinTechSessions',
        AttributeDefinitions: [{ AttributeName: 'Id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'Id', KeyType: 'HASH' }],
        WriteProvisionedThroughputSettings: {
          WriteCapacityAutoScalingSettings: {
            MinCapacity: 10,
            MaxCapacity: 1000,
            TargetTrackingScalingPolicyConfiguration: { TargetValue: 70 },
          },
        },
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        StreamSpecification: { StreamViewType: 'NEW_IMAGE' },
        Replicas: [
          {
            Region: ref('AWS::Region'),
            DeletionProtectionEnabled: false,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            ReadProvisionedThroughputSettings: { ReadCapacityUnits: 7 },
            SSESpecification: { KMSMasterKeyId: att('Key', 'Arn') },
          },
        ],
      },
    },
  },
  outputs: { key: att('Key', 'Arn') },
  read: (emulator) => readTable(emulator, 'FinTechSessions'),
  expected: ({ outputs }) => ({
    key: outputs.key,
    stream: 'NEW_IMAGE',
    capacity: 7,
    protected: false,
    recovery: ['ENABLED', 35],
  }),
};

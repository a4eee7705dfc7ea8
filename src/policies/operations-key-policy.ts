/** The policy of the key that logs, alarms and queues are encrypted with: never backups. */
import { KEY_ENDING, KEY_MAINTENANCE } from './key-administration.js';
import { policyDocument, type PolicyDocument } from './policy-document.js';

export interface OperationsKeyPolicyOptions {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

export function operationsKeyPolicy({ partition, region, account }: OperationsKeyPolicyOptions): PolicyDocument {
  const root = { AWS: `arn:${partition}:iam::${account}:root` };
  const use = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'];
  return policyDocument('key', [
    {
      Sid: 'AllowAdministration',
      Effect: 'Allow',
      Principal: root,
      Action: [...KEY_MAINTENANCE, ...KEY_ENDING],
      Resource: '*',
    },
    {
      Sid: 'AllowUseByQueuesAndTopics',
      Effect: 'Allow',
      Principal: root,
      Action: use,
      Resource: '*',
      Condition: {
        StringEquals: {
          'kms:CallerAccount': account,
          'kms:ViaService': [`sns.${region}.amazonaws.com`, `sqs.${region}.amazonaws.com`],
        },
      },
    },
    // A registry encrypts its layers under a grant that it asks for when it is made.
    {
      Sid: 'AllowUseByRegistry',
      Effect: 'Allow',
      Principal: root,
      Action: [...use, 'kms:CreateGrant', 'kms:RetireGrant'],
      Resource: '*',
      Condition: {
        StringEquals: { 'kms:CallerAccount': account, 'kms:ViaService': `ecr.${region}.amazonaws.com` },
      },
    },
    // The services below act on their own behalf: kms:ViaService, which is for services that act for a principal, never
    // matches.
    {
      Sid: 'AllowLogs',
      Effect: 'Allow',
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: use,
      Resource: '*',
      Condition: {
        ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:log-group:*` },
      },
    },
    {
      Sid: 'AllowAlarms',
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': account } },
    },
    // EventBridge tells the key no source: with aws:SourceAccount or aws:SourceArn here, no event reaches a topic.
    {
      Sid: 'AllowEvents',
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: {
        ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': `arn:${partition}:sns:${region}:${account}:*` },
      },
    },
  ]);
}

import type { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { appOf, BACKUP_ACCOUNT, CONFIG, templatesOf } from './backup-app.js';

let templates: ReadonlyMap<string, Template>;
const backup = () => templates.get('rds-backup-layer2-prod')!;

beforeAll(async () => {
  templates = await templatesOf(CONFIG);
}, 120_000);

const READERS = ['rds-backup-layer2-restore-role-prod', 'rds-backup-layer2-drill-role-prod'];

describe('the alarms of the vault', () => {
  it.each([
    ['the policy of the key changes', 'aws.kms', ['PutKeyPolicy', 'CreateGrant'], {}],
    [
      "the bucket's policy, ACLs or replication change",
      'aws.s3',
      [
        'DeleteBucketOwnershipControls',
        'DeleteBucketReplication',
        'PutBucketObjectLockConfiguration',
        'PutBucketOwnershipControls',
        'PutBucketPolicy',
      ],
      {},
    ],
    [
      'a role that decrypts is taken',
      'aws.sts',
      ['AssumeRole'],
      { requestParameters: { roleArn: READERS.map((name) => `arn:aws:iam::${BACKUP_ACCOUNT}:role/${name}`) } },
    ],
    [
      'a role that decrypts is changed, or made anew',
      'aws.iam',
      ['AttachRolePolicy', 'CreateRole', 'DeleteRolePermissionsBoundary', 'PutRolePolicy', 'UpdateAssumeRolePolicy'],
      { requestParameters: { roleName: READERS } },
    ],
  ])('tell people when %s', (_, source, events, detail) => {
    backup().hasResourceProperties('AWS::Events::Rule', {
      EventPattern: Match.objectLike({
        source: [source],
        detail: Match.objectLike({ ...detail, eventName: Match.arrayWith(events) }),
      }),
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      Targets: [Match.objectLike({ Arn: Match.anyValue() })],
    });
    backup().hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'oncall@example.com' });
  });

  it('say that changes of the roles go unseen, where the events of IAM do not come', async () => {
    const app = await appOf({ ...CONFIG, region: 'eu-west-1', databases: [], sourceAccount: undefined });
    const stack = app.node.findChild('rds-backup-layer2-prod') as Stack;
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('IAM events arrive only in us-east-1'));
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::Events::Rule'))).not.toContain('aws.iam');
  });

  it('asks EventBridge for no source, which it tells neither topics nor the keys of topics', () => {
    const eventsTo = (type: string, property: string) =>
      Object.values(backup().findResources(type))
        .flatMap((each) => (each['Properties'] as Record<string, { Statement: object[] }>)[property]!.Statement)
        .filter((statement) => JSON.stringify(statement).includes('events.amazonaws.com'));
    expect(eventsTo('AWS::SNS::TopicPolicy', 'PolicyDocument')).toEqual([
      {
        Sid: 'AllowEvents',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: expect.anything() as unknown,
      },
    ]);
    expect(eventsTo('AWS::KMS::Key', 'KeyPolicy')).toEqual([
      {
        Sid: 'AllowEvents',
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        Resource: '*',
        Condition: {
          ArnLike: { 'kms:EncryptionContext:aws:sns:topicArn': `arn:aws:sns:us-east-1:${BACKUP_ACCOUNT}:*` },
        },
      },
    ]);
  });
});

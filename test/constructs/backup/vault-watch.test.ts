import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { BACKUP_ACCOUNT, CONFIG, templatesOf } from './backup-app.js';

let templates: ReadonlyMap<string, Template>;
const backup = () => templates.get('rds-backup-layer2-prod')!;

beforeAll(async () => {
  templates = await templatesOf(CONFIG);
}, 120_000);

describe('the alarms of the vault', () => {
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

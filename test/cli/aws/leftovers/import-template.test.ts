import { describe, expect, it } from 'vitest';
import type { Leftover } from '../../../../src/cli/aws/leftovers/find-leftovers.js';
import { importTemplate } from '../../../../src/cli/aws/leftovers/import-template.js';

const leftover = (logicalId: string, type: string, identifier: Readonly<Record<string, string>>): Leftover => ({
  logicalId,
  type,
  identifier,
  name: Object.values(identifier)[0] ?? '',
  own: true,
});

const WANTED = {
  Parameters: { KeyArn: { Default: '' }, BootstrapVersion: {} },
  Outputs: { Name: { Value: { Ref: 'Bucket' } } },
  Resources: {
    Key: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain', Properties: { KeyPolicy: {} } },
    Bucket: {
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'RetainExceptOnCreate',
      DependsOn: ['Key', 'Role'],
      Properties: {
        BucketName: 'data',
        BucketEncryption: { key: { 'Fn::GetAtt': ['Key', 'Arn'] } },
        LoggingConfiguration: { DestinationBucketName: { Ref: 'Logs' } },
        ReplicationConfiguration: { Role: { 'Fn::Sub': 'arn:${AWS::Partition}:${Role.Arn}${!literal}${Own}' } },
        Tags: [{ Key: 'key', Value: { 'Fn::Sub': ['${Own}', { Own: { Ref: 'KeyArn' } }] } }],
      },
    },
    Logs: { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain', Properties: {} },
    Role: { Type: 'AWS::IAM::Role', Properties: {} },
  },
};
const KEY = leftover('Key', 'AWS::KMS::Key', { KeyId: '1234' });
const BUCKET = leftover('Bucket', 'AWS::S3::Bucket', { BucketName: 'data' });

describe('the template of an import', () => {
  it('of a new stack has what is taken in, without what refers to anything else, and no outputs', () => {
    expect(importTemplate(WANTED, [KEY, BUCKET])).toEqual({
      Parameters: { KeyArn: { Default: '' } },
      Resources: {
        Key: WANTED.Resources.Key,
        Bucket: {
          ...WANTED.Resources.Bucket,
          DependsOn: ['Key'],
          Properties: {
            BucketName: 'data',
            BucketEncryption: WANTED.Resources.Bucket.Properties.BucketEncryption,
            Tags: WANTED.Resources.Bucket.Properties.Tags,
          },
        },
      },
    });
  });

  it('of a stack that is there is its own with what is taken in added: nothing else of it may change', () => {
    const deployed = {
      Outputs: { Old: { Value: 'x' } },
      Resources: { Logs: { Type: 'AWS::S3::Bucket', Properties: { BucketName: 'old' } } },
    };
    const template = importTemplate(WANTED, [BUCKET], deployed);
    expect(template).toMatchObject(deployed);
    expect(Object.keys(template.Resources ?? {})).toEqual(['Logs', 'Bucket']);
    expect(template.Resources?.Bucket?.Properties).toEqual({
      BucketName: 'data',
      LoggingConfiguration: WANTED.Resources.Bucket.Properties.LoggingConfiguration,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { isOfBuild } from '../../../src/cli/aws/build-statements.js';
import type { VaultPlan } from '../../../src/policies/index.js';

const PLAN = { partition: 'aws', region: 'us-east-1', sourceAccount: '111122223333' } as VaultPlan;
const BUCKET = 'arn:aws:s3:::cdk-hnb659fds-assets-111122223333-us-east-1';
const SOURCE = { Effect: 'Allow', Action: ['s3:GetObject', 's3:GetObjectVersion'], Resource: `${BUCKET}/4d2cef60.zip` };

it.each([
  ['its source', SOURCE],
  ['its network', { Effect: 'Allow', Action: ['ec2:CreateNetworkInterface', 'ec2:DescribeVpcs'], Resource: '*' }],
  [
    'its image',
    { Effect: 'Allow', Action: 'ecr:BatchGetImage', Resource: 'arn:aws:ecr:us-east-1:111122223333:repository/x' },
  ],
])('a build needs %s, beside the backup', (_, statement) => {
  expect(isOfBuild(statement, PLAN)).toBe(true);
});

describe('it does not need', () => {
  it.each([
    ['objects of other buckets', { ...SOURCE, Resource: 'arn:aws:s3:::rds-backup-layer2-prod/4d2cef60.zip' }],
    ['the assets of another account', { ...SOURCE, Resource: SOURCE.Resource.replace('111122223333', '444455556666') }],
    ['all that lies there', { ...SOURCE, Resource: `${BUCKET}/*` }],
    ['more than to read', { ...SOURCE, Action: [...SOURCE.Action, 's3:PutObject'] }],
    ['to read what is not said', { Effect: 'Allow', Action: 's3:GetObject', NotResource: 'x' }],
    ['all of EC2', { Effect: 'Allow', Action: 'ec2:*', Resource: '*' }],
    ['all but one action', { Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }],
    ['what is denied', { ...SOURCE, Effect: 'Deny' }],
  ])('%s', (_, statement) => {
    expect(isOfBuild(statement, PLAN)).toBe(false);
  });
});

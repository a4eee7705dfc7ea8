import { runSimulation } from '@cloud-copilot/iam-simulate';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AUDIT_ACTIONS, auditReadPolicy } from '../../../src/audit/live/read-policy.js';

const ACCOUNT = '111122223333';
const PRINCIPAL = `arn:aws:iam::${ACCOUNT}:role/Auditor`;

const KEY_POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }],
};

async function allows(action: string, resource: string, policy = auditReadPolicy()): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: PRINCIPAL,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { 'aws:PrincipalArn': PRINCIPAL, 'aws:SecureTransport': 'true' },
      },
      identityPolicies: [{ name: 'audit', policy: JSON.parse(JSON.stringify(policy)) as object }],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      // Keys that leave reading to IAM, as the default policy and ours do.
      ...(action.startsWith('kms:') && { resourcePolicy: KEY_POLICY }),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult === 'Allowed';
}

const R = `us-east-1:${ACCOUNT}`;
/** Where an action is about one kind of resource; the others know none. */
const RESOURCES: Readonly<Record<string, string>> = {
  'codebuild:BatchGetProjects': `arn:aws:codebuild:${R}:project/backup`,
  'dynamodb:DescribeContinuousBackups': `arn:aws:dynamodb:${R}:table/Sessions`,
  'dynamodb:DescribeTable': `arn:aws:dynamodb:${R}:table/Sessions`,
  'dynamodb:GetResourcePolicy': `arn:aws:dynamodb:${R}:table/Sessions`,
  'dynamodb:ListTagsOfResource': `arn:aws:dynamodb:${R}:table/Sessions`,
  'elasticache:DescribeCacheClusters': `arn:aws:elasticache:${R}:cluster:redis-001`,
  'elasticache:DescribeReplicationGroups': `arn:aws:elasticache:${R}:replicationgroup:redis`,
  'elasticache:DescribeUserGroups': `arn:aws:elasticache:${R}:usergroup:users`,
  'elasticache:DescribeUsers': `arn:aws:elasticache:${R}:user:app`,
  'elasticache:ListTagsForResource': `arn:aws:elasticache:${R}:replicationgroup:redis`,
  'elasticache:DescribeServerlessCaches': `arn:aws:elasticache:${R}:serverlesscache:cache`,
  'memorydb:DescribeACLs': `arn:aws:memorydb:${R}:acl/users`,
  'memorydb:DescribeClusters': `arn:aws:memorydb:${R}:cluster/memory`,
  'memorydb:DescribeUsers': `arn:aws:memorydb:${R}:user/app`,
  'memorydb:ListTags': `arn:aws:memorydb:${R}:cluster/memory`,
  'rds:DescribeDBSnapshotAttributes': `arn:aws:rds:${R}:snapshot:one`,
  'rds:DescribeDBSnapshots': `arn:aws:rds:${R}:db:writer`,
  'iam:GetPolicy': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  'iam:GetPolicyVersion': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
  'kms:DescribeKey': `arn:aws:kms:${R}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  'kms:GetKeyPolicy': `arn:aws:kms:${R}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  'kms:GetKeyRotationStatus': `arn:aws:kms:${R}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  'kms:ListResourceTags': `arn:aws:kms:${R}:key/1234abcd-12ab-34cd-56ef-1234567890ab`,
  'rds:DescribeDBClusterParameters': `arn:aws:rds:${R}:cluster-pg:params`,
  'rds:DescribeDBClusterSnapshotAttributes': `arn:aws:rds:${R}:cluster-snapshot:one`,
  'rds:DescribeDBClusterSnapshots': `arn:aws:rds:${R}:cluster:db`,
  'rds:DescribeDBClusters': `arn:aws:rds:${R}:cluster:db`,
  'rds:DescribeDBInstances': `arn:aws:rds:${R}:db:writer`,
  'rds:DescribeDBParameters': `arn:aws:rds:${R}:pg:params`,
  'rds:DescribeDBSubnetGroups': `arn:aws:rds:${R}:subgrp:subnets`,
  'scheduler:GetSchedule': `arn:aws:scheduler:${R}:schedule/default/nightly`,
  'scheduler:ListSchedules': '*',
  'secretsmanager:DescribeSecret': `arn:aws:secretsmanager:${R}:secret:app-AbCdEf`,
  'secretsmanager:GetResourcePolicy': `arn:aws:secretsmanager:${R}:secret:app-AbCdEf`,
  'secretsmanager:ListSecretVersionIds': `arn:aws:secretsmanager:${R}:secret:app-AbCdEf`,
};
const BUCKET = 'arn:aws:s3:::any-bucket';
const WITHOUT_BUCKET = new Set(['s3:GetAccountPublicAccessBlock', 's3:ListAllMyBuckets']);
const resourceOf = (action: string) =>
  RESOURCES[action] ?? (action.startsWith('s3:') && !WITHOUT_BUCKET.has(action) ? BUCKET : '*');

describe('the policy of a role that audits', () => {
  it.each(AUDIT_ACTIONS)('allows %s', async (action) => {
    expect(await allows(action, resourceOf(action))).toBe(true);
  });

  it.each([
    ['s3:GetObject', `${BUCKET}/layer2/appdb/key`],
    ['s3:PutObject', `${BUCKET}/layer2/appdb/key`],
    ['s3:DeleteObject', `${BUCKET}/layer2/appdb/key`],
    ['s3:PutBucketPolicy', BUCKET],
    ['s3:PutLifecycleConfiguration', BUCKET],
    ['secretsmanager:GetSecretValue', RESOURCES['secretsmanager:DescribeSecret']],
    ['secretsmanager:RotateSecret', RESOURCES['secretsmanager:DescribeSecret']],
    ['kms:Decrypt', RESOURCES['kms:DescribeKey']],
    ['kms:CreateGrant', RESOURCES['kms:DescribeKey']],
    ['kms:PutKeyPolicy', RESOURCES['kms:DescribeKey']],
    ['dynamodb:GetItem', RESOURCES['dynamodb:DescribeTable']],
    ['dynamodb:Scan', RESOURCES['dynamodb:DescribeTable']],
    ['dynamodb:UpdateTable', RESOURCES['dynamodb:DescribeTable']],
    ['rds:ModifyDBCluster', RESOURCES['rds:DescribeDBClusters']],
    ['rds-db:connect', `arn:aws:rds-db:${R}:dbuser:cluster-ABC/app`],
    ['iam:PutRolePolicy', `arn:aws:iam::${ACCOUNT}:role/Auditor`],
    ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/Auditor`],
    ['sts:AssumeRole', `arn:aws:iam::${ACCOUNT}:role/Administrator`],
    ['codebuild:StartBuild', RESOURCES['codebuild:BatchGetProjects']],
    ['logs:GetLogEvents', `arn:aws:logs:${R}:log-group:group:log-stream:stream`],
    ['scheduler:UpdateSchedule', RESOURCES['scheduler:GetSchedule']],
    ['elasticache:ModifyReplicationGroup', RESOURCES['elasticache:DescribeReplicationGroups']],
  ])('does not allow %s', async (action, resource) => {
    expect(await allows(action, resource!)).toBe(false);
  });

  it('holds actions that only describe, get or list', () => {
    const actions = auditReadPolicy().Statement.flatMap(({ Action }) => Action);
    expect(actions.sort()).toEqual([...AUDIT_ACTIONS].sort());
    expect(actions.filter((action) => !/:(Describe|Get|List|BatchGet)[A-Za-z]+$/.test(action))).toEqual([]);
  });

  it('is the one that the documentation prints', () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/audit-policy.md'), 'utf8');
    const [, json = ''] = /```json\n([\s\S]*?)```/.exec(page) ?? [];
    expect(JSON.parse(json)).toEqual(auditReadPolicy());
  });

  it('lists the objects of the log buckets alone, where they are named', async () => {
    const policy = auditReadPolicy({ logBuckets: ['our-logs'] });
    expect(await allows('s3:ListBucket', 'arn:aws:s3:::our-logs', policy)).toBe(true);
    expect(await allows('s3:ListBucket', BUCKET, policy)).toBe(false);
    expect(await allows('s3:GetBucketLogging', BUCKET, policy)).toBe(true);
    expect(await allows('s3:ListBucket', 'arn:aws:s3:::our-logs', auditReadPolicy({ logBuckets: [] }))).toBe(false);
  });
});

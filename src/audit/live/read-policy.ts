/** What the audit may ask of AWS, and nothing else: the least that its readers need. */
import { BUCKET_ACTIONS, KEY_ACTIONS } from '../../policies/settings-actions.js';
import type { PolicyDocument, Statement } from '../../policies/policy-document.js';

/**
 * Every action that a reader uses; the compiler refuses one that is not listed. None changes anything, and none reads
 * data: no object, no item, no secret's value. `s3:ListBucket` shows names of objects: of log buckets, to see whether
 * logs arrive.
 */
export const AUDIT_ACTIONS = [
  'application-autoscaling:DescribeScalableTargets',
  'application-autoscaling:DescribeScalingPolicies',
  'cloudformation:GetResource',
  'cloudformation:ListResources',
  'codebuild:BatchGetProjects',
  'codebuild:ListProjects',
  'dynamodb:DescribeContinuousBackups',
  'dynamodb:DescribeTable',
  'dynamodb:GetResourcePolicy',
  'dynamodb:ListTables',
  'dynamodb:ListTagsOfResource',
  'ec2:DescribeFlowLogs',
  'ec2:DescribeRouteTables',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcEndpoints',
  'ec2:DescribeVpcs',
  'elasticache:DescribeCacheClusters',
  'elasticache:DescribeReplicationGroups',
  'elasticache:DescribeServerlessCaches',
  'elasticache:DescribeUserGroups',
  'elasticache:DescribeUsers',
  'elasticache:ListTagsForResource',
  'iam:GetAccountAuthorizationDetails',
  'iam:GetPolicy',
  'iam:GetPolicyVersion',
  ...KEY_ACTIONS,
  'kms:ListAliases',
  'kms:ListGrants',
  'kms:ListKeys',
  'logs:DescribeLogGroups',
  // Cloud Control asks MemoryDB in the caller's name.
  'memorydb:DescribeACLs',
  'memorydb:DescribeClusters',
  'memorydb:DescribeUsers',
  'memorydb:ListTags',
  'rds:DescribeDBClusterParameters',
  'rds:DescribeDBClusterSnapshotAttributes',
  'rds:DescribeDBClusterSnapshots',
  'rds:DescribeDBClusters',
  'rds:DescribeDBInstances',
  'rds:DescribeDBParameters',
  'rds:DescribeDBSnapshotAttributes',
  'rds:DescribeDBSnapshots',
  'rds:DescribeDBSubnetGroups',
  's3:GetAccountPublicAccessBlock',
  ...BUCKET_ACTIONS,
  's3:ListAllMyBuckets',
  's3:ListBucket',
  'scheduler:GetSchedule',
  'scheduler:ListSchedules',
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetResourcePolicy',
  'secretsmanager:ListSecretVersionIds',
  'secretsmanager:ListSecrets',
  'sts:GetCallerIdentity',
] as const;

export type AuditAction = (typeof AUDIT_ACTIONS)[number];

export interface AuditReadPolicyOptions {
  /** Buckets that access logs are delivered to: only their objects may be listed. @default every bucket */
  readonly logBuckets?: readonly string[];
  /** @default 'aws' */
  readonly partition?: string;
}

export interface AuditReadPolicy extends PolicyDocument {
  readonly Statement: readonly (Statement & { readonly Action: readonly string[] })[];
}

/**
 * The policy of a role that audits. The vault is read with the credentials for the vault, by `holdfast status`'s rights:
 * `s3:ListBucket` on its bucket and `s3:GetObject` on manifests, proofs and (for a HEAD alone) dumps are not in here.
 */
export function auditReadPolicy({ logBuckets, partition = 'aws' }: AuditReadPolicyOptions = {}): AuditReadPolicy {
  const buckets = logBuckets?.map((bucket) => `arn:${partition}:s3:::${bucket}`);
  const listing = buckets === undefined ? [`arn:${partition}:s3:::*`] : buckets;
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'ReadSettings',
        Effect: 'Allow',
        Action: AUDIT_ACTIONS.filter((action) => action !== LISTS_OBJECTS).sort(),
        Resource: '*',
      },
      ...(listing.length > 0
        ? [{ Sid: 'SeeWhetherLogsArrive', Effect: 'Allow' as const, Action: [LISTS_OBJECTS], Resource: listing }]
        : []),
    ],
  };
}

const LISTS_OBJECTS = 's3:ListBucket' satisfies AuditAction;

import type { IConstruct } from 'constructs';
import { inFinding } from '../shared/acknowledge.js';
import { acknowledgeFindings } from '../shared/cdk-versions.js';

/** The rules of cdk-nag's packs that say the same of a resource. */
const RULES = {
  'secrets-rotation': ['AwsSolutions-SMG4', 'NIST.800.53.R5-SecretsManagerRotationEnabled'],
  'rds-backup-plan': ['NIST.800.53.R5-RDSInBackupPlan'],
  'dynamodb-backup-plan': ['NIST.800.53.R5-DynamoDBInBackupPlan'],
  's3-replication': ['NIST.800.53.R5-S3BucketReplicationEnabled', 'PCI.DSS.321-S3BucketReplicationEnabled'],
  's3-kms': ['NIST.800.53.R5-S3DefaultEncryptionKMS', 'PCI.DSS.321-S3DefaultEncryptionKMS'],
  'redis-snapshots': ['NIST.800.53.R5-ElastiCacheRedisClusterAutomaticBackup'],
  'redis-port': ['AwsSolutions-AEC5'],
  'redis-auth': ['AwsSolutions-AEC6'],
  'iam-inline': ['NIST.800.53.R5-IAMNoInlinePolicy', 'PCI.DSS.321-IAMNoInlinePolicy'],
  'iam-managed': ['AwsSolutions-IAM4'],
  'iam-wildcard': ['AwsSolutions-IAM5'],
  'named-zones': ['CloudFormation-Validate::W3010'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Answers cdk-nag, in an app that runs it, for a construct and what is below it.
 *
 * @param findings for rules that report each finding by its text, such as `Resource::arn:aws:s3:::bucket/*`
 */
export function acknowledge(
  scope: IConstruct,
  subject: keyof typeof RULES,
  reason: string,
  findings?: readonly string[],
): void {
  const suffixes = findings?.map((finding) => `[${inFinding(scope, finding)}]`) ?? [''];
  const rules = RULES[subject].flatMap((rule) => suffixes.map((suffix) => ({ id: `${rule}${suffix}`, reason })));
  acknowledgeFindings(scope, rules);
}

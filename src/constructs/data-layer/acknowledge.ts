import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** The rules of cdk-nag's packs that say the same of a resource. */
const RULES = {
  'secrets-rotation': ['AwsSolutions-SMG4', 'NIST.800.53.R5-SecretsManagerRotationEnabled'],
  'rds-backup-plan': ['NIST.800.53.R5-RDSInBackupPlan'],
  'rds-port': ['AwsSolutions-RDS11'],
  'rds-instance-protection': ['AwsSolutions-RDS10', 'NIST.800.53.R5-RDSInstanceDeletionProtectionEnabled'],
  'dynamodb-backup-plan': ['NIST.800.53.R5-DynamoDBInBackupPlan'],
  's3-replication': ['NIST.800.53.R5-S3BucketReplicationEnabled', 'PCI.DSS.321-S3BucketReplicationEnabled'],
  's3-logging': [
    'AwsSolutions-S1',
    'NIST.800.53.R5-S3BucketLoggingEnabled',
    'PCI.DSS.321-S3BucketLoggingEnabled',
  ],
  's3-kms': ['NIST.800.53.R5-S3DefaultEncryptionKMS', 'PCI.DSS.321-S3DefaultEncryptionKMS'],
  'redis-port': ['AwsSolutions-AEC5'],
  'redis-auth': ['AwsSolutions-AEC6'],
  'iam-inline': ['NIST.800.53.R5-IAMNoInlinePolicy', 'PCI.DSS.321-IAMNoInlinePolicy'],
  'iam-managed': ['AwsSolutions-IAM4'],
  'iam-wildcard': ['AwsSolutions-IAM5'],
  'vpc-default-group': [
    'NIST.800.53.R5-VPCDefaultSecurityGroupClosed',
    'PCI.DSS.321-VPCDefaultSecurityGroupClosed',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/**
 * Answers cdk-nag, in an app that runs it, for a construct and what is below it.
 *
 * @param finding only one finding of the rules, such as `Resource::arn:aws:s3:::bucket/*`
 */
export function acknowledge(scope: IConstruct, subject: keyof typeof RULES, reason: string, finding?: string): void {
  const suffix = finding === undefined ? '' : `[${finding}]`;
  Validations.of(scope).acknowledge(...RULES[subject].map((rule) => ({ id: `${rule}${suffix}`, reason })));
}

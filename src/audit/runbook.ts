/** What the data layer's runbook asks to be checked, and its sections: controls refer to them by these ids. */

export interface RunbookLine {
  /** As in a control's `references.runbook`. */
  readonly id: string;
  /** The line, as the runbook has it. */
  readonly text: string;
}

/** Its table 7.1, Validation Commands, and its checklist 7.2. Each line is answered by at least one control. */
export const RUNBOOK_LINES: readonly RunbookLine[] = [
  { id: '7.1 KMS ViaService', text: 'KMS ViaService: inspect the key policy. Expected: `Condition: kms:ViaService`' },
  { id: '7.1 S3 Logging', text: 'S3 Logging: `aws s3api get-bucket-logging`. Expected: TargetBucket populated' },
  { id: '7.1 Param Group', text: 'Param Group: `aws rds describe-db-parameters`. Expected: `log_statement = ddl`' },
  { id: '7.1 Aurora Encrypt', text: 'Aurora Encrypt: `aws rds describe-db-clusters`. Expected: `KmsKeyId` present' },
  {
    id: '7.1 PITR Status',
    text: 'PITR Status: `aws dynamodb describe-continuous-backups`. Expected: `PointInTimeRecoveryStatus: ENABLED`',
  },
  { id: '7.2.1', text: 'KMS Key Policy restricts access to AWS Services.' },
  { id: '7.2.2', text: 'All Secrets created (API, Redis, DB, Encryption).' },
  { id: '7.2.3', text: 'S3 Logging Bucket exists and is receiving logs.' },
  { id: '7.2.4', text: 'Aurora Parameter Group applied and active (reboot may be required).' },
  { id: '7.2.5', text: 'DynamoDB PITR enabled on all 3 tables.' },
  { id: '7.2.6', text: 'Redis Auth Token verified.' },
];

/** Its other sections that controls refer to. */
export const RUNBOOK_SECTIONS: readonly RunbookLine[] = [
  { id: '1.1', text: 'Customer managed KMS key' },
  { id: '1.2', text: 'Secrets' },
  { id: '2.1', text: 'Aurora parameter group' },
  { id: '2.2', text: 'Aurora cluster' },
  { id: '2.3', text: 'Aurora scaling' },
  { id: '3.1', text: 'DynamoDB tables' },
  { id: '3.2', text: 'DynamoDB scaling' },
  { id: '4.1', text: 'Buckets and logging' },
  { id: '4.2', text: 'Replication and lifecycle' },
  { id: '5.1', text: 'Redis cluster' },
  { id: '6.1', text: 'Rotation and policy' },
  { id: '6.2', text: 'Least privilege in IAM' },
];

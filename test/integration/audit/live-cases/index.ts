import { AURORA_CASES } from './aurora.js';
import { BACKUP_CASES } from './backup.js';
import { CODEBUILD_CASES } from './codebuild.js';
import { DYNAMODB_CASES } from './dynamodb.js';
import { IAM_CASES } from './iam.js';
import { KMS_CASES } from './kms.js';
import type { LiveCase } from './live-case.js';
import { REDIS_CASES } from './redis.js';
import { S3_CASES } from './s3.js';
import { SECRETS_CASES } from './secrets.js';

export const LIVE_CASES: readonly LiveCase[] = [
  ...KMS_CASES,
  ...AURORA_CASES,
  ...DYNAMODB_CASES,
  ...S3_CASES,
  ...REDIS_CASES,
  ...SECRETS_CASES,
  ...IAM_CASES,
  ...CODEBUILD_CASES,
  ...BACKUP_CASES,
];

import { AURORA_CASES } from '../aurora/live-cases.js';
import { BACKUP_CASES } from '../backup/live-cases.js';
import { CODEBUILD_CASES } from '../codebuild/live-cases.js';
import { DYNAMODB_CASES } from '../dynamodb/live-cases.js';
import { IAM_CASES } from '../iam/live-cases.js';
import { KMS_CASES } from '../kms/live-cases.js';
import { LOGS_CASES } from '../logs/live-cases.js';
import { NETWORK_CASES } from '../network/live-cases.js';
import { REDIS_CASES } from '../redis/live-cases.js';
import { S3_CASES } from '../s3/live-cases.js';
import { SECRETS_CASES } from '../secrets/live-cases.js';
import type { LiveCase } from './live-case.js';

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
  ...NETWORK_CASES,
  ...LOGS_CASES,
];

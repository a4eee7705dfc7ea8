import { breaks, type Mutation } from '../mutation/mutation.js';

const TABLE = 'fintech-data-layer/TableSessionsTable';
const INDEX = 'fintech-data-layer/TableTransactionsTableAccountIndex';

const table = (setting: string, control: string, property: string, to?: unknown) =>
  breaks(setting, [control], { in: TABLE, at: `Properties/${property}`, to });

export const DYNAMODB_MUTATIONS: readonly Mutation[] = [
  table("AWS's own key", 'dynamodb-cmk', 'SSESpecification/SSEEnabled', false),
  table("AWS's managed key", 'dynamodb-cmk', 'SSESpecification/KMSMasterKeyId'),
  table('no recovery', 'dynamodb-pitr', 'PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled', false),
  table('recovery of a day', 'dynamodb-pitr', 'PointInTimeRecoverySpecification/RecoveryPeriodInDays', 1),
  table('no deletion protection', 'dynamodb-deletion-protection', 'DeletionProtectionEnabled', false),
  table('no stream', 'dynamodb-stream', 'StreamSpecification'),
  table('a stream of keys', 'dynamodb-stream', 'StreamSpecification/StreamViewType', 'KEYS_ONLY'),
  table('another account reads', 'dynamodb-no-foreign-access', 'ResourcePolicy', {
    PolicyDocument: {
      Statement: {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::999999999999:root' },
        Action: 'dynamodb:GetItem',
        Resource: '*',
      },
    },
  }),
  breaks('an index that does not scale for reads', ['dynamodb-scaling'], { in: `${INDEX}ReadScalingTarget`, at: '' }),
  breaks('an index that scales at 90 %', ['dynamodb-scaling'], {
    in: `${INDEX}WriteScalingTargetTracking`,
    at: 'Properties/TargetTrackingScalingPolicyConfiguration/TargetValue',
    to: 90,
  }),
  breaks('a table is missing', ['dynamodb-cmk', 'dynamodb-pitr'], { in: TABLE, at: '' }),
];

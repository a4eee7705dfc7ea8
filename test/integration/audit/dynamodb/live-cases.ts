import {
  DescribeScalingPoliciesCommand,
  PutScalingPolicyCommand,
  type ScalingPolicy,
} from '@aws-sdk/client-application-auto-scaling';
import {
  CreateTableCommand,
  DeleteResourcePolicyCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DescribeTableCommandOutput,
  PutResourcePolicyCommand,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  type UpdateTableCommandInput,
} from '@aws-sdk/client-dynamodb';
import { answering, type LiveCase, type Mend, type Surroundings } from '../live-cases/live-case.js';
import { policyOf, STRANGER } from '../live-cases/policies.js';

const TABLE = 'FinTechTransactions';
const STREAMED = 'FinTechSessions';

export const DYNAMODB_CASES: readonly LiveCase[] = [
  {
    control: 'dynamodb-cmk',
    fails: ['Plain'],
    says: 'It is encrypted with an AWS owned key.',
    async break({ aws: { dynamo } }) {
      const TableName = 'Plain';
      await dynamo.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          BillingMode: 'PAY_PER_REQUEST',
        }),
      );
      return () => dynamo.send(new DeleteTableCommand({ TableName }));
    },
  },
  {
    control: 'dynamodb-pitr',
    fails: [TABLE],
    says: 'Point-in-time recovery is off.',
    async break({ aws: { dynamo } }) {
      const set = (PointInTimeRecoveryEnabled: boolean) =>
        dynamo.send(
          new UpdateContinuousBackupsCommand({
            TableName: TABLE,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled },
          }),
        );
      await set(false);
      return () => set(true);
    },
  },
  {
    control: 'dynamodb-deletion-protection',
    fails: [TABLE],
    says: 'Deletion protection is off.',
    break: updated({ DeletionProtectionEnabled: false }, { DeletionProtectionEnabled: true }),
  },
  {
    control: 'dynamodb-scaling',
    fails: [TABLE],
    says: 'table scales for reads at 90%; at most 70% is allowed.',
    async break({ aws: { autoScaling } }) {
      const { ScalingPolicies } = await autoScaling.send(
        new DescribeScalingPoliciesCommand({ ServiceNamespace: 'dynamodb', ResourceId: `table/${TABLE}` }),
      );
      const policy = ScalingPolicies!.find((one) => one.ScalableDimension === 'dynamodb:table:ReadCapacityUnits')!;
      const scaleAt = (TargetValue: number) => autoScaling.send(new PutScalingPolicyCommand(at(policy, TargetValue)));
      await scaleAt(90);
      return () => scaleAt(70);
    },
  },
  {
    control: 'dynamodb-no-foreign-access',
    fails: [TABLE],
    says: new RegExp(STRANGER),
    async break({ aws: { dynamo } }) {
      const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: TABLE }));
      const ResourceArn = Table!.TableArn!;
      const Principal = { AWS: `arn:aws:iam::${STRANGER}:root` };
      const Policy = policyOf({ Principal, Action: 'dynamodb:GetItem', Resource: ResourceArn });
      await dynamo.send(new PutResourcePolicyCommand({ ResourceArn, Policy }));
      return () => dynamo.send(new DeleteResourcePolicyCommand({ ResourceArn }));
    },
  },
  {
    control: 'dynamodb-stream',
    fails: [STREAMED],
    says: /^The view type is not set; the config declares \w+\.$/,
    recorded: 'UpdateTable does not turn a stream on again',
    break: ({ aws: { dynamo } }) =>
      Promise.resolve(
        answering<DescribeTableCommandOutput>(dynamo, 'DescribeTableCommand', (answer, { TableName }) => ({
          ...answer!,
          Table: { ...answer!.Table, ...(TableName === STREAMED && { StreamSpecification: undefined }) },
        })),
      ),
  },
];

type Changes = Omit<UpdateTableCommandInput, 'TableName'>;

function updated(broken: Changes, right: Changes) {
  return async ({ aws: { dynamo } }: Surroundings): Promise<Mend> => {
    const update = (changes: Changes) => dynamo.send(new UpdateTableCommand({ TableName: TABLE, ...changes }));
    await update(broken);
    return () => update(right);
  };
}

function at(policy: ScalingPolicy, TargetValue: number) {
  const { PolicyName, ServiceNamespace, ResourceId, ScalableDimension, PolicyType } = policy;
  const TargetTrackingScalingPolicyConfiguration = { ...policy.TargetTrackingScalingPolicyConfiguration, TargetValue };
  return {
    PolicyName,
    ServiceNamespace,
    ResourceId,
    ScalableDimension,
    PolicyType,
    TargetTrackingScalingPolicyConfiguration,
  };
}

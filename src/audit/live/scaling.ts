/**
 * Scalable targets with their target-tracking policies, all of a service at once: one request each would be four per
 * table.
 */
import {
  DescribeScalableTargetsCommand,
  DescribeScalingPoliciesCommand,
  type ServiceNamespace,
} from '@aws-sdk/client-application-auto-scaling';
import type { FactKind, ScalingFact } from '../model/facts.js';
import { known, type Reading } from '../model/reading.js';
import type { AwsReader } from './reader.js';

/** By resource id of Application Auto Scaling (`cluster:<name>`, `table/<name>`), then by dimension. */
export type Scaling = ReadonlyMap<string, Readonly<Record<string, ScalingFact>>>;

export async function readScaling(
  aws: AwsReader,
  namespace: Extract<ServiceNamespace, 'rds' | 'dynamodb'>,
  subject: { readonly kind: FactKind; readonly attributes: readonly string[] },
): Promise<Reading<Scaling>> {
  const [targets, policies] = await Promise.all([
    aws.list({
      action: 'application-autoscaling:DescribeScalableTargets',
      subject,
      page: (NextToken) => new DescribeScalableTargetsCommand({ ServiceNamespace: namespace, NextToken }),
      send: (command, options) => aws.clients.autoScaling.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ ScalableTargets }) => ScalableTargets,
    }),
    aws.list({
      action: 'application-autoscaling:DescribeScalingPolicies',
      subject,
      page: (NextToken) => new DescribeScalingPoliciesCommand({ ServiceNamespace: namespace, NextToken }),
      send: (command, options) => aws.clients.autoScaling.send(command, options),
      next: ({ NextToken }) => NextToken,
      items: ({ ScalingPolicies }) => ScalingPolicies,
    }),
  ]);
  if ('unknown' in targets) return targets;
  const found = new Map<string, Record<string, ScalingFact>>();
  for (const {
    ResourceId = '',
    ScalableDimension: dimension = '',
    MinCapacity = 0,
    MaxCapacity = 0,
  } of targets.value) {
    const policy =
      'unknown' in policies ? policies : known(policies.value.find((one) => isTracking(one, ResourceId, dimension)));
    const tracking = 'unknown' in policy ? policy : known(policy.value?.TargetTrackingScalingPolicyConfiguration);
    const dimensions = found.get(ResourceId) ?? {};
    dimensions[dimension] = {
      dimension,
      minCapacity: known(MinCapacity),
      maxCapacity: known(MaxCapacity),
      metric:
        'unknown' in tracking ? tracking : known(tracking.value?.PredefinedMetricSpecification?.PredefinedMetricType),
      targetValue: 'unknown' in tracking ? tracking : known(tracking.value?.TargetValue),
    };
    found.set(ResourceId, dimensions);
  }
  return known(found);
}

function isTracking(
  policy: { readonly ResourceId?: string; readonly ScalableDimension?: string; readonly PolicyType?: string },
  resourceId: string,
  dimension: string,
): boolean {
  return (
    policy.ResourceId === resourceId &&
    policy.ScalableDimension === dimension &&
    policy.PolicyType === 'TargetTrackingScaling'
  );
}

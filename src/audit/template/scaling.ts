/** Scalable targets with their target-tracking policies. */
import type { ScalingFact } from '../model/facts.js';
import { known, mapReading, type Reading } from '../model/reading.js';
import { isRecord, type ResourceReader, toText } from './resource-reader.js';
import type { TemplateResources } from './resources.js';

/**
 * The scaling of one resource by dimension.
 *
 * @param resourceId Application Auto Scaling's: `cluster:<name>`, `table/<name>`, `table/<name>/index/<index>`
 */
export function scalingOf(
  resources: TemplateResources,
  resourceId: string,
): Reading<Readonly<Record<string, ScalingFact>>> {
  const targets = resources
    .ofType('AWS::ApplicationAutoScaling::ScalableTarget')
    .filter((target) => target.properties.ResourceId === resourceId);
  return known(
    Object.fromEntries(
      targets.map((target) => {
        const dimension = String(target.properties.ScalableDimension);
        const policy = resources
          .ofType('AWS::ApplicationAutoScaling::ScalingPolicy')
          .find((one) => isAbout(one, target, resourceId, dimension));
        return [dimension, scalingFact(dimension, target, policy)];
      }),
    ),
  );
}

/** A policy names its target by what `Ref` gives, or by resource and dimension. */
function isAbout(policy: ResourceReader, target: ResourceReader, resourceId: string, dimension: string): boolean {
  const { ScalingTargetId, ResourceId, ScalableDimension } = policy.properties;
  return ScalingTargetId === target.logicalId || (ResourceId === resourceId && ScalableDimension === dimension);
}

function scalingFact(dimension: string, target: ResourceReader, policy: ResourceReader | undefined): ScalingFact {
  const tracking = 'TargetTrackingScalingPolicyConfiguration';
  return {
    dimension,
    minCapacity: mapReading(target.number('MinCapacity'), (value) => value ?? 0),
    maxCapacity: mapReading(target.number('MaxCapacity'), (value) => value ?? 0),
    metric: policy
      ? mapReading(policy.at(tracking, 'PredefinedMetricSpecification'), (metric) =>
          isRecord(metric) ? toText(metric.PredefinedMetricType) : undefined,
        )
      : known(undefined),
    targetValue: policy ? policy.number(tracking, 'TargetValue') : known(undefined),
  };
}

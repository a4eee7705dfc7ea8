/** Scalable targets with their target-tracking policies. */
import type { ScalingFact } from '../model/facts.js';
import { fromReadings, itemsOf, known, mapReading, type Reading, valueOf } from '../model/reading.js';
import type { Reference } from './referents.js';
import { isRecord, type ResourceReader, toText } from './resource-reader.js';
import type { TemplateResources } from './resources.js';

/**
 * The scaling of one resource by dimension.
 *
 * @param form what Application Auto Scaling's id of it has around its name: `table/`, and `/index/<index>`
 */
export function scalingOf(
  resources: TemplateResources,
  resource: ResourceReader,
  form: Omit<Reference, 'at'>,
): Reading<Readonly<Record<string, ScalingFact>>> {
  const reference = { at: ['ResourceId'], ...form };
  return fromReadings(() => {
    const targets = [...itemsOf(resources.naming(resource, [TARGET], reference))];
    const policies = resources.naming(resource, [POLICY], reference);
    return Object.fromEntries(
      targets.map((target) => {
        const dimension = valueOf(target.text('ScalableDimension')) ?? '';
        return [dimension, scalingFact(dimension, target, policyOf(target, dimension))];
      }),
    );

    /** A policy names its target by what `Ref` gives, or by resource and dimension. */
    function policyOf(target: ResourceReader, dimension: string): Reading<ResourceReader | undefined> {
      const byTarget = resources.oneNaming(target, [POLICY], { at: ['ScalingTargetId'] });
      if ('unknown' in byTarget || byTarget.value) return byTarget;
      return fromReadings(() => {
        for (const one of itemsOf(policies)) if (valueOf(one.text('ScalableDimension')) === dimension) return one;
        return undefined;
      });
    }
  });
}

const TARGET = 'AWS::ApplicationAutoScaling::ScalableTarget';
const POLICY = 'AWS::ApplicationAutoScaling::ScalingPolicy';

function scalingFact(
  dimension: string,
  target: ResourceReader,
  policy: Reading<ResourceReader | undefined>,
): ScalingFact {
  const tracking = 'TargetTrackingScalingPolicyConfiguration';
  return {
    dimension,
    minCapacity: mapReading(target.number('MinCapacity'), (value) => value ?? 0),
    maxCapacity: mapReading(target.number('MaxCapacity'), (value) => value ?? 0),
    metric: andThen(policy, (one) =>
      mapReading(one.at(tracking, 'PredefinedMetricSpecification'), (metric) =>
        isRecord(metric) ? toText(metric.PredefinedMetricType) : undefined,
      ),
    ),
    targetValue: andThen(policy, (one) => one.number(tracking, 'TargetValue')),
  };
}

function andThen<T>(
  policy: Reading<ResourceReader | undefined>,
  read: (policy: ResourceReader) => Reading<T | undefined>,
): Reading<T | undefined> {
  if ('unknown' in policy) return policy;
  return policy.value ? read(policy.value) : known(undefined);
}

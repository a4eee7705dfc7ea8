/** Runbook 2.3: readers follow the load. The CDK has no method for it. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { PredefinedMetric, ScalableTarget, ServiceNamespace } from 'aws-cdk-lib/aws-applicationautoscaling';
import { Role } from 'aws-cdk-lib/aws-iam';
import type { CfnDBInstance, IDatabaseCluster } from 'aws-cdk-lib/aws-rds';
import { Construct } from 'constructs';
import {
  DEFAULT_MAX_READERS,
  DEFAULT_MIN_READERS,
  DEFAULT_TARGET_CPU,
} from '../../../config/sections/data-layer-defaults.js';

export interface ReaderScalingProps {
  readonly cluster: IDatabaseCluster;
  /** All instances of the cluster. */
  readonly instances: readonly CfnDBInstance[];
  /** @default 1 */
  readonly minReaders?: number;
  /** At most 15. @default 5 */
  readonly maxReaders?: number;
  /** Percent of CPU, averaged over the readers. @default 60 */
  readonly targetCpu?: number;
  /** Between two changes in the same direction. @default 5 minutes */
  readonly cooldown?: Duration;
  /** @default the CDK's */
  readonly policyName?: string;
}

export class ReaderScaling extends Construct {
  readonly target: ScalableTarget;

  constructor(scope: Construct, id: string, props: ReaderScalingProps) {
    super(scope, id);
    this.target = new ScalableTarget(this, 'Target', {
      serviceNamespace: ServiceNamespace.RDS,
      resourceId: `cluster:${props.cluster.clusterIdentifier}`,
      scalableDimension: 'rds:cluster:ReadReplicaCount',
      minCapacity: props.minReaders ?? DEFAULT_MIN_READERS,
      maxCapacity: props.maxReaders ?? DEFAULT_MAX_READERS,
      role: Role.fromRoleArn(this, 'Role', serviceLinkedRole(this)),
    });
    const cooldown = props.cooldown ?? Duration.minutes(5);
    this.target.scaleToTrackMetric('Cpu', {
      policyName: props.policyName,
      predefinedMetric: PredefinedMetric.RDS_READER_AVERAGE_CPU_UTILIZATION,
      targetValue: props.targetCpu ?? DEFAULT_TARGET_CPU,
      scaleInCooldown: cooldown,
      scaleOutCooldown: cooldown,
    });
    // A target that is registered before there is a reader never scales anything.
    this.node.addDependency(...props.instances);
  }
}

/** The role that Application Auto Scaling makes for itself; given, so that the CDK makes none. */
function serviceLinkedRole(scope: Construct): string {
  return Stack.of(scope).formatArn({
    service: 'iam',
    region: '',
    resource: 'role/aws-service-role/rds.application-autoscaling.amazonaws.com',
    resourceName: 'AWSServiceRoleForApplicationAutoScaling_RDSCluster',
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
}

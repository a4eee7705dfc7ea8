/** The dead-man's switch of rotations: a look at each secret once a day, and an alarm when that is silent too. */
import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  Stats,
  TreatMissingData,
  type MetricOptions,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import { HoldfastFunction, type HoldfastFunctionProps } from './holdfast-function.js';

export interface WatchedSecret {
  readonly secret: ISecret;
  /** Days after which a rotation is overdue. */
  readonly maxAgeDays: number;
  /** Whether people supply its values. @default false */
  readonly manual?: boolean;
}

export interface RotationWatchProps extends Pick<
  HoldfastFunctionProps,
  'functionName' | 'logKey' | 'logRetention' | 'bundles'
> {
  readonly secrets: readonly WatchedSecret[];
}

/** Where the function writes its metric. */
const NAMESPACE = 'Holdfast/Rotation';

export class RotationWatch extends Construct {
  readonly function: HoldfastFunction;
  readonly overdue: Alarm;

  constructor(scope: Construct, id: string, props: RotationWatchProps) {
    super(scope, id);
    this.function = this.#makeFunction(props);
    new Rule(this, 'Daily', {
      description: 'Checks whether secrets are overdue for rotation',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(this.function.lambda)],
    });
    this.overdue = new Alarm(this, 'Overdue', {
      alarmDescription:
        'A secret was not rotated in time, or the check no longer runs. The log of the function names it.',
      metric: this.metricOverdue(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }

  /** How many secrets are overdue, once a day. No value means that nobody has looked. */
  metricOverdue(options?: MetricOptions): Metric {
    return new Metric({
      namespace: NAMESPACE,
      metricName: 'RotationOverdue',
      dimensionsMap: { service: this.function.functionName },
      statistic: Stats.MAXIMUM,
      period: Duration.days(1),
      ...options,
    }).attachTo(this);
  }

  #makeFunction({ secrets, ...props }: RotationWatchProps): HoldfastFunction {
    const watched = secrets.map(({ secret, maxAgeDays, manual = false }) => ({
      secretArn: secret.secretArn,
      maxAgeDays,
      manual,
    }));
    return new HoldfastFunction(this, 'Watch', {
      ...props,
      description: 'Tells which secrets are overdue for rotation',
      bundle: 'watch-rotations',
      environment: { HOLDFAST_ROTATION_WATCH: Stack.of(this).toJsonString(watched) },
      timeout: Duration.minutes(1),
      statements: [
        new PolicyStatement({
          sid: 'LookAtSecrets',
          actions: ['secretsmanager:DescribeSecret', 'secretsmanager:ListSecretVersionIds'],
          resources: secrets.map(({ secret }) => secret.secretArn),
        }),
      ],
    });
  }
}

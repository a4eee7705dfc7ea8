/** The dead-man's switch of rotations: a look at each secret once a day, and an alarm when that is silent too. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
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

export class RotationWatch extends Construct {
  readonly function: HoldfastFunction;
  readonly overdue: Alarm;

  constructor(scope: Construct, id: string, props: RotationWatchProps) {
    super(scope, id);
    const watched = props.secrets.map(({ secret, maxAgeDays, manual = false }) => ({
      secretArn: secret.secretArn,
      maxAgeDays,
      manual,
    }));
    this.function = new HoldfastFunction(this, 'Watch', {
      ...props,
      description: 'Tells which secrets are overdue for rotation',
      bundle: 'watch-rotations',
      environment: { HOLDFAST_ROTATION_WATCH: Stack.of(this).toJsonString(watched) },
      timeout: Duration.minutes(1),
      statements: [
        new PolicyStatement({
          sid: 'LookAtSecrets',
          actions: ['secretsmanager:DescribeSecret', 'secretsmanager:ListSecretVersionIds'],
          resources: props.secrets.map(({ secret }) => secret.secretArn),
        }),
      ],
    });
    new Rule(this, 'Daily', {
      description: 'Checks whether secrets are overdue for rotation',
      schedule: Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(this.function.lambda)],
    });
    this.overdue = new Alarm(this, 'Overdue', {
      alarmDescription:
        'A secret was not rotated in time, or the check no longer runs. The log of the function names it.',
      metric: new Metric({
        namespace: 'Holdfast/Rotation',
        metricName: 'RotationOverdue',
        dimensionsMap: { service: props.functionName },
        statistic: 'Maximum',
        period: Duration.days(1),
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}

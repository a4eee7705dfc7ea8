/** What the jobs of an environment share: the key of logs, the topic of alarms, the schedules' group, role and dead letters. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Stats,
  TreatMissingData,
  type Metric,
  type MetricOptions,
} from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge, INLINE_POLICIES } from '../shared/acknowledge.js';
import { AlarmTopic } from '../shared/alarm-topic.js';
import { OperationsKey } from '../shared/operations-key.js';
import { placeOf } from '../shared/place.js';

export interface JobFoundationProps {
  /** Names of the CodeBuild projects that may be started. */
  readonly projectNames: readonly string[];
  /** Of the group of schedules, and with an ending of all else but the role. @default CloudFormation's names */
  readonly name?: string;
  /** @default CloudFormation's */
  readonly schedulerRoleName?: string;
  /** Each has to confirm once. @default nobody is told */
  readonly alarmEmails?: readonly string[];
}

export class JobFoundation extends Construct {
  readonly key: OperationsKey;
  readonly topic: AlarmTopic;
  readonly scheduleGroup: CfnScheduleGroup;
  readonly schedulerRole: Role;
  /** Starts that were given up. */
  readonly deadLetters: Queue;
  readonly missedStartAlarm: Alarm;
  readonly #props: JobFoundationProps;

  constructor(scope: Construct, id: string, props: JobFoundationProps) {
    super(scope, id);
    this.#props = props;
    const { name, alarmEmails } = props;
    this.key = new OperationsKey(this, 'Key', { alias: name && `alias/${name}` });
    this.topic = new AlarmTopic(this, 'Topic', {
      topicName: this.#named('alarms'),
      encryptionKey: this.key,
      emails: alarmEmails,
    });
    this.deadLetters = this.#makeDeadLetters();
    this.scheduleGroup = new CfnScheduleGroup(this, 'Schedules', { name });
    this.schedulerRole = this.#makeSchedulerRole();
    this.missedStartAlarm = this.#makeAlarm();
    this.topic.notifyOf(this.missedStartAlarm);
  }

  /** Starts that were given up and have not been looked at, per five minutes. */
  metricMissedStarts(options?: MetricOptions): Metric {
    return this.deadLetters.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(5),
      ...options,
    });
  }

  #named(ending: string): string | undefined {
    const { name } = this.#props;
    return name && `${name}-${ending}`;
  }

  #makeDeadLetters(): Queue {
    const queue = new Queue(this, 'DeadLetters', {
      queueName: this.#named('dead-letters'),
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(queue, { 'AwsSolutions-SQS3': 'It is the dead-letter queue.' });
    return queue;
  }

  #makeAlarm(): Alarm {
    const queue = this.#named('dead-letters') ?? this.deadLetters.queueName;
    return new Alarm(this, 'MissedStart', {
      alarmName: this.#named('missed-start'),
      alarmDescription: `A backup could not be started on time: the queue ${queue} says which, and why.`,
      metric: this.metricMissedStarts(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** Starts the given projects, and nothing else. */
  #makeSchedulerRole(): Role {
    const { projectNames, name: group = this.scheduleGroup.ref, schedulerRoleName } = this.#props;
    const { account, partition, region } = placeOf(this);
    const role = new Role(this, 'SchedulerRole', {
      roleName: schedulerRoleName,
      description: 'Starts the backup jobs of Holdfast.',
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com').withConditions({
        StringEquals: {
          'aws:SourceAccount': account,
          // Scheduler gives the group, not the schedule.
          'aws:SourceArn': `arn:${partition}:scheduler:${region}:${account}:schedule-group/${group}`,
        },
      }),
      inlinePolicies: {
        start: new PolicyDocument({
          statements: [
            new PolicyStatement({
              sid: 'StartJobs',
              actions: ['codebuild:StartBuild'],
              resources: projectNames.map(
                (project) => `arn:${partition}:codebuild:${region}:${account}:project/${project}`,
              ),
            }),
            new PolicyStatement({
              sid: 'GiveUp',
              actions: ['sqs:SendMessage'],
              resources: [this.deadLetters.queueArn],
            }),
            new PolicyStatement({
              sid: 'EncryptDeadLetters',
              actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
              resources: [this.key.keyArn],
              conditions: { StringEquals: { 'kms:ViaService': `sqs.${region}.amazonaws.com` } },
            }),
          ],
        }),
      },
    });
    acknowledge(role, INLINE_POLICIES);
    return role;
  }
}

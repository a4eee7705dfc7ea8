/** What the jobs of an environment share: the key of logs, the topic of alarms, the schedules' group, role and dead letters. */
import { Duration, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { jobsName, partitionOf, projectName, schedulerRoleName } from '../../policies/index.js';
import { acknowledge, INLINE_POLICIES } from '../shared/acknowledge.js';
import { AlarmTopic } from '../shared/alarm-topic.js';
import { OperationsKey } from '../shared/operations-key.js';

export interface JobFoundationProps {
  readonly environment: string;
  readonly region: string;
  /** Names of the databases whose jobs may be started. */
  readonly databases: readonly string[];
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

  constructor(scope: Construct, id: string, props: JobFoundationProps) {
    super(scope, id);
    const name = jobsName(props.environment);
    this.key = new OperationsKey(this, 'Key', { alias: `alias/${name}`, region: props.region });
    this.topic = new AlarmTopic(this, 'Topic', {
      topicName: `${name}-alarms`,
      encryptionKey: this.key,
      emails: props.alarmEmails,
    });
    this.deadLetters = new Queue(this, 'DeadLetters', {
      queueName: `${name}-dead-letters`,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(this.deadLetters, { 'AwsSolutions-SQS3': 'It is the dead-letter queue.' });
    this.scheduleGroup = new CfnScheduleGroup(this, 'Schedules', { name });
    this.schedulerRole = this.#makeSchedulerRole(props, name);
    this.missedStartAlarm = new Alarm(this, 'MissedStart', {
      alarmName: `${name}-missed-start`,
      alarmDescription: `A backup could not be started on time: the queue ${name}-dead-letters says which, and why.`,
      metric: this.deadLetters.metricApproximateNumberOfMessagesVisible({
        statistic: Stats.MAXIMUM,
        period: Duration.minutes(5),
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    this.topic.notifyOf(this.missedStartAlarm);
  }

  /** Starts the projects of these databases, and nothing else. */
  #makeSchedulerRole({ environment, region, databases }: JobFoundationProps, group: string): Role {
    const { account } = Stack.of(this);
    const partition = partitionOf(region);
    const projects = databases.map(
      (database) => `arn:${partition}:codebuild:${region}:${account}:project/${projectName(environment, database)}`,
    );
    const role = new Role(this, 'SchedulerRole', {
      roleName: schedulerRoleName(environment),
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
            new PolicyStatement({ sid: 'StartJobs', actions: ['codebuild:StartBuild'], resources: projects }),
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

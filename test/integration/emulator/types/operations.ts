/** Builds, schedules, rules, alarms, logs, topics and queues. */
import { CloudWatchClient, DescribeAlarmsCommand, ListDashboardsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  DescribeMetricFiltersCommand,
  DescribeResourcePoliciesCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { BatchGetProjectsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge';
import { GetBucketNotificationConfigurationCommand } from '@aws-sdk/client-s3';
import { GetScheduleCommand, GetScheduleGroupCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { GetTopicAttributesCommand, ListSubscriptionsByTopicCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { att, clientOptions, policy, ref, type Resources } from '../stacks.js';
import { KEY, type TypeCase } from './case.js';
import { SUBNETS } from './network.js';

const assumedBy = (service: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: policy({ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }),
  },
});

const builds = (timeout: number, timezone: string): Resources => ({
  ...KEY,
  ...SUBNETS,
  Role: assumedBy('codebuild.amazonaws.com'),
  SchedulerRole: assumedBy('scheduler.amazonaws.com'),
  Log: {
    Type: 'AWS::Logs::LogGroup',
    Properties: { LogGroupName: '/aws/codebuild/backup', RetentionInDays: 90, KmsKeyId: att('Key', 'Arn') },
  },
  Project: {
    Type: 'AWS::CodeBuild::Project',
    Properties: {
      Name: 'rds-pgdump-backup-prod-appdb',
      ServiceRole: att('Role', 'Arn'),
      Artifacts: { Type: 'NO_ARTIFACTS' },
      Source: { Type: 'NO_SOURCE', BuildSpec: '{"version":"0.2"}' },
      Environment: {
        Type: 'LINUX_CONTAINER',
        ComputeType: 'BUILD_GENERAL1_SMALL',
        Image: 'aws/codebuild/standard:7.0',
        EnvironmentVariables: [{ Name: 'HOLDFAST_CONFIG', Type: 'PLAINTEXT', Value: '{}' }],
      },
      EncryptionKey: att('Key', 'Arn'),
      ConcurrentBuildLimit: 1,
      TimeoutInMinutes: timeout,
      QueuedTimeoutInMinutes: 60,
      LogsConfig: { CloudWatchLogs: { Status: 'ENABLED', GroupName: ref('Log') } },
      VpcConfig: { VpcId: ref('Vpc'), Subnets: [ref('SubnetA')], SecurityGroupIds: [att('Group', 'GroupId')] },
    },
  },
  Dead: { Type: 'AWS::SQS::Queue' },
  Schedules: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'backups' } },
  Schedule: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: 'appdb',
      GroupName: ref('Schedules'),
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      ScheduleExpressionTimezone: timezone,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: att('Project', 'Arn'),
        RoleArn: att('SchedulerRole', 'Arn'),
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 600 },
        DeadLetterConfig: { Arn: att('Dead', 'Arn') },
      },
    },
  },
});

export const BUILDS: TypeCase = {
  shows: [
    'AWS::CodeBuild::Project',
    'AWS::Logs::LogGroup',
    'AWS::Scheduler::Schedule',
    'AWS::Scheduler::ScheduleGroup',
  ],
  resources: builds(2160, 'Europe/Berlin'),
  outputs: {
    key: att('Key', 'Arn'),
    project: att('Project', 'Arn'),
    dead: att('Dead', 'Arn'),
    schedule: att('Schedule', 'Arn'),
  },
  async read(emulator, { ids }) {
    const options = clientOptions(emulator);
    const { projects } = await new CodeBuildClient(options).send(
      new BatchGetProjectsCommand({ names: [ids.Project!] }),
    );
    const scheduler = new SchedulerClient(options);
    const schedule = await scheduler.send(new GetScheduleCommand({ GroupName: 'backups', Name: ids.Schedule }));
    const group = await scheduler.send(new GetScheduleGroupCommand({ Name: ids.Schedules }));
    const logs = new CloudWatchLogsClient(options);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: ids.Log }));
    return { project: projects?.[0], schedule, group: group.State, log: logGroups?.[0] };
  },
  expected: ({ ids, outputs }) => ({
    project: {
      name: ids.Project,
      arn: outputs.project,
      encryptionKey: outputs.key,
      concurrentBuildLimit: 1,
      timeoutInMinutes: 2160,
      queuedTimeoutInMinutes: 60,
      source: { type: 'NO_SOURCE', buildspec: '{"version":"0.2"}' },
      environment: { environmentVariables: [{ name: 'HOLDFAST_CONFIG', value: '{}' }] },
      logsConfig: { cloudWatchLogs: { groupName: ids.Log } },
      vpcConfig: { vpcId: ids.Vpc, subnets: [ids.SubnetA], securityGroupIds: [ids.Group] },
    },
    schedule: {
      Arn: outputs.schedule,
      ScheduleExpression: 'cron(0 3 ? * SUN *)',
      ScheduleExpressionTimezone: 'Europe/Berlin',
      Target: {
        Arn: outputs.project,
        DeadLetterConfig: { Arn: outputs.dead },
        RetryPolicy: { MaximumRetryAttempts: 2 },
      },
    },
    group: 'ACTIVE',
    log: { retentionInDays: 90, kmsKeyId: outputs.key },
  }),
  changed: {
    resources: builds(60, 'UTC'),
    expected: () => ({ project: { timeoutInMinutes: 60 }, schedule: { ScheduleExpressionTimezone: 'UTC' } }),
  },
};

const watch = (threshold: number): Resources => ({
  ...KEY,
  Topic: {
    Type: 'AWS::SNS::Topic',
    Properties: { TopicName: 'alarms', KmsMasterKeyId: att('Key', 'KeyId'), DisplayName: 'Alarms' },
  },
  TopicPolicy: {
    Type: 'AWS::SNS::TopicPolicy',
    Properties: {
      Topics: [ref('Topic')],
      PolicyDocument: policy({
        Sid: 'Alarms',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Action: 'sns:Publish',
        Resource: ref('Topic'),
      }),
    },
  },
  Queue: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'dead-letters',
      KmsMasterKeyId: att('Key', 'KeyId'),
      MessageRetentionPeriod: 1209600,
      VisibilityTimeout: threshold,
    },
  },
  QueuePolicy: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [ref('Queue')],
      PolicyDocument: policy({
        Sid: 'Topic',
        Effect: 'Allow',
        Principal: { Service: 'sns.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: att('Queue', 'Arn'),
      }),
    },
  },
  Subscription: {
    Type: 'AWS::SNS::Subscription',
    Properties: { TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: att('Queue', 'Arn'), RawMessageDelivery: true },
  },
  Alarm: {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: 'failed-builds',
      Namespace: 'AWS/CodeBuild',
      MetricName: 'FailedBuilds',
      Dimensions: [{ Name: 'ProjectName', Value: 'backup' }],
      Statistic: 'Sum',
      Period: 300,
      EvaluationPeriods: 1,
      Threshold: threshold,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
      AlarmActions: [ref('Topic')],
    },
  },
  Dashboard: {
    Type: 'AWS::CloudWatch::Dashboard',
    Properties: { DashboardName: 'backups', DashboardBody: '{"widgets":[]}' },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      Name: 'key-policy-changes',
      EventPattern: { source: ['aws.kms'], detail: { eventName: ['PutKeyPolicy'] } },
      Targets: [{ Id: 'topic', Arn: ref('Topic') }],
    },
  },
  Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/trail' } },
  Filter: {
    Type: 'AWS::Logs::MetricFilter',
    Properties: {
      LogGroupName: ref('Log'),
      FilterPattern: '{ $.eventName = "AssumeRole" }',
      MetricTransformations: [{ MetricName: 'Restores', MetricNamespace: 'Holdfast', MetricValue: '1' }],
    },
  },
  LogPolicy: {
    Type: 'AWS::Logs::ResourcePolicy',
    Properties: { PolicyName: 'events', PolicyDocument: '{"Version":"2012-10-17","Statement":[]}' },
  },
  Bucket: { Type: 'AWS::S3::Bucket' },
  Notifications: {
    Type: 'Custom::S3BucketNotifications',
    Properties: {
      ServiceToken: 'none',
      BucketName: ref('Bucket'),
      NotificationConfiguration: { EventBridgeConfiguration: {} },
      Managed: true,
    },
  },
});

export const WATCH: TypeCase = {
  shows: [
    'AWS::CloudWatch::Alarm',
    'AWS::CloudWatch::Dashboard',
    'AWS::Events::Rule',
    'AWS::Logs::MetricFilter',
    'AWS::Logs::ResourcePolicy',
    'AWS::SNS::Subscription',
    'AWS::SNS::Topic',
    'AWS::SNS::TopicPolicy',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
    'Custom::S3BucketNotifications',
  ],
  resources: watch(1),
  outputs: {
    queue: att('Queue', 'Arn'),
    alarm: att('Alarm', 'Arn'),
    rule: att('Rule', 'Arn'),
    key: att('Key', 'KeyId'),
  },
  async read(emulator, { ids }) {
    const options = clientOptions(emulator);
    const [sns, sqs, cloudwatch] = [new SNSClient(options), new SQSClient(options), new CloudWatchClient(options)];
    const [events, logs] = [new EventBridgeClient(options), new CloudWatchLogsClient(options)];
    const topic = await sns.send(new GetTopicAttributesCommand({ TopicArn: ids.Topic }));
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: ids.Topic }));
    const queue = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: ids.Queue, AttributeNames: ['All'] }));
    const { MetricAlarms } = await cloudwatch.send(new DescribeAlarmsCommand({ AlarmNames: [ids.Alarm!] }));
    const { DashboardEntries } = await cloudwatch.send(new ListDashboardsCommand({}));
    const { Rules } = await events.send(new ListRulesCommand({}));
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: ids.Rule }));
    const { metricFilters } = await logs.send(new DescribeMetricFiltersCommand({ logGroupName: ids.Log }));
    const { resourcePolicies } = await logs.send(new DescribeResourcePoliciesCommand({}));
    const notification = await emulator.client.send(
      new GetBucketNotificationConfigurationCommand({ Bucket: ids.Bucket }),
    );
    return {
      topic: topic.Attributes,
      topicPolicy: sids(topic.Attributes?.Policy),
      subscriptions: Subscriptions?.map(({ Endpoint }) => Endpoint),
      queue: queue.Attributes,
      queuePolicy: sids(queue.Attributes?.Policy),
      alarm: MetricAlarms?.[0],
      dashboards: DashboardEntries?.map(({ DashboardName }) => DashboardName),
      rules: Rules?.map(({ Arn }) => Arn),
      targets: Targets?.map(({ Arn }) => Arn),
      filters: metricFilters?.map(({ filterPattern }) => filterPattern),
      logPolicies: resourcePolicies?.map(({ policyName }) => policyName),
      eventBridge: notification.EventBridgeConfiguration,
    };
  },
  expected: ({ ids, outputs }) => ({
    topic: { KmsMasterKeyId: outputs.key, DisplayName: 'Alarms' },
    topicPolicy: ['Alarms'],
    subscriptions: [outputs.queue],
    queue: { KmsMasterKeyId: outputs.key, MessageRetentionPeriod: '1209600', VisibilityTimeout: '1' },
    queuePolicy: ['Topic'],
    alarm: {
      AlarmArn: outputs.alarm,
      Threshold: 1,
      TreatMissingData: 'notBreaching',
      AlarmActions: [ids.Topic],
      Dimensions: [{ Name: 'ProjectName', Value: 'backup' }],
    },
    dashboards: ['backups'],
    rules: [outputs.rule],
    targets: [ids.Topic],
    filters: ['{ $.eventName = "AssumeRole" }'],
    logPolicies: ['events'],
    eventBridge: {},
  }),
  changed: {
    resources: watch(2),
    expected: ({ outputs }) => ({ alarm: { Threshold: 2 }, queue: { VisibilityTimeout: '2' }, rules: [outputs.rule] }),
  },
};

const sids = (document: string | undefined) =>
  (JSON.parse(document!) as { Statement: { Sid: string }[] }).Statement.map(({ Sid }) => Sid);

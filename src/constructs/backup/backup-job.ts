/** The job of one database: a project that runs `holdfast backup`, its role, its log, its schedule, its alarm. */
import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import { Grant, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import type { DatabaseConfig, SourceAccountConfig } from '../../config/index.js';
import { logGroupName, projectName, scheduleName } from '../../policies/index.js';
import { acknowledge } from '../shared/acknowledge.js';
import type { JobFoundation } from './job-foundation.js';
import type { JobNetwork } from './job-network.js';
import { buildSpec, type BuildImage } from './build-spec.js';
import { databaseTls } from './database-tls.js';
import type { WorkerAsset } from './worker-asset.js';
import { workerConfig } from './worker-config.js';

export interface BackupJobProps {
  readonly environment: string;
  readonly region: string;
  readonly database: DatabaseConfig;
  /** `s3://bucket[/prefix]` */
  readonly vault: string;
  /** The vault's key, full ARN. */
  readonly keyArn: string;
  readonly worker: WorkerAsset;
  /** Its own, or the one that all jobs share. It has to be allowed what `rolePolicyOf` says. */
  readonly role: IRole;
  readonly foundation: JobFoundation;
  readonly image: BuildImage;
  /** @default outside of any VPC */
  readonly network?: JobNetwork;
  readonly build: SourceAccountConfig['build'];
  readonly start: SourceAccountConfig['start'];
  /** Days. */
  readonly logRetentionDays: number;
}

const COMPUTE_TYPES: Readonly<Record<SourceAccountConfig['build']['size'], string>> = {
  small: 'BUILD_GENERAL1_SMALL',
  medium: 'BUILD_GENERAL1_MEDIUM',
  large: 'BUILD_GENERAL1_LARGE',
  xlarge: 'BUILD_GENERAL1_XLARGE',
  '2xlarge': 'BUILD_GENERAL1_2XLARGE',
};

export class BackupJob extends Construct {
  readonly projectName: string;
  readonly projectArn: string;
  readonly role: IRole;
  readonly logGroup: LogGroup;
  readonly failureAlarm: Alarm;

  /** @throws HoldfastError CONFIG_INVALID, VAULT_URL_INVALID */
  constructor(scope: Construct, id: string, props: BackupJobProps) {
    super(scope, id);
    const { environment, database, foundation } = props;
    this.role = props.role;
    this.projectName = projectName(environment, database.name);
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: logGroupName(environment, database.name),
      encryptionKey: foundation.key,
      retention: props.logRetentionDays as RetentionDays,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const project = this.#makeProject(props);
    this.projectArn = project.attrArn;
    this.#makeSchedule(props);
    this.failureAlarm = new Alarm(this, 'Failed', {
      alarmName: `${this.projectName}-failed`,
      alarmDescription: `The backup of "${database.name}" failed: see the log group ${logGroupName(environment, database.name)}.`,
      metric: this.metricFailedBuilds(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // There is a value only when a build has ended.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    foundation.topic.notifyOf(this.failureAlarm);
  }

  /** Lets a principal start a backup, and follow it: its state and its log. */
  grantRun(grantee: IGrantable): Grant {
    const run = Grant.addToPrincipal({
      grantee,
      actions: ['codebuild:StartBuild', 'codebuild:BatchGetBuilds', 'codebuild:StopBuild'],
      resourceArns: [this.projectArn],
    });
    return run.combine(this.logGroup.grantRead(grantee));
  }

  /** Failed builds per five minutes. */
  metricFailedBuilds(): Metric {
    return this.#metric('FailedBuilds', Stats.SUM);
  }

  /** Successful builds per five minutes. */
  metricSucceededBuilds(): Metric {
    return this.#metric('SucceededBuilds', Stats.SUM);
  }

  /** How long builds took, in seconds. */
  metricDuration(): Metric {
    return this.#metric('Duration', Stats.MAXIMUM);
  }

  #metric(metricName: string, statistic: string): Metric {
    return new Metric({
      namespace: 'AWS/CodeBuild',
      metricName,
      dimensionsMap: { ProjectName: this.projectName },
      statistic,
      period: Duration.minutes(5),
    });
  }

  #makeProject(props: BackupJobProps): CfnProject {
    const { environment, region, database, vault, keyArn, worker, build, image, network } = props;
    const { asset } = worker;
    const config = workerConfig(database, {
      environment,
      region,
      vault,
      keyArn,
      tls: databaseTls(database, image, worker.placeOf(database.sslrootcert)),
    });
    const project = new CfnProject(this, 'Project', {
      name: this.projectName,
      description: `Backs up the PostgreSQL database "${database.name}" into ${vault}.`,
      serviceRole: this.role.roleArn,
      source: {
        type: 'S3',
        location: Fn.join('/', [asset.s3BucketName, asset.s3ObjectKey]),
        buildSpec: JSON.stringify(buildSpec(database.name, image, build.postgresMajor)),
      },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'LINUX_CONTAINER',
        computeType: COMPUTE_TYPES[build.size],
        image: image.uri,
        imagePullCredentialsType: image.own ? 'SERVICE_ROLE' : 'CODEBUILD',
        privilegedMode: false,
        environmentVariables: [
          { name: 'HOLDFAST_CONFIG', type: 'PLAINTEXT', value: Stack.of(this).toJsonString(config) },
        ],
      },
      encryptionKey: props.foundation.key.keyArn,
      timeoutInMinutes: Math.ceil(build.timeoutMs / 60_000),
      queuedTimeoutInMinutes: 60,
      // A second start fails, and goes to the dead-letter queue once its retries are used up.
      concurrentBuildLimit: 1,
      logsConfig: { cloudWatchLogs: { status: 'ENABLED', groupName: this.logGroup.logGroupName } },
      ...(network && {
        vpcConfig: {
          vpcId: network.vpc.vpcId,
          subnets: [...network.subnetIds],
          securityGroupIds: [...network.securityGroupIds],
        },
      }),
    });
    acknowledge(project, {
      ...(image.own && {
        'AwsSolutions-CB5': "A custom image, with PostgreSQL's clients: nothing is installed when a backup runs.",
      }),
      'PCI.DSS.321-CodeBuildProjectSourceRepoUrl':
        'Its source is an asset in S3, read with the role; there is no repository.',
    });
    return project;
  }

  #makeSchedule({ environment, database, foundation, start }: BackupJobProps): void {
    new CfnSchedule(this, 'Schedule', {
      name: scheduleName(environment, database.name),
      groupName: foundation.scheduleGroup.ref,
      description: `Starts the backup of the database "${database.name}".`,
      scheduleExpression: database.schedule,
      scheduleExpressionTimezone: database.timeZone,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.projectArn,
        roleArn: foundation.schedulerRole.roleArn,
        retryPolicy: {
          maximumRetryAttempts: start.retries,
          maximumEventAgeInSeconds: Math.round(start.maximumAgeMs / 1000),
        },
        deadLetterConfig: { arn: foundation.deadLetters.queueArn },
      },
    });
  }
}

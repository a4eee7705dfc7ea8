/** The job of one database: a project that runs `holdfast backup`, its role, its log, its schedule, its alarm. */
import { Duration, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  Metric,
  Stats,
  TreatMissingData,
  type MetricOptions,
} from 'aws-cdk-lib/aws-cloudwatch';
import { CfnProject } from 'aws-cdk-lib/aws-codebuild';
import { Grant, type IGrantable, type IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { acknowledge } from '../shared/acknowledge.js';
import { generatedName, placeOf } from '../shared/place.js';
import type { BackupDatabase } from './backup-database.js';
import { buildSpec, type BuildImage } from './build-spec.js';
import { databaseTls } from './database-tls.js';
import type { JobFoundation } from './job-foundation.js';
import type { JobNetwork } from './job-network.js';
import type { WorkerAsset } from './worker-asset.js';
import { workerConfig } from './worker-config.js';

/** The machine that a backup runs on. */
export interface BackupBuild {
  /** @default 'medium' */
  readonly size?: 'small' | 'medium' | 'large' | 'xlarge' | '2xlarge';
  /** 5 minutes to 36 hours. @default 8 hours */
  readonly timeout?: Duration;
  /** Of the client programs that CodeBuild's own image gets when a backup starts. @default 18 */
  readonly postgresMajor?: number;
}

/** What happens when a backup cannot be started on time. */
export interface BackupStart {
  /** @default 3 */
  readonly retries?: number;
  /** 1 minute to 24 hours. @default 1 hour */
  readonly maximumAge?: Duration;
}

export interface BackupJobProps {
  readonly database: BackupDatabase;
  /** Whose backups those in the vault are. */
  readonly environment: string;
  /** `s3://bucket[/prefix]` */
  readonly vault: string;
  /** The vault's key, full ARN. */
  readonly keyArn: string;
  readonly worker: WorkerAsset;
  /** Its own, or the one that all jobs share: a `WriterRole` that names the project. */
  readonly role: IRole;
  readonly foundation: JobFoundation;
  readonly image: BuildImage;
  /** @default outside of any VPC */
  readonly network?: JobNetwork;
  /** @default a medium machine, for eight hours at most */
  readonly build?: BackupBuild;
  /** @default three retries within an hour */
  readonly start?: BackupStart;
  /** Of the log. @default one year */
  readonly logRetentionDays?: RetentionDays;
  /** Its log group is named after it. @default the CDK's: the construct's path with a digest */
  readonly projectName?: string;
  /** @default CloudFormation's */
  readonly scheduleName?: string;
  /** @default CloudFormation's */
  readonly alarmName?: string;
}

const COMPUTE_TYPES = {
  small: 'BUILD_GENERAL1_SMALL',
  medium: 'BUILD_GENERAL1_MEDIUM',
  large: 'BUILD_GENERAL1_LARGE',
  xlarge: 'BUILD_GENERAL1_XLARGE',
  '2xlarge': 'BUILD_GENERAL1_2XLARGE',
} as const satisfies Readonly<Record<NonNullable<BackupBuild['size']>, string>>;

/** CodeBuild's limit. */
const LONGEST_NAME = 150;

export class BackupJob extends Construct {
  readonly projectName: string;
  readonly projectArn: string;
  readonly role: IRole;
  readonly logGroup: LogGroup;
  readonly failureAlarm: Alarm;
  readonly #props: BackupJobProps;

  /** @throws HoldfastError CONFIG_INVALID, VAULT_URL_INVALID */
  /** @throws HoldfastError CONFIG_INVALID, VAULT_URL_INVALID */
  constructor(scope: Construct, id: string, props: BackupJobProps) {
    super(scope, id);
    this.#props = props;
    this.role = props.role;
    this.projectName = props.projectName ?? generatedName(this, LONGEST_NAME);
    this.logGroup = this.#makeLog();
    this.projectArn = this.#makeProject().attrArn;
    this.#makeSchedule();
    this.failureAlarm = this.#makeAlarm();
    props.foundation.topic.notifyOf(this.failureAlarm);
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
  metricFailedBuilds(options?: MetricOptions): Metric {
    return this.#metric('FailedBuilds', { statistic: Stats.SUM, ...options });
  }

  /** Successful builds per five minutes. */
  metricSucceededBuilds(options?: MetricOptions): Metric {
    return this.#metric('SucceededBuilds', { statistic: Stats.SUM, ...options });
  }

  /** How long builds took, in seconds. */
  metricDuration(options?: MetricOptions): Metric {
    return this.#metric('Duration', { statistic: Stats.MAXIMUM, ...options });
  }

  #metric(metricName: string, options: MetricOptions): Metric {
    return new Metric({
      namespace: 'AWS/CodeBuild',
      metricName,
      dimensionsMap: { ProjectName: this.projectName },
      period: Duration.minutes(5),
      ...options,
    }).attachTo(this);
  }

  #makeLog(): LogGroup {
    return new LogGroup(this, 'Log', {
      logGroupName: logGroupOf(this.projectName),
      encryptionKey: this.#props.foundation.key,
      retention: this.#props.logRetentionDays ?? RetentionDays.ONE_YEAR,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
  }

  #makeProject(): CfnProject {
    const { database, vault, worker, image, network } = this.#props;
    const { size = 'medium', timeout = Duration.hours(8), postgresMajor = 18 } = this.#props.build ?? {};
    const { asset } = worker;
    const project = new CfnProject(this, 'Project', {
      name: this.projectName,
      description: `Backs up the PostgreSQL database "${database.name}" into ${vault}.`,
      serviceRole: this.role.roleArn,
      source: {
        type: 'S3',
        location: Fn.join('/', [asset.s3BucketName, asset.s3ObjectKey]),
        buildSpec: JSON.stringify(buildSpec(database.name, image, postgresMajor)),
      },
      artifacts: { type: 'NO_ARTIFACTS' },
      environment: {
        type: 'LINUX_CONTAINER',
        computeType: COMPUTE_TYPES[size],
        image: image.uri,
        imagePullCredentialsType: image.own ? 'SERVICE_ROLE' : 'CODEBUILD',
        privilegedMode: false,
        environmentVariables: [{ name: 'HOLDFAST_CONFIG', type: 'PLAINTEXT', value: this.#workerConfig() }],
      },
      encryptionKey: this.#props.foundation.key.keyArn,
      timeoutInMinutes: Math.ceil(timeout.toMinutes({ integral: false })),
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

  #workerConfig(): string {
    const { database, environment, vault, keyArn, worker, image } = this.#props;
    const { region } = placeOf(this);
    const tls = databaseTls(database, image, worker.placeOf(database.sslrootcert));
    return Stack.of(this).toJsonString(workerConfig(database, { environment, region, vault, keyArn, tls }));
  }

  #makeSchedule(): void {
    const { database, foundation, scheduleName } = this.#props;
    const { retries = 3, maximumAge = Duration.hours(1) } = this.#props.start ?? {};
    new CfnSchedule(this, 'Schedule', {
      name: scheduleName,
      groupName: foundation.scheduleGroup.ref,
      description: `Starts the backup of the database "${database.name}".`,
      scheduleExpression: database.schedule,
      scheduleExpressionTimezone: database.timeZone ?? 'UTC',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.projectArn,
        roleArn: foundation.schedulerRole.roleArn,
        retryPolicy: {
          maximumRetryAttempts: retries,
          maximumEventAgeInSeconds: Math.round(maximumAge.toSeconds({ integral: false })),
        },
        deadLetterConfig: { arn: foundation.deadLetters.queueArn },
      },
    });
  }

  #makeAlarm(): Alarm {
    return new Alarm(this, 'Failed', {
      alarmName: this.#props.alarmName,
      alarmDescription: `The backup of "${this.#props.database.name}" failed: see the log group ${logGroupOf(this.projectName)}.`,
      metric: this.metricFailedBuilds(),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // There is a value only when a build has ended.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

/** The log group that CodeBuild uses by default. */
export function logGroupOf(projectName: string): string {
  return `/aws/codebuild/${projectName}`;
}

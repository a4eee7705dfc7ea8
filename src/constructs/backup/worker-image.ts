/** An image of our own for the builds, and the project that builds it: PostgreSQL's clients of every major version. */
import path from 'node:path';
import { Duration, RemovalPolicy, Stack, type CfnElement } from 'aws-cdk-lib';
import { BuildSpec, LinuxBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild';
import { Repository, RepositoryEncryption } from 'aws-cdk-lib/aws-ecr';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { accept, acknowledge, INLINE_POLICIES, reasonsFor, wildcards } from '../shared/acknowledge.js';
import { packageRoot } from '../../core/package-root.js';

export interface WorkerImageProps {
  readonly encryptionKey: IKey;
  /** In lower case. @default CloudFormation's */
  readonly repositoryName?: string;
  /** Of the project that builds the image; its log group is named after it. @default CloudFormation's */
  readonly projectName?: string;
  /** Of the log. @default one year */
  readonly logRetentionDays?: RetentionDays;
  /** Directory of the Dockerfile. @default the one that comes with Holdfast */
  readonly directory?: string;
}

const TAG = 'latest';

export class WorkerImage extends Construct {
  readonly repository: Repository;
  /** Builds the image and pushes it; runs when it is started. */
  readonly project: Project;
  /** What builds run in. */
  readonly uri: string;

  readonly #props: WorkerImageProps;

  constructor(scope: Construct, id: string, props: WorkerImageProps) {
    super(scope, id);
    this.#props = props;
    this.repository = this.#makeRepository();
    this.uri = this.repository.repositoryUriForTag(TAG);
    const role = this.#makeRole();
    this.project = this.#makeProject(role);
    this.repository.grantPullPush(this.project);
    this.#answerCheckers(role);
  }

  #makeRepository(): Repository {
    const { repositoryName, encryptionKey } = this.#props;
    return new Repository(this, 'Repository', {
      repositoryName,
      imageScanOnPush: true,
      encryption: RepositoryEncryption.KMS,
      encryptionKey,
      lifecycleRules: [{ description: 'Older images, for going back', maxImageCount: 5 }],
      removalPolicy: RemovalPolicy.DESTROY,
      emptyOnDelete: true,
    });
  }

  /** The role that the CDK would create trusts the service on behalf of any account. */
  #makeRole(): Role {
    return new Role(this, 'Role', {
      description: 'Builds the image that backups run in',
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
  }

  #makeProject(role: Role): Project {
    const { projectName, encryptionKey, logRetentionDays = RetentionDays.ONE_YEAR } = this.#props;
    const directory = this.#props.directory ?? path.join(packageRoot(), 'docker/backup-worker');
    const source = new Asset(this, 'Source', { path: directory });
    const logGroup = new LogGroup(this, 'Log', {
      logGroupName: projectName && `/aws/codebuild/${projectName}`,
      encryptionKey,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    return new Project(this, 'Project', {
      projectName,
      role,
      description: 'Builds the image that backups run in: start it once a month for patched client programs.',
      source: Source.s3({ bucket: source.bucket, path: source.s3ObjectKey }),
      encryptionKey,
      timeout: Duration.hours(1),
      grantReportGroupPermissions: false,
      environment: {
        buildImage: LinuxBuildImage.AMAZON_LINUX_2023_5,
        // Docker inside of the build needs it. No backup runs here.
        privileged: true,
        environmentVariables: { IMAGE: { value: this.uri }, REGISTRY: { value: this.repository.registryUri } },
      },
      logging: { cloudWatch: { logGroup } },
      buildSpec: BuildSpec.fromObject({
        version: '0.2',
        phases: {
          build: {
            commands: [
              'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"',
              'docker build --pull --tag "$IMAGE" .',
              'docker push "$IMAGE"',
            ],
          },
        },
      }),
    });
  }

  #answerCheckers(role: Role): void {
    const { account, region, partition } = Stack.of(this);
    accept(this.project, {
      'codebuild-not-privileged':
        'It builds an image, which requires Docker in the build; it reads no database and no secret, and writes to one repository.',
    });
    // The CDK names the log group by the project, and cdk-nag writes references so.
    const log = `<${Stack.of(this).getLogicalId(this.project.node.defaultChild as CfnElement)}>`;
    acknowledge(this.project, {
      'AwsSolutions-CB3': 'It builds an image, which requires Docker in the build; it reads no database and no secret.',
      'PCI.DSS.321-CodeBuildProjectSourceRepoUrl':
        'Its source is an asset in S3, read with the role; there is no repository.',
    });
    acknowledge(role, {
      ...wildcards(
        [`arn:${partition}:logs:${region}:${account}:log-group:/aws/codebuild/${log}:*`],
        'Names of log streams are not known in advance.',
      ),
      ...INLINE_POLICIES,
      ...wildcards(['*'], 'Logging in to ECR has no resource.'),
      ...reasonsFor(
        ['s3:GetObject*', 's3:GetBucket*', 's3:List*', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'].map(
          (action) => `AwsSolutions-IAM5[Action::${action}]`,
        ),
        'As the CDK lets a build read its source and use its key; it reads no database and no secret.',
      ),
    });
  }
}

/** An image of our own for the builds, and the project that builds it: PostgreSQL's clients of every major version. */
import path from 'node:path';
import { Duration, RemovalPolicy, Stack, type CfnElement } from 'aws-cdk-lib';
import { BuildSpec, LinuxBuildImage, Project, Source } from 'aws-cdk-lib/aws-codebuild';
import { Repository, RepositoryEncryption } from 'aws-cdk-lib/aws-ecr';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { imageProjectName, jobsName } from '../../policies/index.js';
import { accept, acknowledge, INLINE_POLICIES, reasonsFor, wildcards } from '../shared/acknowledge.js';
import { packageRoot } from '../../core/package-root.js';

export interface WorkerImageProps {
  readonly environment: string;
  readonly encryptionKey: IKey;
  /** Days. */
  readonly logRetentionDays: number;
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

  constructor(scope: Construct, id: string, props: WorkerImageProps) {
    super(scope, id);
    const { environment, encryptionKey, logRetentionDays } = props;
    const directory = props.directory ?? path.join(packageRoot(), 'docker/backup-worker');
    this.repository = new Repository(this, 'Repository', {
      repositoryName: `${jobsName(environment)}-worker`.toLowerCase(),
      imageScanOnPush: true,
      encryption: RepositoryEncryption.KMS,
      encryptionKey,
      lifecycleRules: [{ description: 'Older images, for going back', maxImageCount: 5 }],
      removalPolicy: RemovalPolicy.DESTROY,
      emptyOnDelete: true,
    });
    this.uri = this.repository.repositoryUriForTag(TAG);
    const source = new Asset(this, 'Source', { path: directory });
    const { account, region, partition } = Stack.of(this);
    // The role that the CDK would create trusts the service on behalf of any account.
    const role = new Role(this, 'Role', {
      description: 'Builds the image that backups run in',
      assumedBy: new ServicePrincipal('codebuild.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': account } },
      }),
    });
    this.project = new Project(this, 'Project', {
      projectName: imageProjectName(environment),
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
      logging: {
        cloudWatch: {
          logGroup: new LogGroup(this, 'Log', {
            logGroupName: `/aws/codebuild/${imageProjectName(environment)}`,
            encryptionKey,
            retention: logRetentionDays as RetentionDays,
            removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
          }),
        },
      },
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
    accept(this.project, {
      'codebuild-not-privileged':
        'It builds an image, which requires Docker in the build; it reads no database and no secret, and writes to one repository.',
    });
    this.repository.grantPullPush(this.project);
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

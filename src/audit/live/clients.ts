/** The SDK's clients that the audit reads with. */
import { ApplicationAutoScalingClient } from '@aws-sdk/client-application-auto-scaling';
import { CloudControlClient } from '@aws-sdk/client-cloudcontrol';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CodeBuildClient } from '@aws-sdk/client-codebuild';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { RDSClient } from '@aws-sdk/client-rds';
import { S3Client } from '@aws-sdk/client-s3';
import { S3ControlClient, type S3ControlClientConfig } from '@aws-sdk/client-s3-control';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';

/** As every client of the SDK takes them. */
export interface ClientOptions {
  readonly region: string;
  readonly credentials?: STSClientConfig['credentials'];
  readonly endpoint?: string;
}

export type AuditClients = ReturnType<typeof createClients>;

/** Attempts for each request: an account of thousands of resources is throttled as a matter of course. */
const MAX_ATTEMPTS = 8;

export function createClients({ region, credentials, endpoint }: ClientOptions) {
  // The SDK would announce on standard error when it will end its support of this Node.js; which SDK is used is up to
  // us.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const options = { region, credentials, endpoint, retryMode: 'adaptive', maxAttempts: MAX_ATTEMPTS };
  return {
    autoScaling: new ApplicationAutoScalingClient(options),
    cloudControl: new CloudControlClient(options),
    codeBuild: new CodeBuildClient(options),
    dynamo: new DynamoDBClient(options),
    ec2: new EC2Client(options),
    elastiCache: new ElastiCacheClient(options),
    iam: new IAMClient(options),
    kms: new KMSClient(options),
    logs: new CloudWatchLogsClient(options),
    rds: new RDSClient(options),
    // Buckets of all Regions are in one list.
    s3: new S3Client({ ...options, forcePathStyle: endpoint !== undefined, followRegionRedirects: true }),
    s3Control: new S3ControlClient({ ...options, ...atEndpoint(endpoint) }),
    scheduler: new SchedulerClient(options),
    secrets: new SecretsManagerClient(options),
    sts: new STSClient(options),
  };
}

/** S3 Control puts the account before the host, which a self-hosted server has no name for. */
function atEndpoint(endpoint: string | undefined): Pick<S3ControlClientConfig, 'endpointProvider'> {
  return endpoint === undefined ? {} : { endpointProvider: () => ({ url: new URL(endpoint) }) };
}

export function destroyClients(clients: AuditClients): void {
  for (const client of Object.values(clients)) client.destroy();
}

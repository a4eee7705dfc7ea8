import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';

/**
 * Has S3 deliver the access logs of a bucket to another, by that one's policy: buckets without ACLs take no other grant.
 * The CDK's own property does so only in apps with its feature flag, and fails in the others.
 */
export function deliverAccessLogs(from: Bucket, logs: Bucket, prefix: string): void {
  logs.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('logging.s3.amazonaws.com')],
      actions: ['s3:PutObject'],
      resources: [logs.arnForObjects(`${prefix}*`)],
      conditions: {
        ArnLike: { 'aws:SourceArn': from.bucketArn },
        StringEquals: { 'aws:SourceAccount': Stack.of(from).account },
      },
    }),
  );
  const resource = from.node.defaultChild as CfnBucket;
  resource.loggingConfiguration = { destinationBucketName: logs.bucketName, logFilePrefix: prefix };
}

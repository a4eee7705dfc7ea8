/** What cdk.json would say: a program that synthesizes by itself does not read it. */
export const SYNTH_CONTEXT: Readonly<Record<string, unknown>> = {
  // Buckets for access logs have ACLs off, so that their policy has to admit the log service.
  '@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy': true,
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  // The tree and the metadata of where each construct was made are for the CDK's own tools.
  'aws:cdk:enable-path-metadata': false,
};

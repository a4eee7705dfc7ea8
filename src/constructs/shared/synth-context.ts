/** What cdk.json would say: a program that synthesizes by itself does not read it. */
export const SYNTH_CONTEXT: Readonly<Record<string, unknown>> = {
  '@aws-cdk/core:checkSecretUsage': true,
  '@aws-cdk/core:enablePartitionLiterals': true,
  // The tree and the metadata of where each construct was made are for the CDK's own tools.
  'aws:cdk:enable-path-metadata': false,
};

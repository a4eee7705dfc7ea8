/**
 * What protects or holds something that outlives its stack outlives it too. The CDK keeps a bucket and deletes its
 * policy, keeps a database and tries to delete the subnets that it lies in.
 */
import { CfnDeletionPolicy, CfnResource, Stack, Token, type RemovalPolicy } from 'aws-cdk-lib';
import type { Vpc } from 'aws-cdk-lib/aws-ec2';
import type { Key } from 'aws-cdk-lib/aws-kms';
import type { Bucket, CfnBucket, CfnBucketPolicy } from 'aws-cdk-lib/aws-s3';
import type { IConstruct } from 'constructs';
import { acknowledge, reasonsFor } from './acknowledge.js';

/** Each pack's rule that a bucket's policy denies requests without TLS. */
const TLS_RULES = ['AwsSolutions-S10', 'NIST.800.53.R5-S3BucketSSLRequestsOnly', 'PCI.DSS.321-S3BucketSSLRequestsOnly'];

/**
 * Keeps a bucket's policy as long as the bucket: what it denies would be allowed otherwise.
 *
 * A kept policy is in the way of the next stack unless that takes it over, which CloudFormation does by itself for a
 * literal name only; so the policy names the bucket where the name is known.
 *
 * @param bucketName the bucket's own. @default the policy refers to the bucket
 */
export function keepPolicy(bucket: Bucket, removalPolicy: RemovalPolicy, bucketName?: string): void {
  const { policy } = bucket;
  if (policy === undefined) throw new Error(`${bucket.node.path} has no policy yet.`);
  const resource = policy.node.defaultChild as CfnBucketPolicy;
  resource.applyRemovalPolicy(removalPolicy);
  if (bucketName === undefined || Token.isUnresolved(bucketName)) return;
  resource.bucket = bucketName;
  const made = bucket.node.defaultChild as CfnBucket;
  const stack = Stack.of(bucket);
  if (JSON.stringify(stack.resolve(policy.document)).includes(`"${stack.resolve(made.logicalId)}"`)) {
    acknowledge(
      policy,
      reasonsFor(TLS_RULES, 'It denies every request without TLS. cdk-nag looks for the name there.'),
    );
  } else {
    // Nothing else says that the bucket comes first.
    resource.node.addDependency(made);
  }
}

/** Keeps a key's alias as long as the key: it is how the key is found again. */
export function keepAlias(key: Key, removalPolicy: RemovalPolicy): void {
  const alias = key.node.tryFindChild('Alias');
  if (alias) keepResources(removalPolicy, alias);
}

/** Keeps a VPC and its subnets, which cannot be deleted while something lies in them. */
export function keepNetwork(vpc: Vpc, removalPolicy: RemovalPolicy): void {
  const subnets = [...vpc.isolatedSubnets, ...vpc.privateSubnets, ...vpc.publicSubnets];
  for (const { node } of [vpc, ...subnets]) keep(node.defaultChild, removalPolicy);
}

/** Keeps every resource of some constructs. */
export function keepResources(removalPolicy: RemovalPolicy, ...constructs: readonly IConstruct[]): void {
  for (const child of constructs.flatMap(({ node }) => node.findAll())) keep(child, removalPolicy);
}

/** One that an update replaces is not needed any more by what has moved on to the new one. */
function keep(construct: IConstruct | undefined, removalPolicy: RemovalPolicy): void {
  if (!CfnResource.isCfnResource(construct)) return;
  construct.applyRemovalPolicy(removalPolicy, { applyToUpdateReplacePolicy: false });
  construct.cfnOptions.updateReplacePolicy = CfnDeletionPolicy.DELETE;
}

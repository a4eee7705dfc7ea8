/** The policies that are in force, as AWS hands them out. */
import { GetRolePolicyCommand, IAMClient, paginateListRolePolicies, paginateListRoleTags } from '@aws-sdk/client-iam';
import { DescribeKeyCommand, GetKeyPolicyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { awsFailure } from './aws-failures.js';
import { statementsOf, type LiveStatement } from './compare-policies.js';
import type { ClientOptions } from './sign-in.js';

/** None where the bucket has no policy. */
export async function liveBucketPolicy(options: ClientOptions, Bucket: string): Promise<LiveStatement[]> {
  const client = new S3Client({ ...options, forcePathStyle: options.endpoint !== undefined });
  try {
    const { Policy } = await client.send(new GetBucketPolicyCommand({ Bucket }));
    return Policy === undefined ? [] : statementsOf(Policy);
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchBucketPolicy') return [];
    throw awsFailure(error, { what: `Reading the policy of the bucket ${Bucket}`, action: 's3:GetBucketPolicy' });
  } finally {
    client.destroy();
  }
}

export async function liveKeyPolicy(options: ClientOptions, KeyId: string): Promise<LiveStatement[]> {
  const client = new KMSClient(options);
  try {
    const { Policy } = await client.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
    return Policy === undefined ? [] : statementsOf(Policy);
  } catch (error) {
    throw awsFailure(error, { what: `Reading the policy of the key ${KeyId}`, action: 'kms:GetKeyPolicy' });
  } finally {
    client.destroy();
  }
}

/** The ARN of the key behind an alias: its policy is not to be had by the alias. */
export async function keyOfAlias(options: ClientOptions, alias: string): Promise<string> {
  const client = new KMSClient(options);
  try {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: alias }));
    return KeyMetadata?.Arn ?? alias;
  } catch (error) {
    throw awsFailure(error, { what: `Looking for the key ${alias}`, action: 'kms:DescribeKey' });
  } finally {
    client.destroy();
  }
}

/** The statements of all inline policies together: which of them says a thing does not matter. */
export async function liveRolePolicy(options: ClientOptions, RoleName: string): Promise<LiveStatement[]> {
  // Of a whole partition: the Region only says which one.
  const client = new IAMClient(options);
  try {
    const statements: LiveStatement[] = [];
    for await (const { PolicyNames = [] } of paginateListRolePolicies({ client }, { RoleName })) {
      for (const PolicyName of PolicyNames) {
        const { PolicyDocument = '{}' } = await client.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        statements.push(...statementsOf(decodeURIComponent(PolicyDocument)));
      }
    }
    return statements;
  } catch (error) {
    const whenMissing = 'Make the role first, or deploy: `holdfast deploy`.';
    const action = 'iam:ListRolePolicies and iam:GetRolePolicy';
    throw awsFailure(error, { what: `Reading the policies of the role ${RoleName}`, action, whenMissing });
  } finally {
    client.destroy();
  }
}

/** By key. */
export async function liveRoleTags(options: ClientOptions, RoleName: string): Promise<Record<string, string>> {
  const client = new IAMClient(options);
  try {
    const tags: Record<string, string> = {};
    for await (const page of paginateListRoleTags({ client }, { RoleName }))
      for (const { Key = '', Value = '' } of page.Tags ?? []) tags[Key] = Value;
    return tags;
  } catch (error) {
    throw awsFailure(error, { what: `Reading the tags of the role ${RoleName}`, action: 'iam:ListRoleTags' });
  } finally {
    client.destroy();
  }
}

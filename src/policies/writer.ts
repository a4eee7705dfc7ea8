/** Who writes into a vault, and where: the part that the policies of bucket, key and role have in common. */
import type { Condition } from './policy-document.js';

export interface Writer {
  /** What it is called in statement ids: letters and digits. */
  readonly id: string;
  readonly account: string;
  /** The role's ARN; with wildcards or a policy variable in it, every role that matches. */
  readonly roleArn: string;
  /** What the keys of its objects begin with, slash included: `layer2/appdb/`. May have a policy variable in them. */
  readonly keyPrefixes: readonly string[];
  /** The tags that the role must have, where its ARN alone does not say which database it is for. */
  readonly tags?: Condition;
  /** Whether the role writes for several databases: nothing binds a job to its own. @default false */
  readonly shared?: boolean;
}

/** All that writing takes: no `PutObjectAcl`, since ACLs are off, and nothing that reads, lists or deletes. */
export const WRITE_ACTIONS = ['s3:PutObject', 's3:AbortMultipartUpload'] as const;

/** A new data key for each object, and its decryption for the parts of a large upload: S3 asks for both. */
export const WRITE_KEY_ACTIONS = ['kms:GenerateDataKey', 'kms:Decrypt'] as const;

/** What the keys of proofs match, and those of no other object: both times end in a Z. */
export const PROOF_KEYS = '*Z.proof-*Z.json';

/** The writer's role, and the tags that it must have. */
export function asWriter({ roleArn, tags = {} }: Writer): Condition {
  return allOf(asRole([roleArn]), tags);
}

/** Conditions that all have to hold: operators that several have get the keys of each. */
export function allOf(...conditions: readonly Condition[]): Condition {
  const merged: Record<string, Record<string, string | readonly string[]>> = {};
  for (const [operator, keys] of conditions.flatMap((condition) => Object.entries(condition))) {
    for (const [key, values] of Object.entries(keys)) {
      if (merged[operator]?.[key] !== undefined)
        throw new Error(`Two conditions with ${operator} on ${key} are both needed.`);
      merged[operator] = { ...merged[operator], [key]: values };
    }
  }
  return merged;
}

/**
 * The account as principal and the role as condition: a role as principal must exist when the policy is written, and
 * goes stale when the role is recreated.
 */
export function asRole(roleArns: readonly string[]): Condition {
  const operator = roleArns.some((arn) => /[*?]|\$\{/.test(arn)) ? 'ArnLike' : 'ArnEquals';
  return { [operator]: { 'aws:PrincipalArn': roleArns.length === 1 ? (roleArns[0] ?? '') : roleArns } };
}

/**
 * Use of the key by S3 only, and for these objects only: without bucket keys, the encryption context is the object's
 * ARN.
 *
 * @param objectArns patterns
 */
export function throughS3(region: string, objectArns: string | readonly string[]): Condition {
  return {
    StringEquals: { 'kms:ViaService': `s3.${region}.amazonaws.com` },
    StringLike: { 'kms:EncryptionContext:aws:s3:arn': objectArns },
  };
}

/**
 * The policy of the vault's CMK. Those who administer it cannot use it, and cannot give themselves a grant to do so;
 * those who write use it through S3 for their own objects only; the readers' roles alone decrypt everything.
 */
import { KEY_ENDING, KEY_MAINTENANCE } from './key-administration.js';
import { oneOrMore, policyDocument, type PolicyDocument, type Statement } from './policy-document.js';
import { allOf, asRole, asWriter, PROOF_KEYS, throughS3, WRITE_KEY_ACTIONS, type Writer } from './writer.js';

export interface VaultKeyPolicyOptions {
  readonly partition: string;
  readonly region: string;
  /** The backup account. */
  readonly account: string;
  readonly bucket: string;
  readonly writers: readonly Writer[];
  /** Roles of the backup account that administer the key. @default anyone whom IAM in the account allows */
  readonly adminRoleArns?: readonly string[];
  /** Roles of the backup account that read the vault. */
  readonly readerRoleArns: readonly string[];
  /** Roles of the backup account that write proofs. */
  readonly proverRoleArns: readonly string[];
}

export function vaultKeyPolicy(options: VaultKeyPolicyOptions): PolicyDocument {
  const { partition, account, region, adminRoleArns = [], readerRoleArns, proverRoleArns } = options;
  const objects = `arn:${partition}:s3:::${options.bucket}/`;
  const root = { AWS: `arn:${partition}:iam::${account}:root` };
  const named = adminRoleArns.length > 0;
  const statements: Statement[] = [
    {
      Sid: 'AllowMaintenance',
      Effect: 'Allow',
      Principal: root,
      Action: named ? KEY_MAINTENANCE : [...KEY_MAINTENANCE, ...KEY_ENDING],
      Resource: '*',
    },
  ];
  if (named) {
    statements.push({
      Sid: 'AllowKeyAdmins',
      Effect: 'Allow',
      Principal: root,
      Action: [...KEY_MAINTENANCE, ...KEY_ENDING],
      Resource: '*',
      Condition: asRole(adminRoleArns),
    });
  }
  for (const writer of options.writers) {
    const prefixes = writer.keyPrefixes.map((prefix) => `${objects}${prefix}*`);
    statements.push({
      Sid: `AllowWriting${writer.id}`,
      Effect: 'Allow',
      Principal: { AWS: `arn:${partition}:iam::${writer.account}:root` },
      Action: WRITE_KEY_ACTIONS,
      Resource: '*',
      Condition: allOf(throughS3(region, oneOrMore(prefixes)), asWriter(writer)),
    });
  }
  if (readerRoleArns.length > 0) {
    statements.push({
      Sid: 'AllowReading',
      Effect: 'Allow',
      Principal: root,
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { ...throughS3(region, `${objects}*`), ...asRole(readerRoleArns) },
    });
  }
  if (proverRoleArns.length > 0) {
    statements.push({
      Sid: 'AllowProofs',
      Effect: 'Allow',
      Principal: root,
      Action: 'kms:GenerateDataKey',
      Resource: '*',
      Condition: { ...throughS3(region, `${objects}${PROOF_KEYS}`), ...asRole(proverRoleArns) },
    });
  }
  return policyDocument('key', statements);
}

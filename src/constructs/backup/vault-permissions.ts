/** What may be done with a vault by those who restore, prove or audit: the same for a role's own policy and for a grant. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BUCKET_ACTIONS, KEY_ACTIONS, PROOF_KEYS, throughS3, type Condition } from '../../policies/index.js';

export interface VaultPlace {
  readonly bucketArn: string;
  readonly keyArn: string;
  readonly region: string;
}

export interface Permission {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly resource: string;
  readonly condition?: Condition;
  /** Whether it is one on the key, whose policy has to say it too. */
  readonly ofKey?: boolean;
}

/** @param keyPrefix what the keys of the objects begin with */
export function restoring({ bucketArn, keyArn, region }: VaultPlace, keyPrefix = ''): readonly Permission[] {
  const objects = `${bucketArn}/${keyPrefix}*`;
  return [
    { sid: 'ListBackups', actions: ['s3:ListBucket'], resource: bucketArn },
    { sid: 'ReadBackups', actions: ['s3:GetObject', 's3:GetObjectVersion'], resource: objects },
    {
      sid: 'DecryptBackups',
      actions: ['kms:Decrypt'],
      resource: keyArn,
      condition: throughS3(region, objects),
      ofKey: true,
    },
  ];
}

/** In addition to restoring. */
export function proving({ bucketArn, keyArn, region }: VaultPlace): readonly Permission[] {
  const proofs = `${bucketArn}/${PROOF_KEYS}`;
  return [
    { sid: 'WriteProofs', actions: ['s3:PutObject'], resource: proofs },
    {
      sid: 'EncryptProofs',
      actions: ['kms:GenerateDataKey'],
      resource: keyArn,
      condition: throughS3(region, proofs),
      ofKey: true,
    },
  ];
}

/** New objects, and none that are there: for principals of the vault's own account. */
export function storing({ bucketArn, keyArn, region }: VaultPlace, keyPrefix: string): readonly Permission[] {
  const objects = `${bucketArn}/${keyPrefix}*`;
  return [
    { sid: 'PutNewObjects', actions: ['s3:PutObject', 's3:AbortMultipartUpload'], resource: objects },
    {
      sid: 'EncryptThem',
      actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
      resource: keyArn,
      condition: throughS3(region, objects),
      ofKey: true,
    },
  ];
}

/** What `holdfast audit` reads of the bucket and the key: settings, and no object. */
export function auditing({ bucketArn, keyArn }: VaultPlace): readonly Permission[] {
  return [
    {
      sid: 'ReadSettingsOfVault',
      actions: BUCKET_ACTIONS,
      resource: bucketArn,
    },
    {
      sid: 'ReadSettingsOfKey',
      // The key's policy leaves these to IAM.
      actions: KEY_ACTIONS,
      resource: keyArn,
    },
  ];
}

export function statementOf({ sid, actions, resource, condition }: Permission): PolicyStatement {
  return new PolicyStatement({
    sid,
    actions: [...actions],
    resources: [resource],
    conditions: condition,
  });
}

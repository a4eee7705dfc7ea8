/**
 * What administrators of a key may do: everything except use it, or create grants, with which they could allow
 * themselves to.
 */

/** What a stack needs to maintain a key that it has created, and what anybody may see. */
export const KEY_MAINTENANCE = [
  'kms:CreateAlias',
  'kms:DeleteAlias',
  'kms:DescribeKey',
  'kms:EnableKeyRotation',
  'kms:GetKeyPolicy',
  'kms:GetKeyRotationStatus',
  'kms:ListAliases',
  'kms:ListGrants',
  'kms:ListKeyPolicies',
  'kms:ListKeyRotations',
  'kms:ListResourceTags',
  'kms:PutKeyPolicy',
  'kms:RevokeGrant',
  'kms:RotateKeyOnDemand',
  'kms:TagResource',
  'kms:UntagResource',
  'kms:UpdateAlias',
  'kms:UpdateKeyDescription',
] as const;

/** What makes everything under a key unreadable, for a while or forever, and what undoes that. */
export const KEY_ENDING = [
  'kms:CancelKeyDeletion',
  'kms:DisableKey',
  'kms:DisableKeyRotation',
  'kms:EnableKey',
  'kms:ScheduleKeyDeletion',
] as const;

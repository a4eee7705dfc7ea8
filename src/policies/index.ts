/** What other folders use of the policies. */
export * from './handed-over.js';
export { logGroupName } from './log-groups.js';
export * from './names.js';
export { operationsKeyPolicy } from './operations-key-policy.js';
export { partitionOf } from '../syntax/arn.js';
export { BUCKET_ACTIONS, KEY_ACTIONS } from './settings-actions.js';
export { type Condition, type PolicyDocument, type Statement } from './policy-document.js';
export { vaultBucketPolicy, type VaultBucketPolicyOptions } from './vault-bucket-policy.js';
export { vaultKeyPolicy, type VaultKeyPolicyOptions } from './vault-key-policy.js';
export {
  bucketPolicyOf,
  keyPolicyOf,
  loginOf,
  planVault,
  requireNamablePrefix,
  rolePolicyOf,
  type VaultPlan,
} from './vault-plan.js';
export { keyPrefixOf, planWriters, type WritingSource } from './plan-writers.js';
export { PROOF_KEYS, throughS3, type Writer } from './writer.js';
export { completeSecretArns } from '../syntax/secret-arn.js';
export { writerRolePolicy, type WriterLogin, type WriterRolePolicyOptions } from './writer-role-policy.js';

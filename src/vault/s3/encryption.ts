/** SSE-KMS with the vault's key, asked for in every request that takes it, and found in the answer. */
import { HoldfastError } from '../../core/errors.js';
import type { Bucket } from './bucket.js';

/** What requests that make an object carry. Without a key, the bucket's default applies. */
export function encryption({
  kmsKeyArn,
}: Bucket): { readonly ServerSideEncryption: 'aws:kms'; readonly SSEKMSKeyId: string } | undefined {
  // The full ARN: a bucket's policy and a client in another account both need it.
  return kmsKeyArn === undefined ? undefined : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyArn };
}

/**
 * Some servers take the headers and pass them over.
 *
 * @throws HoldfastError VAULT_UNWRITABLE when the object is not encrypted with the vault's key
 */
export function requireEncryption(bucket: Bucket, answer: { readonly SSEKMSKeyId?: string | undefined }): void {
  const { kmsKeyArn } = bucket;
  const { SSEKMSKeyId: used } = answer;
  if (kmsKeyArn === undefined || used === kmsKeyArn || (used && kmsKeyArn.endsWith(`/${used}`))) return;
  throw new HoldfastError(
    'VAULT_UNWRITABLE',
    `Storing in ${bucket.url} failed: the store was asked to encrypt with ${kmsKeyArn}, and ${used ? `used ${used}` : 'did not'}.`,
    { hint: 'Check that the store supports SSE-KMS; without kmsKeyArn in the config, its default encryption is used.' },
  );
}

/** The key's ARN as a manifest records it, where the store tells one. */
export function usedKeyArn({ SSEKMSKeyId: used }: { readonly SSEKMSKeyId?: string | undefined }): string | undefined {
  return used?.startsWith('arn:') ? used : undefined;
}

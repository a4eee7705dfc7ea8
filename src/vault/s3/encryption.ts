/** SSE-KMS with the vault's key, requested in every request that supports it, and checked in the answer. */
import { HoldfastError } from '../../core/errors.js';
import type { Bucket } from './bucket.js';

/** What requests that create an object carry. Without a key, the bucket's default applies. */
export function encryption({
  kmsKeyArn,
}: Bucket): { readonly ServerSideEncryption: 'aws:kms'; readonly SSEKMSKeyId: string } | undefined {
  // The full ARN: a bucket's policy and a client in another account both need it.
  return kmsKeyArn === undefined ? undefined : { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: kmsKeyArn };
}

/**
 * Some servers accept the headers and ignore them.
 *
 * @throws HoldfastError VAULT_UNWRITABLE when the object is not encrypted with the vault's key
 */
export function requireEncryption(bucket: Bucket, answer: { readonly SSEKMSKeyId?: string | undefined }): void {
  const { kmsKeyArn } = bucket;
  const { SSEKMSKeyId: used } = answer;
  if (kmsKeyArn === undefined || used === kmsKeyArn || (used && kmsKeyArn.endsWith(`/${used}`))) return;
  throw new HoldfastError(
    'VAULT_UNWRITABLE',
    `Storing in ${bucket.url} failed: the store was asked to encrypt with ${kmsKeyArn}, but ${used ? `used ${used}` : 'did not'}.`,
    { hint: 'Check that the store supports SSE-KMS; without kmsKeyArn in the config, its default encryption is used.' },
  );
}

/** The key's ARN as a manifest records it, if the store gives one. */
export function usedKeyArn({ SSEKMSKeyId: used }: { readonly SSEKMSKeyId?: string | undefined }): string | undefined {
  return used?.startsWith('arn:') ? used : undefined;
}

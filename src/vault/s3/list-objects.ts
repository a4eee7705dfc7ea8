/** Listing a vault, a thousand objects per request. */
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { keyFault } from '../../syntax/object-key.js';
import type { ObjectInfo } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { inCodeUnitOrder } from './key-order.js';

/** As `ObjectStore.list`. What others have put under names that are not keys, such as `folder/`, is skipped. */
export async function* listObjects(bucket: Bucket, prefix: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo> {
  throwIfAborted(signal);
  // Names that S3 cannot even be asked for.
  if (prefix.includes('\0') || /\p{Surrogate}/u.test(prefix)) return;
  try {
    for await (const info of inCodeUnitOrder(pages(bucket, prefix, signal))) {
      throwIfAborted(signal);
      yield info;
    }
  } catch (error) {
    throw bucket.failure(error, 'Listing the vault', 's3:ListBucket', 'read');
  }
}

async function* pages(bucket: Bucket, prefix: string, signal: AbortSignal | undefined): AsyncGenerator<ObjectInfo> {
  let ContinuationToken: string | undefined;
  const seen = new Set<string | undefined>();
  do {
    seen.add(ContinuationToken);
    const command = new ListObjectsV2Command({
      Bucket: bucket.name,
      Prefix: bucket.listed(prefix),
      ContinuationToken,
      // XML cannot represent every character that a name may contain.
      EncodingType: 'url',
    });
    const page = await bucket.attempt(() => bucket.client.send(command, { abortSignal: signal }), { signal });
    for (const { Key, Size, LastModified } of page.Contents ?? []) {
      if (Key === undefined || Size === undefined || LastModified === undefined) continue;
      const name = page.EncodingType === 'url' ? decode(Key) : Key;
      const key = bucket.keyOf(name);
      if (keyFault(key) === undefined) yield { key, size: Size, lastModified: LastModified };
    }
    ContinuationToken = page.IsTruncated ? nextToken(bucket, page.NextContinuationToken, seen) : undefined;
  } while (ContinuationToken !== undefined);
}

/**
 * A listing that stopped here would pass for a complete one: backups would be missing from it without anybody knowing.
 */
function nextToken(bucket: Bucket, token: string | undefined, seen: ReadonlySet<string | undefined>): string {
  if (token !== undefined && token !== '' && !seen.has(token)) return token;
  const what = token ? 'leads to a page that has already been read' : 'does not say how to get the rest';
  throw new HoldfastError(
    'VAULT_UNREADABLE',
    `Listing the vault in ${bucket.url} failed: the store says that there is more, but ${what}.`,
    { hint: 'Run it again. If this persists, the store, or a proxy in front of it, does not list as S3 does.' },
  );
}

/** As in forms: a space is encoded as a plus. */
function decode(name: string): string {
  return decodeURIComponent(name.replaceAll('+', ' '));
}

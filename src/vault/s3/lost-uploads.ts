/** Uploads that were begun but whose id never came back because the answer was lost. */
import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type MultipartUpload,
} from '@aws-sdk/client-s3';
import { messageOf } from '../../core/errors.js';
import type { Bucket } from './bucket.js';

/**
 * Aborts the open uploads of exactly this object that hold no part. Called when our own upload of it has ended, so none
 * of them is still ours; one that another writer has just begun may be among them, and that one loses only its attempt
 * at a key that two writers want.
 *
 * Needs permission to list uploads, which a role that may only write does not have: then such an upload stays. It has
 * no parts, so it costs nothing, and the bucket's lifecycle rule ends it. Never fails.
 */
export async function abortLostUploads(
  bucket: Bucket,
  place: { readonly Bucket: string; readonly Key: string },
  signal: AbortSignal,
): Promise<void> {
  const { client } = bucket;
  try {
    for (const UploadId of await openUploads(bucket, place, signal)) {
      const upload = { ...place, UploadId };
      const send = { abortSignal: signal };
      const { Parts = [] } = await bucket.attempt(() => client.send(new ListPartsCommand(upload), send), { signal });
      if (Parts.length > 0) continue;
      await bucket.attempt(() => client.send(new AbortMultipartUploadCommand(upload), send), { signal });
    }
  } catch (error) {
    bucket.logger.debug(`Looking for lost uploads of ${place.Key} in ${bucket.url}: ${messageOf(error)}`);
  }
}

async function openUploads(
  bucket: Bucket,
  { Bucket: name, Key }: { readonly Bucket: string; readonly Key: string },
  signal: AbortSignal,
): Promise<string[]> {
  const command = new ListMultipartUploadsCommand({ Bucket: name, Prefix: Key });
  // One page: names that begin with this one are few.
  const { Uploads = [] } = await bucket.attempt(() => bucket.client.send(command, { abortSignal: signal }), { signal });
  return Uploads.filter((upload: MultipartUpload) => upload.Key === Key).flatMap(({ UploadId }) => UploadId ?? []);
}

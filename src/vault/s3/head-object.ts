/** Asking for an object without its bytes. */
import { HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Bucket } from './bucket.js';
import { isFailure } from './failures.js';

/** @throws what the SDK throws; an absent object is `undefined` */
export async function headObject(
  bucket: Bucket,
  key: string,
  signal?: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined> {
  const place = bucket.place(key);
  try {
    return await bucket.attempt(() => bucket.client.send(new HeadObjectCommand(place), { abortSignal: signal }), {
      signal,
    });
  } catch (error) {
    if (isFailure(error, 404)) return undefined;
    if (isFailure(error, 403)) bucket.headRefused = true;
    throw error;
  }
}

/**
 * What an identity that may not be allowed to read can learn about the object: its head, `undefined` if there is none,
 * or `'refused'`.
 *
 * @throws what the SDK throws for any other failure
 */
export async function headIfAllowed(
  bucket: Bucket,
  key: string,
  signal?: AbortSignal,
): Promise<HeadObjectCommandOutput | undefined | 'refused'> {
  if (bucket.headRefused) return 'refused';
  try {
    return await headObject(bucket, key, signal);
  } catch (error) {
    // HEAD answers expired credentials and the wrong region with a bare 400: the next request says which it is.
    if (isFailure(error, 403, 400)) return 'refused';
    throw error;
  }
}

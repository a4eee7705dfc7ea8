/**
 * An upload that is begun, given a part, and aborted: everything that a backup does in a bucket, except creating the
 * object.
 */
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../core/errors.js';
import type { StoreTrial } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { MultipartUpload } from './multipart-upload.js';
import { PartFactory } from './part.js';

const CONTENT = Buffer.from('holdfast backup --dry-run\n');

/** As `ObjectStore.tryPut`. */
export async function tryUpload(bucket: Bucket, key: string, signal?: AbortSignal): Promise<StoreTrial> {
  const upload = new MultipartUpload(bucket, { key, nonce: randomUUID(), signal });
  const part = await new PartFactory(bucket.partDirectory).create(CONTENT.byteLength);
  try {
    await part.fill(CONTENT);
    await upload.send(part);
    await upload.settle();
  } catch (error) {
    await upload.abort();
    throw error;
  }
  if (!(await upload.abort())) {
    throw new HoldfastError(
      'VAULT_UNWRITABLE',
      `Trying to store ${key} in ${bucket.url}: an upload could be begun but not aborted.`,
      { hint: "The identity needs s3:AbortMultipartUpload. The bucket's lifecycle rule ends what was left." },
    );
  }
  const encrypted = bucket.kmsKeyArn === undefined ? '' : `, encrypted with ${bucket.kmsKeyArn}`;
  return {
    tried: [`An upload of this key was begun, given a part${encrypted}, and aborted.`],
    untried: ['Completing an upload: this would create an object, which a dry run must not do.'],
  };
}

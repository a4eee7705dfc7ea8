/** Storing a stream: one request if it ends within the first part, otherwise an upload in parts. */
import { createHash, randomUUID } from 'node:crypto';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { abortable } from '../../core/abortable.js';
import type { PutOptions, StoredObject } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { commit, NONCE, objectExists, type Landed } from './commit.js';
import { encryption, requireEncryption, usedKeyArn } from './encryption.js';
import { headIfAllowed } from './head-object.js';
import { MultipartUpload } from './multipart-upload.js';
import { PartFactory, type Part } from './part.js';
import { PartSizes } from './part-sizes.js';

/** As `ObjectStore.put`. */
export async function putObject(
  bucket: Bucket,
  key: string,
  body: AsyncIterable<Uint8Array>,
  options: PutOptions,
): Promise<StoredObject> {
  const { signal } = options;
  throwIfAborted(signal);
  await requireFree(bucket, key, signal);
  const nonce = randomUUID();
  const hash = createHash('sha256');
  const parts = partSource(bucket, options.expectedBytes);
  const upload = new MultipartUpload(bucket, { key, nonce, signal });
  let size = 0;
  let part = await parts.next(key);
  try {
    // A part that fails for good also ends the wait for the body, which may take hours to yield its next chunk.
    for await (const chunk of abortable(body, upload.stopped)) {
      hash.update(chunk);
      for (let rest = chunk; rest.byteLength > 0;) {
        // Only now is it known that the object does not end with this part.
        if (part.room === 0) {
          await upload.send(part);
          part = await parts.next(key);
        }
        const piece = rest.subarray(0, part.room);
        await part.fill(piece);
        rest = rest.subarray(piece.byteLength);
      }
      size += chunk.byteLength;
      options.onProgress?.(size);
    }
    throwIfAborted(signal);
    let landed: Landed;
    if (upload.begun) {
      await upload.send(part);
      landed = await upload.complete();
    } else {
      landed = await putWhole(bucket, { key, nonce, part, signal });
    }
    // Buckets without versions call the only one "null".
    const versionId = landed.VersionId === 'null' ? undefined : landed.VersionId;
    return { key, size, sha256: hash.digest('hex'), versionId, kmsKeyArn: usedKeyArn(landed) ?? bucket.kmsKeyArn };
  } catch (error) {
    await upload.abort();
    throw error;
  } finally {
    await part.release();
  }
}

/**
 * Finds what is certain to fail here, before hours of dump have gone into the body. An identity that may not read
 * learns of a taken key only at the end.
 */
async function requireFree(bucket: Bucket, key: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    const found = await headIfAllowed(bucket, key, signal);
    if (typeof found === 'object') throw objectExists(key);
  } catch (error) {
    throw bucket.failure(error, `Storing ${key}`, 's3:PutObject', 'write');
  }
}

function partSource(bucket: Bucket, expectedBytes: number | undefined): { next(key: string): Promise<Part> } {
  const sizes = new PartSizes(expectedBytes);
  const factory = new PartFactory(bucket.partDirectory);
  return {
    async next(key) {
      const bytes = sizes.next();
      if (bytes !== undefined) return factory.create(bytes);
      throw new HoldfastError(
        'VAULT_UNWRITABLE',
        `Storing ${key} in ${bucket.url} failed: it is larger than planned.`,
        {
          hint: 'S3 accepts 10,000 parts for one object, and all of them were used up. Back up a part of the database at a time (--schema), or give a larger expected size.',
        },
      );
    },
  };
}

async function putWhole(
  bucket: Bucket,
  { key, nonce, part, signal }: { key: string; nonce: string; part: Part; signal: AbortSignal | undefined },
): Promise<Landed> {
  const checksum = part.crc.digest();
  const send = (abortSignal: AbortSignal) =>
    part.sendWith(async (body) => {
      const command = new PutObjectCommand({
        ...bucket.place(key),
        ...encryption(bucket),
        Body: body,
        ContentLength: part.size,
        IfNoneMatch: '*',
        // Named too: buckets with Object Lock require it.
        ChecksumAlgorithm: 'CRC64NVME',
        ChecksumCRC64NVME: checksum,
        Metadata: { [NONCE]: nonce },
      });
      return bucket.client.send(command, { abortSignal });
    });
  try {
    const landed = await commit(bucket, { key, nonce, signal, send });
    if (landed.ChecksumCRC64NVME !== undefined && landed.ChecksumCRC64NVME !== checksum) {
      throw new Error('the store has different bytes from those that were sent, by its own checksum');
    }
    if (!landed.unseen) requireEncryption(bucket, landed);
    return landed;
  } catch (error) {
    throw bucket.failure(error, `Storing ${key}`, 's3:PutObject', 'write');
  }
}

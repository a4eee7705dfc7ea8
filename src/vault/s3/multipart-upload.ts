/**
 * An upload in parts: a few of them in progress at a time, each sent again until the store has confirmed it. It ends in
 * `complete` or in `abort`; parts of an upload that is neither are billed until somebody finds them.
 *
 * By hand: `@aws-sdk/lib-storage` has one size for all parts and completes by itself; the commit must be ours to hold.
 */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import { abortError, anySignal, throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError, messageOf } from '../../core/errors.js';
import type { Bucket } from './bucket.js';
import { commit, NONCE, type Landed } from './commit.js';
import { Crc64 } from './crc64.js';
import { encryption, requireEncryption } from './encryption.js';
import { isFailure } from './failures.js';
import { abortLostUploads } from './lost-uploads.js';
import type { Part } from './part.js';
import { partsInFlight } from './part-sizes.js';

/** How long aborting may take, in milliseconds. It is not cut short by the signal that caused it. */
const ABORT_MS = 30_000;

export interface MultipartOptions {
  readonly key: string;
  readonly nonce: string;
  readonly signal?: AbortSignal | undefined;
}

export class MultipartUpload {
  readonly #bucket: Bucket;
  readonly #options: MultipartOptions;
  readonly #place: { readonly Bucket: string; readonly Key: string };
  /** Aborted with the error that ends the upload: nothing more is sent. */
  readonly #end = new AbortController();
  readonly #stop: AbortSignal;
  readonly #underWay = new Set<Promise<void>>();
  readonly #completed: CompletedPart[] = [];
  readonly #crc = new Crc64();
  #parts = 0;
  #uploadId: string | undefined;
  /** Whether a request to begin was not answered: then there may be an upload whose id is unknown. */
  #mayHaveLostOne = false;

  constructor(bucket: Bucket, options: MultipartOptions) {
    this.#bucket = bucket;
    this.#options = options;
    this.#place = bucket.place(options.key);
    this.#stop = anySignal(options.signal, this.#end.signal);
  }

  /** Aborted as soon as the upload can no longer succeed, with the coded error as its reason. */
  get stopped(): AbortSignal {
    return this.#stop;
  }

  /** Whether a part has been handed over. */
  get begun(): boolean {
    return this.#parts > 0;
  }

  /**
   * Takes the next part; resolves when there is room for another one. The part is released when it has been stored or
   * the upload has ended.
   *
   * @throws HoldfastError the error that ended the upload
   */
  async send(part: Part): Promise<void> {
    this.#parts++;
    const number = this.#parts;
    this.#crc.append(part.crc);
    try {
      this.#uploadId ??= await this.#create();
      const room = partsInFlight(part.size);
      // Those in progress do not throw: they end the upload.
      while (this.#underWay.size >= room) await Promise.race(this.#underWay);
      throwIfAborted(this.#stop);
    } catch (error) {
      await part.release();
      throw error;
    }
    const task = this.#upload(number, part)
      .catch((error: unknown) => this.#end.abort(this.#failure(error)))
      .finally(async () => {
        this.#underWay.delete(task);
        await part.release();
      });
    this.#underWay.add(task);
  }

  /** Waits until every part has been stored. @throws HoldfastError the error that ended the upload */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay);
    throwIfAborted(this.#stop);
  }

  /**
   * Creates the object from all parts.
   *
   * @throws HoldfastError OBJECT_EXISTS; VAULT_UNWRITABLE; the signal's error. `abort` must follow.
   */
  async complete(): Promise<Landed> {
    await Promise.all(this.#underWay);
    throwIfAborted(this.#stop);
    const checksum = this.#crc.digest();
    const command = () =>
      new CompleteMultipartUploadCommand({
        ...this.#place,
        UploadId: this.#uploadId,
        IfNoneMatch: '*',
        MultipartUpload: { Parts: this.#completed },
        // The store checks the whole object against these two.
        ChecksumCRC64NVME: checksum,
        ChecksumType: 'FULL_OBJECT',
        MpuObjectSize: this.#crc.bytes,
      });
    const landed = await commit(this.#bucket, {
      ...this.#options,
      send: (abortSignal) => this.#bucket.client.send(command(), { abortSignal }),
      close: () => this.#close(),
    }).catch((error: unknown) => {
      throw this.#failure(error);
    });
    this.#uploadId = undefined;
    await this.#findLostOnes();
    if (landed.ChecksumCRC64NVME !== undefined && landed.ChecksumCRC64NVME !== checksum) {
      throw this.#failure(new Error('the store has different bytes from those that were sent, by its own checksum'));
    }
    return landed;
  }

  /**
   * Ends the upload if it is open, so that nothing of it remains. Never fails: what cannot be removed is logged.
   *
   * @returns whether nothing remains, as far as is known
   */
  async abort(): Promise<boolean> {
    this.#end.abort(new HoldfastError('INTERRUPTED', `Storing ${this.#options.key} was given up.`));
    const cutOff = this.#underWay.size > 0;
    await Promise.all(this.#underWay);
    // A part that was cut off on its way may still be written after the upload was aborted: S3 advises checking again.
    let state = await this.#close();
    if (state === 'open' && cutOff) state = await this.#close();
    await this.#findLostOnes();
    return state !== 'unknown';
  }

  async #create(): Promise<string> {
    const command = new CreateMultipartUploadCommand({
      ...this.#place,
      ...encryption(this.#bucket),
      ChecksumAlgorithm: 'CRC64NVME',
      ChecksumType: 'FULL_OBJECT',
      Metadata: { [NONCE]: this.#options.nonce },
    });
    try {
      const output = await this.#bucket.attempt(() => this.#bucket.client.send(command, { abortSignal: this.#stop }), {
        signal: this.#stop,
        onFailure: (failure) => {
          this.#mayHaveLostOne ||= failure.ambiguous;
          return undefined;
        },
      });
      // Set before anything is checked, so that it is aborted whatever follows.
      this.#uploadId = output.UploadId;
      if (output.UploadId === undefined) throw new Error('the store began an upload without an id');
      requireEncryption(this.#bucket, output);
      return output.UploadId;
    } catch (error) {
      // An abort cuts off the request: whether it arrived is unknown.
      this.#mayHaveLostOne ||= this.#stop.aborted;
      throw this.#failure(error);
    }
  }

  async #upload(number: number, part: Part): Promise<void> {
    const checksum = part.crc.digest();
    const attempt = () =>
      part.sendWith(async (body) => {
        const command = new UploadPartCommand({
          ...this.#place,
          UploadId: this.#uploadId,
          PartNumber: number,
          Body: body,
          ContentLength: part.size,
          ChecksumAlgorithm: 'CRC64NVME',
          ChecksumCRC64NVME: checksum,
        });
        const output = await this.#bucket.client.send(command, { abortSignal: this.#stop });
        if (output.ETag === undefined) throw unusable('the store confirmed a part without an ETag');
        if (output.ChecksumCRC64NVME !== undefined && output.ChecksumCRC64NVME !== checksum) {
          throw unusable('the store received different bytes from those that were sent, by its own checksum');
        }
        return output;
      });
    const { ETag } = await this.#bucket.attempt(attempt, { signal: this.#stop });
    this.#completed[number - 1] = { PartNumber: number, ETag, ChecksumCRC64NVME: checksum };
  }

  async #close(): Promise<'open' | 'gone' | 'unknown'> {
    const UploadId = this.#uploadId;
    if (UploadId === undefined) return 'gone';
    const signal = AbortSignal.timeout(ABORT_MS);
    const command = new AbortMultipartUploadCommand({ ...this.#place, UploadId });
    try {
      await this.#bucket.attempt(() => this.#bucket.client.send(command, { abortSignal: signal }), { signal });
      return 'open';
    } catch (error) {
      if (isFailure(error, 'NoSuchUpload', 404)) {
        this.#uploadId = undefined;
        return 'gone';
      }
      this.#bucket.logger.warn(
        `The unfinished upload ${UploadId} of ${this.#options.key} to ${this.#bucket.url} could not be removed: ${messageOf(error)}. ` +
          "Until the bucket's lifecycle rule ends it, its parts take up space.",
      );
      return 'unknown';
    }
  }

  async #findLostOnes(): Promise<void> {
    if (!this.#mayHaveLostOne) return;
    this.#mayHaveLostOne = false;
    await abortLostUploads(this.#bucket, this.#place, AbortSignal.timeout(ABORT_MS));
  }

  #failure(error: unknown): HoldfastError {
    if (this.#options.signal?.aborted) return abortError(this.#options.signal);
    return this.#bucket.failure(error, `Storing ${this.#options.key}`, 's3:PutObject', 'write');
  }
}

/** An answer that cannot be right: the part is sent again. */
function unusable(message: string): Error {
  return Object.assign(new Error(message), { $metadata: { httpStatusCode: 200 } });
}

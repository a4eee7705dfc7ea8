/** One vault in a bucket, as its operations see it: the client, the names, and how requests are sent and fail. */
import type { S3Client } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.js';
import type { Logger } from '../../core/logger.js';
import { quoted } from '../../core/quoted.js';
import { assertObjectKey } from '../../syntax/object-key.js';
import { s3VaultUrl } from '../../syntax/vault-url.js';
import type { Retrier, RetryOptions } from './retry.js';
import { serviceError } from './service-errors.js';

/** S3's limit, in bytes of UTF-8. */
const MAX_NAME_BYTES = 1024;

export interface BucketOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** Without slashes at its ends; empty for none. */
  readonly prefix: string;
  readonly kmsKeyArn: string | undefined;
  readonly retrier: Retrier;
  readonly logger: Logger;
  /** Where parts that are too large for memory are kept. */
  readonly partDirectory: string | undefined;
}

export class Bucket {
  readonly client: S3Client;
  readonly name: string;
  readonly kmsKeyArn: string | undefined;
  readonly retrier: Retrier;
  readonly logger: Logger;
  readonly partDirectory: string | undefined;
  /** `s3://bucket/prefix` */
  readonly url: string;
  /** What the names of all objects of the vault begin with. */
  readonly #root: string;
  /**
   * Whether S3 has refused to say anything about an object: for a role that may only write, we ask once and not for
   * each object.
   */
  headRefused = false;

  constructor(options: BucketOptions) {
    this.client = options.client;
    this.name = options.bucket;
    this.kmsKeyArn = options.kmsKeyArn;
    this.retrier = options.retrier;
    this.logger = options.logger;
    this.partDirectory = options.partDirectory;
    this.#root = options.prefix === '' ? '' : `${options.prefix}/`;
    this.url = s3VaultUrl(options);
  }

  /**
   * Bucket and name of the object with a key, as S3 expects them.
   *
   * @throws HoldfastError OBJECT_KEY_INVALID, also when it is too long together with the vault's prefix
   */
  place(key: string): { readonly Bucket: string; readonly Key: string } {
    assertObjectKey(key);
    const Key = this.#root + key;
    if (Buffer.byteLength(Key) > MAX_NAME_BYTES) {
      throw new HoldfastError(
        'OBJECT_KEY_INVALID',
        `${quoted(key)} cannot be an object's key in ${this.url}: with the vault's prefix it is longer than ${MAX_NAME_BYTES} bytes.`,
      );
    }
    return { Bucket: this.name, Key };
  }

  /** What a listing has to look for to find keys that begin with `prefix`. */
  listed(prefix: string): string {
    return this.#root + prefix;
  }

  /** The key of an object of the vault. */
  keyOf(name: string): string {
    return name.slice(this.#root.length);
  }

  /** Sends a request as many times as needed. @throws what the last attempt ended with, untranslated */
  attempt<T>(send: () => Promise<T>, options?: RetryOptions): Promise<T> {
    return this.retrier.run(send, options);
  }

  /** A HoldfastError for what a request of this bucket ended with. */
  failure(error: unknown, what: string, action: string, access: 'read' | 'write'): HoldfastError {
    return serviceError(error, { what, url: this.url, bucket: this.name, action, writes: access === 'write' });
  }
}

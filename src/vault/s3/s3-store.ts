/** A vault in an S3 bucket, at AWS or on any server that speaks its protocol. */
import { DeleteObjectCommand, S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { HoldfastError } from '../../core/errors.js';
import { silentLogger, type Logger } from '../../core/logger.js';
import { quoted } from '../../core/quoted.js';
import type { ObjectInfo, ObjectStore } from '../object-store.js';
import { keyArnProblem } from '../../syntax/arn.js';
import { Bucket } from './bucket.js';
import { readExpiry } from './expiry.js';
import { getObject } from './get-object.js';
import { headIfAllowed, headObject } from './head-object.js';
import { listObjects } from './list-objects.js';
import { putObject } from './put-object.js';
import { tryUpload } from './try-upload.js';
import { Retrier, type RetryPolicy } from './retry.js';

export interface S3StoreOptions {
  readonly bucket: string;
  /** What the names of all its objects begin with, without slashes at the ends. @default '' */
  readonly prefix?: string | undefined;
  /** Region, credentials, endpoint … The store sets what it depends on (attempts, checksums, time limits) itself. */
  readonly clientOptions?: S3ClientConfig | undefined;
  /** The full ARN of the KMS key to encrypt with. @default the bucket's own encryption */
  readonly kmsKeyArn?: string | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly timeouts?: S3Timeouts | undefined;
  /** Warned of what could not be cleaned up. @default none */
  readonly logger?: Logger | undefined;
  /** Where parts above 48 MiB are kept while they are sent: uploads beyond about 200 GiB. @default os.tmpdir() */
  readonly partDirectory?: string | undefined;
}

/** Limits after which an attempt counts as failed, in milliseconds. */
export interface S3Timeouts {
  /** For establishing a connection. @default 10000 */
  readonly connectMs?: number | undefined;
  /** Without a byte in either direction. @default 60000 */
  readonly idleMs?: number | undefined;
}

/** The SDK prints its own warnings to the console if it is given no logger. */
const SILENT = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * Opens the vault in a bucket. Nothing is requested before the first call.
 *
 * `put` needs `s3:PutObject` and `s3:AbortMultipartUpload`, and with a KMS key `kms:GenerateDataKey` and `kms:Decrypt`;
 * if it may also read, it refuses a taken key before it takes the body. `get` and `head` need `s3:GetObject` (and
 * `kms:Decrypt`), `list` needs `s3:ListBucket`, `delete` `s3:DeleteObject`. In a versioned bucket `delete` hides the
 * object behind a delete marker; its versions stay.
 *
 * @throws HoldfastError CONFIG_INVALID for a `kmsKeyArn` that is not the ARN of a key
 */
export function openS3Store(options: S3StoreOptions): ObjectStore {
  const { bucket: name, prefix = '', kmsKeyArn, logger = silentLogger } = options;
  const problem = kmsKeyArn === undefined ? undefined : keyArnProblem(kmsKeyArn);
  if (problem !== undefined) {
    throw new HoldfastError('CONFIG_INVALID', `kmsKeyArn is ${quoted(String(kmsKeyArn))}, not the ARN of a key.`, {
      hint: problem,
    });
  }
  const bucket = new Bucket({
    client: createClient(options),
    bucket: name,
    prefix,
    kmsKeyArn,
    retrier: new Retrier(options.retry),
    logger,
    partDirectory: options.partDirectory,
  });
  return {
    url: bucket.url,
    put: async (key, body, putOptions = {}) => {
      bucket.place(key);
      return putObject(bucket, key, body, putOptions);
    },
    get: (key, getOptions = {}) => getObject(bucket, key, getOptions),
    head: async (key) => head(bucket, key),
    list: (listed, signal) => listObjects(bucket, listed, signal),
    delete: async (key) => remove(bucket, key),
    tryPut: (key, signal) => tryUpload(bucket, key, signal),
    expiry: (signal) => readExpiry(bucket, signal),
  };
}

/** The client of a store: the given settings plus those that the store depends on. */
export function createClient({ clientOptions, timeouts = {} }: S3StoreOptions): S3Client {
  const { connectMs = 10_000, idleMs = 60_000 } = timeouts;
  // The SDK would announce on standard error when it stops supporting this Node.js; which version we use is our
  // decision.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  return new S3Client({
    ...clientOptions,
    logger: SILENT,
    // Attempts are ours (see retry.ts); the mode still slows the client down when S3 asks for it.
    maxAttempts: 1,
    retryMode: 'adaptive',
    // Ours are sent explicitly, and a range of an object has no checksum that could be verified.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: clientOptions?.requestHandler ?? { connectionTimeout: connectMs, socketTimeout: idleMs },
  });
}

async function head(bucket: Bucket, key: string): Promise<ObjectInfo | undefined> {
  bucket.place(key);
  try {
    const found = await headObject(bucket, key);
    if (!found) return undefined;
    const { ContentLength: size = 0, LastModified: lastModified = new Date(0), SSEKMSKeyId: kmsKeyArn } = found;
    return { key, size, lastModified, encryption: { ...(kmsKeyArn !== undefined && { kmsKeyArn }) } };
  } catch (error) {
    throw bucket.failure(error, `Looking for ${key}`, 's3:GetObject', 'read');
  }
}

async function remove(bucket: Bucket, key: string): Promise<void> {
  const place = bucket.place(key);
  try {
    // In a versioned bucket, deleting a missing object would leave a delete marker.
    if ((await headIfAllowed(bucket, key)) === undefined) return;
    await bucket.attempt(() => bucket.client.send(new DeleteObjectCommand(place)));
  } catch (error) {
    throw bucket.failure(error, `Removing ${key}`, 's3:DeleteObject', 'write');
  }
}

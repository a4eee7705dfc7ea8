/**
 * Reading an object: ranges in parallel, delivered in order. A range that is cut off is continued where it ended; all
 * of them come from one version of the object.
 */
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { MIB } from '../../core/amounts.js';
import { anySignal, throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { byteRange, type ByteRange } from '../byte-range.js';
import type { GetOptions } from '../object-store.js';
import type { Bucket } from './bucket.js';
import { isFailure } from './failures.js';

/** Bytes of one range. */
const RANGE_BYTES = 8 * MIB;
/** Ranges in progress or waiting to be consumed; with the one that the reader has, 40 MiB. */
const RANGES_AHEAD = 4;

/** What is known about the object after the first answer. */
interface Source {
  readonly size: number;
  readonly etag: string | undefined;
}

interface Piece extends Source {
  readonly bytes: Buffer;
}

/** As `ObjectStore.get`. */
export async function* getObject(
  bucket: Bucket,
  key: string,
  { range, signal }: GetOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  bucket.place(key);
  throwIfAborted(signal);
  const wanted = byteRange(range, Number.MAX_SAFE_INTEGER);
  if (!wanted) return;
  // The first range reveals how large the object is: small ones, which most are, take one request.
  const first = await readRange(bucket, key, firstOf(wanted), undefined, signal);
  if (!first) return;
  if (first.bytes.length > 0) yield first.bytes;
  // Also after the last one: an abort must not look like the end of the object.
  throwIfAborted(signal);
  const end = Math.min(wanted.end, first.size - 1);

  const stop = new AbortController();
  const stopped = anySignal(signal, stop.signal);
  const ahead: Promise<Piece | undefined>[] = [];
  let next = wanted.start + first.bytes.length;
  const start = () => {
    const part = firstOf({ start: next, end });
    next = part.end + 1;
    const reading = readRange(bucket, key, part, first, stopped);
    // Its failure is thrown when its turn comes; until then it must not count as unhandled.
    reading.catch(() => {});
    ahead.push(reading);
  };
  try {
    while (next <= end || ahead.length > 0) {
      while (next <= end && ahead.length < RANGES_AHEAD) start();
      const piece = await ahead.shift();
      if (piece) yield piece.bytes;
      throwIfAborted(signal);
    }
  } finally {
    // A reader that stops early leaves no request behind.
    stop.abort();
    await Promise.allSettled(ahead);
  }
}

function firstOf({ start, end }: ByteRange): ByteRange {
  return { start, end: Math.min(end, start + RANGE_BYTES - 1) };
}

/** A range, however many times it has to be requested; `undefined` when the object ends before it. */
async function readRange(
  bucket: Bucket,
  key: string,
  range: ByteRange,
  source: Source | undefined,
  signal: AbortSignal | undefined,
): Promise<Piece | undefined> {
  let known = source;
  let bytes: Buffer | undefined;
  let received = 0;
  let receivedBefore = 0;
  const attempt = async () => {
    const answer = await bucket.client.send(
      new GetObjectCommand({
        ...bucket.place(key),
        Range: `bytes=${range.start + received}-${range.end}`,
        IfMatch: known?.etag,
      }),
      { abortSignal: signal },
    );
    const { from, size } = extentOf(answer);
    known ??= { size, etag: answer.ETag };
    bytes ??= Buffer.allocUnsafeSlow(Math.max(0, Math.min(range.end + 1, size) - range.start));
    // A server that does not know ranges sends everything from the beginning.
    let skip = range.start + received - from;
    for await (const chunk of answer.Body as Readable as AsyncIterable<Buffer>) {
      const useful = chunk.subarray(Math.min(skip, chunk.length), skip + bytes.length - received);
      skip = Math.max(0, skip - chunk.length);
      bytes.set(useful, received);
      received += useful.length;
      // Not after the requested range: its end must be read so that the connection can serve the next request.
      if (received === bytes.length && answer.ContentRange === undefined) break;
    }
    if (received < bytes.length) throw cutOff();
    return { size: known.size, etag: known.etag, bytes };
  };
  try {
    return await bucket.attempt(attempt, {
      signal,
      onFailure: () => {
        const further = received > receivedBefore;
        receivedBefore = received;
        return further ? 'progress' : undefined;
      },
    });
  } catch (error) {
    // Beyond the end, or in an empty object.
    if (isFailure(error, 416, 'InvalidRange') && !known) return undefined;
    throw readFailure(bucket, key, error, source !== undefined || received > 0);
  }
}

/** Where an answer begins, and how large the whole object is. */
function extentOf({ ContentRange, ContentLength }: GetObjectCommandOutput): {
  readonly from: number;
  readonly size: number;
} {
  const [, from, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(ContentRange ?? '') ?? [];
  if (from !== undefined && size !== undefined) return { from: Number(from), size: Number(size) };
  if (ContentRange === undefined && ContentLength !== undefined) return { from: 0, size: ContentLength };
  throw new HoldfastError('VAULT_UNREADABLE', `The store answered with the range ${JSON.stringify(ContentRange)}.`);
}

/** An answer that was shorter than announced, without any other sign: to be continued. */
function cutOff(): Error {
  return Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' });
}

function readFailure(bucket: Bucket, key: string, error: unknown, begun: boolean): HoldfastError {
  const hint = 'Objects in a vault are never changed: find out what did it.';
  if (begun && isFailure(error, 412, 'PreconditionFailed')) {
    return new HoldfastError('VAULT_UNREADABLE', `Reading ${key} failed: it was replaced while it was being read.`, {
      hint,
    });
  }
  if (isFailure(error, 'NoSuchKey')) {
    return begun
      ? new HoldfastError('VAULT_UNREADABLE', `Reading ${key} failed: it was removed while it was being read.`, {
          hint,
        })
      : new HoldfastError('OBJECT_MISSING', `Reading ${key} failed: the vault has no such object.`);
  }
  return bucket.failure(error, `Reading ${key}`, 's3:GetObject', 'read');
}

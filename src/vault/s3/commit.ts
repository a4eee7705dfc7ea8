/**
 * The request that makes an object exist. It is conditional (`If-None-Match: *`), so when an answer is lost, the next
 * attempt is refused because of the very object that the first one created: 412 then does not mean that the key was
 * taken.
 *
 * - 412 to an attempt while all others were answered: another writer has the key.
 * - 412 (or, for a multipart upload, "no such upload") after an attempt of ours that was not answered: the object is
 *   examined. It carries a number that only this upload has put there. If that is forbidden, as for a role that may
 *   only write, the upload itself shows the outcome: one that can still be aborted has not landed, one that is gone
 *   has. A single put has no such witness; there it counts as landed.
 */
import { abortError, sleep, throwIfAborted } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { MINUTE_MS } from '../../core/times.js';
import type { Bucket } from './bucket.js';
import { isFailure } from './failures.js';
import { headIfAllowed } from './head-object.js';

/** The metadata entry by which an upload is recognized. */
export const NONCE = 'holdfast-upload';

/** How long a commit in progress may take after an abort, in milliseconds: its outcome should be known. */
const GRACE_MS = 10_000;
/** How long finding out about a lost answer may take, in milliseconds. */
const SETTLE_MS = MINUTE_MS;

/** What S3 says about an object that it has just created. */
export interface Landed {
  readonly VersionId?: string | undefined;
  readonly SSEKMSKeyId?: string | undefined;
  readonly ChecksumCRC64NVME?: string | undefined;
  /** Set when the object is known to exist but nothing else about it is known. */
  readonly unseen?: true;
}

export interface CommitOptions {
  readonly key: string;
  /** What the object's metadata entry holds, if it is ours. */
  readonly nonce: string;
  readonly signal?: AbortSignal | undefined;
  /** Sends the request once. */
  readonly send: (abortSignal: AbortSignal) => Promise<Landed>;
  /**
   * For a multipart upload: ends it and reports whether it was still open. Only then is it certain that the object did
   * not come from it.
   */
  readonly close?: (() => Promise<'open' | 'gone' | 'unknown'>) | undefined;
}

/**
 * Creates the object. An abort takes effect between attempts; one in progress is given a moment to be answered.
 *
 * @throws HoldfastError OBJECT_EXISTS; the signal's error when aborted and no object was made; else what the SDK throws
 */
export async function commit(bucket: Bucket, options: CommitOptions): Promise<Landed> {
  const { key, signal } = options;
  throwIfAborted(signal);
  const patience = new AbortController();
  const onAbort = () => {
    void sleep(GRACE_MS, patience.signal).then(
      () => patience.abort(),
      () => {},
    );
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  let unanswered = false;
  try {
    const send = async () => {
      throwIfAborted(signal);
      return options.send(patience.signal);
    };
    return await bucket.attempt(send, {
      signal: patience.signal,
      onFailure: (failure) => {
        unanswered ||= failure.ambiguous;
        return signal?.aborted ? 'stop' : undefined;
      },
    });
  } catch (error) {
    // Cut off after the grace period: the request was sent, and its answer is as lost as any.
    unanswered ||= patience.signal.aborted;
    if (unanswered) return await settle(bucket, options, error);
    if (isFailure(error, 412, 'PreconditionFailed')) throw objectExists(key, error);
    if (signal?.aborted) throw abortError(signal);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Ends the grace period's timer.
    patience.abort();
  }
}

/** After an attempt without an answer: whether the object exists and is ours. */
async function settle(bucket: Bucket, options: CommitOptions, error: unknown): Promise<Landed> {
  const { key, nonce, signal } = options;
  const failed = () => (signal?.aborted ? abortError(signal) : error);
  const taken = isFailure(error, 412, 'PreconditionFailed');
  const found = await headIfAllowed(bucket, key, AbortSignal.timeout(SETTLE_MS)).catch(() => 'unknown' as const);
  if (typeof found === 'object') {
    if (found.Metadata?.[NONCE] === nonce) return found;
    throw objectExists(key, error);
  }
  if (found === undefined) throw failed();
  const upload = await options.close?.();
  if (upload === 'gone') return { unseen: true };
  if (upload === 'open') throw taken ? objectExists(key, error) : failed();
  if (upload === undefined && taken) return { unseen: true };
  throw failed();
}

export function objectExists(key: string, cause?: unknown): HoldfastError {
  return new HoldfastError('OBJECT_EXISTS', `Storing ${key} failed: an object with this key already exists.`, {
    // Never the SDK's error itself: see service-errors.ts.
    cause: cause instanceof Error ? new Error(cause.message) : undefined,
  });
}

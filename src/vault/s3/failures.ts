/** What a failed request to S3 means: whether trying again can help, and whether it may have been carried out. */
import { messageOf, systemCodeOf } from '../../core/errors.js';

/** No connection was established, so the request cannot have arrived. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN']);

/** The connection broke, or what came over it was not an answer. */
const CONNECTION_LOST = new Set([
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
  'EPROTO',
]);

/** Refusals by S3 that mean "not now": nothing was done. */
const BUSY = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
  'BandwidthLimitExceeded',
]);

/** A conflict with a request that is being carried out right now. */
const CONFLICT = new Set(['ConditionalRequestConflict', 'OperationAborted']);

/** The body did not arrive as it was sent: nothing was done, and the next attempt may succeed. */
const DAMAGED = new Set([
  'BadDigest',
  'InvalidDigest',
  'XAmzContentSHA256Mismatch',
  'IncompleteBody',
  'RequestTimeout',
]);

/** Refusals that also come in the body of an answer that began with status 200, which the SDK then calls 503. */
const REFUSED = new Set([
  'PreconditionFailed',
  'AccessDenied',
  'NoSuchUpload',
  'NoSuchKey',
  'NoSuchBucket',
  'InvalidPart',
  'InvalidPartOrder',
  'InvalidRequest',
  'EntityTooSmall',
  'EntityTooLarge',
]);

/** A failed request in the terms that decisions need. */
export interface RequestFailure {
  /** HTTP status, if there was an answer. */
  readonly status: number | undefined;
  /** S3's error code, or the system's: `AccessDenied`, `ECONNRESET`; empty for none. */
  readonly code: string;
  /** Whether the same request may succeed a moment later. */
  readonly retryable: boolean;
  /** Whether it may have been carried out all the same: the answer was lost, or says that S3 does not know. */
  readonly ambiguous: boolean;
  /** Whether the host could not even be connected to. */
  readonly unreachable: boolean;
}

/** Judges anything that a call of the SDK has thrown. */
export function judgeFailure(error: unknown): RequestFailure {
  const { name, status } = fieldsOf(error);
  // Node's `fetch`-like wrappers and TLS keep the system's error as the cause.
  const system = systemCodeOf(error) ?? systemCodeOf(error instanceof Error ? error.cause : undefined) ?? '';
  if (status === undefined || (status >= 200 && status < 300)) return judgeSilence(error, name, system, status);
  const code = name === 'UnknownError' || name === 'Error' ? `HTTP ${status}` : name;
  if (REFUSED.has(code)) return { status, code, retryable: false, ambiguous: false, unreachable: false };
  const refused = BUSY.has(code) || CONFLICT.has(code) || DAMAGED.has(code) || code === 'RequestTimeTooSkewed';
  const server = (status >= 500 && status !== 501) || status === 429 || status === 408;
  return { status, code, retryable: refused || server, ambiguous: server && !refused, unreachable: false };
}

/** No answer, or one with a good status that could not be read. */
function judgeSilence(error: unknown, name: string, system: string, status: number | undefined): RequestFailure {
  const unreachable = NOT_CONNECTED.has(system) || /did not establish a connection/.test(messageOf(error));
  const lost =
    name === 'TimeoutError' ||
    CONNECTION_LOST.has(system) ||
    // The parser's errors about what is not HTTP.
    system.startsWith('HPE_') ||
    // An answer that the SDK cannot read is still an answer to something that may have been done.
    status !== undefined ||
    (error instanceof Error && '$response' in error);
  return {
    status,
    code: system || name,
    retryable: unreachable || lost,
    ambiguous: !unreachable && lost,
    unreachable,
  };
}

/** Whether S3 answered with this status or error code. */
export function isFailure(error: unknown, ...codes: readonly (string | number)[]): boolean {
  const { name, status } = fieldsOf(error);
  return codes.some((code) => code === name || code === status);
}

function fieldsOf(error: unknown): { readonly name: string; readonly status: number | undefined } {
  if (typeof error !== 'object' || error === null) return { name: '', status: undefined };
  const { name, $metadata } = error as { name?: unknown; $metadata?: { httpStatusCode?: unknown } };
  const status = $metadata?.httpStatusCode;
  return { name: typeof name === 'string' ? name : '', status: typeof status === 'number' ? status : undefined };
}

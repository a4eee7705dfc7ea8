/** What S3 refused, in the words of a vault: what was being done, why it failed, what to change. */
import { HoldfastError, messageOf, type ErrorCode } from '../../core/errors.js';
import { isFailure, judgeFailure } from './failures.js';

/** What was being done when a request failed. */
export interface Doing {
  /** As in `Storing layer2/x`. */
  readonly what: string;
  /** The vault, as in `s3://bucket/prefix`. */
  readonly url: string;
  readonly bucket: string;
  /** The permission that the request needs, as in `s3:PutObject`. */
  readonly action: string;
  /** Whether it changes the vault. */
  readonly writes: boolean;
}

/** A HoldfastError for whatever a request ended with; coded errors, including the signal's, pass unchanged. */
export function serviceError(error: unknown, doing: Doing): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { code, status } = judgeFailure(error);
  const { reason, hint, as } = explainAnswer(error, doing) ?? {
    reason: describeAnswer(error, code, status),
    hint: doing.writes
      ? 'Check what the message names; if the store was only temporarily unreachable, run the command again.'
      : undefined,
  };
  const errorCode: ErrorCode = as ?? (doing.writes ? 'VAULT_UNWRITABLE' : 'VAULT_UNREADABLE');
  return new HoldfastError(errorCode, `${doing.what} in ${doing.url} failed: ${reason}.`, {
    cause: safeCause(error),
    hint,
  });
}

interface Explanation {
  readonly reason: string;
  readonly hint?: string | undefined;
  /** A code other than unwritable or unreadable. */
  readonly as?: ErrorCode;
}

function explainAnswer(error: unknown, doing: Doing): Explanation | undefined {
  const { code, status } = judgeFailure(error);
  const region = regionOf(error);
  if (isFailure(error, 'NoSuchBucket')) {
    return {
      reason: `there is no bucket ${doing.bucket}`,
      hint: "Check the name in the vault's URL, and that the endpoint is the one that has it. Holdfast does not create buckets by itself.",
    };
  }
  if (
    isFailure(
      error,
      301,
      307,
      'PermanentRedirect',
      'AuthorizationHeaderMalformed',
      'IllegalLocationConstraintException',
    )
  ) {
    return {
      reason: region ? `the bucket is in the region ${region}` : 'the bucket is in another region',
      hint: `Set AWS_REGION${region ? `=${region}` : ' to the region of the bucket'}, or region in the config.`,
    };
  }
  if (code.startsWith('KMS.') || /\bkms:|\bKMS\b/.test(messageOf(error))) return explainKms(error, code);
  const credentials = explainCredentials(error, code);
  if (credentials) return credentials;
  if (isFailure(error, 'InvalidObjectState')) {
    return {
      reason: 'the object is archived and must be restored first',
      hint: 'Run: aws s3api restore-object --restore-request Days=7 …, and try again when head-object says that it has finished.',
    };
  }
  if (status === 403) return explainRefusal(error, doing);
  if (status === 400 && code === 'HTTP 400') {
    return {
      reason: 'the store refused the request without giving a reason (HTTP 400)',
      hint: 'Usually the credentials have expired, or AWS_REGION is not the region of the bucket.',
    };
  }
  return undefined;
}

function explainRefusal(error: unknown, doing: Doing): Explanation {
  // An answer to HEAD has no body, and the SDK then has no message either.
  const words = messageOf(error);
  const said = /^(UnknownError|Unknown|Forbidden|AccessDenied|Access ?Denied\.?|null|403)?$/i.test(words.trim())
    ? ''
    : `: ${trimEnd(words)}`;
  return {
    reason: `${doing.action} was refused${said}`,
    hint: doing.writes
      ? `The identity needs ${doing.action}${doing.action === 's3:PutObject' ? ' and s3:AbortMultipartUpload' : ''} on ${doing.bucket}, and the bucket's policy must allow it.`
      : `The identity needs ${doing.action} on ${doing.bucket}. A write-only role, as used for backups, cannot do this: run it with one that may read (AWS_PROFILE). Without s3:ListBucket, S3 also answers like this for a missing object.`,
  };
}

function explainKms(error: unknown, code: string): Explanation {
  return {
    reason: `KMS refused the key: ${trimEnd(messageOf(error))}${code.startsWith('KMS.') ? ` (${code})` : ''}`,
    hint: "Writing needs kms:GenerateDataKey and kms:Decrypt on the key (multipart uploads need both), reading needs kms:Decrypt; across accounts, both the key's policy and the identity's must allow it. The key must be enabled and in the bucket's region.",
  };
}

function explainCredentials(error: unknown, code: string): Explanation | undefined {
  if (['ExpiredToken', 'ExpiredTokenException', 'TokenRefreshRequired', 'RequestExpired'].includes(code)) {
    return { reason: 'the AWS credentials have expired', hint: 'Sign in again (aws sso login), or renew them.' };
  }
  if (['InvalidAccessKeyId', 'InvalidToken', 'InvalidClientTokenId', 'UnrecognizedClientException'].includes(code)) {
    return {
      reason: `the store does not know the AWS credentials (${code})`,
      hint: 'Check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, and that they are for this endpoint.',
    };
  }
  if (code === 'SignatureDoesNotMatch') {
    return {
      reason: 'the signature of the request was refused',
      hint: 'The secret access key does not belong to the access key id, or a proxy alters requests on the way.',
    };
  }
  if (code === 'RequestTimeTooSkewed') {
    return {
      reason: 'the clock of this machine is wrong',
      hint: 'Set the clock; S3 accepts a difference of 15 minutes.',
    };
  }
  if (['CredentialsProviderError', 'ProviderError', 'TokenProviderError'].includes(code)) {
    return {
      reason: `there are no AWS credentials: ${trimEnd(messageOf(error))}`,
      hint: 'Give them as the AWS CLI takes them: AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role.',
    };
  }
  return undefined;
}

function describeAnswer(error: unknown, code: string, status: number | undefined): string {
  const words = trimEnd(messageOf(error));
  const known = code !== '' && !words.includes(code) && code !== 'Error' ? ` (${code})` : '';
  const answered = status !== undefined && !code.includes(String(status)) ? `, HTTP ${status}` : '';
  return `${words || 'no reason was given'}${known}${answered}${requestId(error)}`;
}

/** What AWS Support asks for. */
function requestId(error: unknown): string {
  const id = (error as { $metadata?: { requestId?: unknown } } | null)?.$metadata?.requestId;
  return typeof id === 'string' ? `, request ${id}` : '';
}

/** The bucket's region, from the header or the body of a refusal. */
function regionOf(error: unknown): string | undefined {
  const { Region, $response } = error as {
    Region?: unknown;
    $response?: { headers?: Record<string, unknown> };
  };
  const named = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  return typeof named === 'string' && /^[a-z0-9-]+$/.test(named) ? named : undefined;
}

function trimEnd(words: string): string {
  return words.trim().replace(/\.$/, '');
}

/**
 * Only name, message and status. The SDK's error carries the whole answer, and S3's answers to bad credentials repeat
 * the session token and the signed request.
 */
function safeCause(error: unknown): Error {
  const safe = new Error(messageOf(error));
  if (error instanceof Error) {
    safe.name = error.name;
    safe.stack = error.stack;
  }
  return safe;
}

/** Why a request failed: whether a permission is missing, and what AWS said. */
import { messageOf, systemCodeOf } from '../../../core/errors.js';
import { unknown, type Reading } from '../../reading.js';

export interface ReadFailure {
  readonly denied: boolean;
  /** `AccessDenied`, `ThrottlingException`, `ECONNREFUSED`. */
  readonly code: string;
  readonly message: string;
}

const DENIED = /^(Client\.)?(AccessDenied|UnauthorizedOperation|UnauthorizedAccess|AuthorizationError|Forbidden)/;

/** Credentials that are no more: a permission would not help. */
const CREDENTIALS =
  /^(ExpiredToken|InvalidClientTokenId|UnrecognizedClient|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|AuthFailure)/;

/** @throws the error itself where it does not come from a request: a defect is not a failed read */
export function failureOf(error: unknown): ReadFailure {
  if (!(error instanceof Error) || !isOfRequest(error)) throw error;
  const code = systemCodeOf(error) ?? error.name;
  const refused = DENIED.test(error.name) || (statusOf(error) === 403 && !CREDENTIALS.test(error.name));
  return { denied: refused, code, message: messageOf(error).trim() || code };
}

/** What the failed request leaves unknown. */
export function unknownAfter(failure: ReadFailure, operation: string, permission: string): Reading<never> {
  const said = failure.message.replace(/\.?$/, '.');
  return failure.denied
    ? unknown(`${permission} was denied: ${said}`, permission)
    : unknown(`${operation} failed with ${failure.code}: ${said}`);
}

function isOfRequest(error: Error): boolean {
  return (
    '$metadata' in error ||
    systemCodeOf(error) !== undefined ||
    /^(TimeoutError|NetworkingError|.*ProviderError)$/.test(error.name)
  );
}

function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

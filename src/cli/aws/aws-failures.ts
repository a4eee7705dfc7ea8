/** What a request to AWS failed of, in our words: which permission, which name, which credentials. */
import { HoldfastError, messageOf, systemCodeOf, type ErrorCode } from '../../core/errors.js';

/** What was being done. */
export interface AwsRequest {
  /** `Starting the build rds-pgdump-backup-prod-appdb`. */
  readonly what: string;
  /** The IAM action that it takes. */
  readonly action: string;
  /** What to do where the thing does not exist. */
  readonly whenMissing?: string;
}

const CREDENTIALS = new Set([
  'CredentialsProviderError',
  'TokenProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'InvalidAccessKeyId',
  'AuthFailure',
]);
const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AccessDeniedFault']);
/** AWS denies a code of an MFA device that is wrong or was used before, and says so in its message alone. */
const WRONG_CODE = /MultiFactorAuthentication failed/;
const MISSING = new Set([
  'ResourceNotFoundException',
  'NoSuchBucket',
  'NoSuchBucketPolicy',
  'NoSuchEntity',
  'NoSuchEntityException',
  'NotFoundException',
]);

/** The answer to a HEAD has no body, and its error no name that says so. */
function isForbidden(error: unknown): boolean {
  const { $metadata } = (error ?? {}) as { $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode === 403;
}

/** A coded error for what an AWS client threw. Messages of AWS name resources and principals, never secrets. */
export function awsFailure(error: unknown, { what, action, whenMissing }: AwsRequest): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const name = error instanceof Error ? error.name : '';
  const fail = (code: ErrorCode, reason: string, hint?: string) =>
    new HoldfastError(code, `${what}: ${reason.replace(/\.?$/, '.')}`, { cause: error, hint });
  if (CREDENTIALS.has(name)) return fail('AWS_CREDENTIALS', messageOf(error));
  if (DENIED.has(name) && WRONG_CODE.test(messageOf(error))) {
    return fail('AWS_CREDENTIALS', messageOf(error), 'Run it again with the code that the device shows then.');
  }
  if (DENIED.has(name) || isForbidden(error)) {
    return fail('AWS_DENIED', messageOf(error), `The permission ${action} is needed: ask for it, or use another role.`);
  }
  if (MISSING.has(name)) return fail('AWS_MISSING', messageOf(error), whenMissing);
  if (systemCodeOf(error) !== undefined) {
    return fail(
      'AWS_FAILED',
      `AWS was not reached (${messageOf(error) || systemCodeOf(error)})`,
      'Check the network, the region, and AWS_ENDPOINT_URL if it is set.',
    );
  }
  return fail('AWS_FAILED', messageOf(error));
}

/** The message of a resource that does not exist, where that is an answer and not a failure. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && MISSING.has(error.name);
}

/** Failures to read a secret, as coded errors that say which permission is missing. */
import { HoldfastError, messageOf, systemCodeOf, type ErrorCode } from '../../core/errors.js';
import { regionOfSecret } from '../../syntax/secret-arn.js';

interface Explanation {
  readonly code: ErrorCode;
  readonly reason: string;
  /** Instead of the code's own. */
  readonly hint?: string;
}

/** A HoldfastError for whatever a request for the value of a secret ended with; coded errors pass unchanged. */
export function secretFailure(error: unknown, arn: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const { code, reason, hint } = explainSecretFailure(error, arn);
  return new HoldfastError(code, `Reading the secret ${arn}: ${reason}.`, { cause: safeCause(error), hint });
}

function explainSecretFailure(error: unknown, arn: string): Explanation {
  const name = error instanceof Error ? error.name : '';
  const words = messageOf(error).trim().replace(/\.$/, '');
  switch (name) {
    case 'ResourceNotFoundException':
      return /staging label|VersionStage|secret value/i.test(words)
        ? {
            code: 'SECRET_MISSING',
            reason: `it has no current value (${words})`,
            hint: 'Give it one: aws secretsmanager put-secret-value. A secret that was created without a value has none.',
          }
        : { code: 'SECRET_MISSING', reason: `there is no such secret in ${regionOfSecret(arn)} (${words})` };
    case 'InvalidRequestException':
      return /delet/i.test(words)
        ? {
            code: 'SECRET_MISSING',
            reason: 'it is marked for deletion',
            hint: 'Bring it back (aws secretsmanager restore-secret), or name another one.',
          }
        : { code: 'SECRET_UNREADABLE', reason: words };
    case 'DecryptionFailure':
      return kmsRefusal(words);
    case 'AccessDeniedException':
    case 'AccessDenied':
      return /\bkms\b/i.test(words) ? kmsRefusal(words) : { code: 'SECRET_DENIED', reason: refusal(words) };
    case 'ExpiredTokenException':
    case 'ExpiredToken':
      return credentials('the AWS credentials have expired', 'Sign in again (aws sso login), or renew them.');
    case 'UnrecognizedClientException':
    case 'InvalidClientTokenId':
    case 'InvalidSignatureException':
    case 'SignatureDoesNotMatch':
    case 'IncompleteSignature':
      return credentials(
        `the AWS credentials were refused (${name})`,
        'Check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN.',
      );
    case 'CredentialsProviderError':
    case 'ProviderError':
    case 'TokenProviderError':
      return credentials(
        `there are no AWS credentials: ${words}`,
        'Give them as the AWS CLI takes them: AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role.',
      );
    case 'SyntaxError':
      return explainForeignAnswer(statusOf(error));
    default:
      return { code: 'SECRET_UNREADABLE', reason: describeSdkError(error, name, words) };
  }
}

/**
 * Something that does not answer as Secrets Manager does: a proxy, a firewall, an emulator. Its words are not repeated.
 */
function explainForeignAnswer(status: number | undefined): Explanation {
  if (status === 401 || status === 403) return { code: 'SECRET_DENIED', reason: refusal(`HTTP ${status}`) };
  return {
    code: 'SECRET_UNREADABLE',
    reason: `the answer did not come from Secrets Manager${status === undefined ? '' : ` (HTTP ${status})`}`,
  };
}

function statusOf(error: unknown): number | undefined {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}

function refusal(words: string): string {
  return `secretsmanager:GetSecretValue was refused${words === '' ? '' : `: ${words}`}`;
}

function kmsRefusal(words: string): Explanation {
  return {
    code: 'SECRET_DENIED',
    reason: `its KMS key was refused: ${words}`,
    hint: "The identity needs kms:Decrypt on the key that encrypts the secret, and across accounts, the key's policy must allow it too. The key must be enabled.",
  };
}

function credentials(reason: string, hint: string): Explanation {
  return { code: 'SECRET_DENIED', reason, hint };
}

function describeSdkError(error: unknown, name: string, words: string): string {
  const code = systemCodeOf(error) ?? name;
  return `${words || 'no reason was given'}${code === '' || words.includes(code) || code === 'Error' ? '' : ` (${code})`}`;
}

/** Only name, message and stack: the SDK's error carries the whole answer. */
function safeCause(error: unknown): Error | undefined {
  // The parser quotes what it could not read.
  if (error instanceof SyntaxError) return undefined;
  const safe = new Error(messageOf(error));
  if (error instanceof Error) {
    safe.name = error.name;
    safe.stack = error.stack;
  }
  return safe;
}

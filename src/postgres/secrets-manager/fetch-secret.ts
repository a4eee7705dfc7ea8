/** Reads the current value of a secret. */
import type { GetSecretValueCommandOutput, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { abortError } from '../../core/cancellation.js';
import { HoldfastError } from '../../core/errors.js';
import { Secret } from '../../core/secret.js';
import { isSameSecret, looksComplete, nameOfSecret, regionOfSecret } from '../../syntax/secret-arn.js';
import { secretFailure } from './secret-failures.js';

/**
 * Attempts per request, including the first, with the SDK's growing waits between them: requests are throttled in
 * bursts.
 */
const ATTEMPTS = 6;

/** A secret that was read. */
export interface FetchedSecret {
  /** Complete, with its suffix. */
  readonly arn: string;
  readonly text: Secret;
}

export interface FetchOptions {
  /** Holds AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL … The region comes from the ARN. */
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The value of the version AWSCURRENT. During a rotation there is another version that does not work yet.
 *
 * @param arn of the secret, with or without the six characters that Secrets Manager appends
 * @throws HoldfastError SECRET_MISSING, SECRET_DENIED, SECRET_INVALID, SECRET_UNREADABLE; the signal's error
 */
export async function fetchSecret(arn: string, { env, signal }: FetchOptions): Promise<FetchedSecret> {
  const client = await openClient(regionOfSecret(arn) ?? '', env);
  try {
    return toFetched(arn, await getValue(client, arn, signal));
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    throw secretFailure(error, arn);
  } finally {
    client.destroy();
  }
}

async function getValue(
  client: SecretsManagerClient,
  arn: string,
  signal: AbortSignal | undefined,
): Promise<GetSecretValueCommandOutput> {
  const { GetSecretValueCommand } = await import('@aws-sdk/client-secrets-manager');
  const get = (SecretId: string) =>
    client.send(new GetSecretValueCommand({ SecretId, VersionStage: 'AWSCURRENT' }), { abortSignal: signal });
  try {
    return await get(arn);
  } catch (error) {
    // A name that itself ends like `-abcdef` makes a partial ARN look complete, and Secrets Manager then looks for
    // another secret. The name alone finds it in the caller's account; whether that is the right account is checked
    // afterwards.
    const isMissing = error instanceof Error && error.name === 'ResourceNotFoundException';
    if (!isMissing || !looksComplete(arn)) throw error;
    const found = await get(nameOfSecret(arn)).catch(() => undefined);
    if (found?.ARN === undefined || !isSameSecret(arn, found.ARN)) throw error;
    return found;
  }
}

function toFetched(arn: string, { ARN = arn, SecretString, SecretBinary }: GetSecretValueCommandOutput): FetchedSecret {
  if (!isSameSecret(arn, ARN)) {
    throw new HoldfastError(
      'SECRET_MISSING',
      `Reading the secret ${arn}: the answer was about a different one, ${ARN}.`,
    );
  }
  const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('utf8'));
  if (text !== undefined && text !== '') return { arn: ARN, text: new Secret(text) };
  throw new HoldfastError('SECRET_MISSING', `Reading the secret ${arn}: its current version has no value.`, {
    hint: 'Give it one: aws secretsmanager put-secret-value.',
  });
}

async function openClient(region: string, env: NodeJS.ProcessEnv): Promise<SecretsManagerClient> {
  // The SDK would announce on standard error when it stops supporting this Node.js; which version we use is our
  // decision.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  // Loaded here, because most runs do without the AWS SDK and its start-up time.
  const { SecretsManagerClient } = await import('@aws-sdk/client-secrets-manager');
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  const hasKeys = profile === undefined && accessKeyId && secretAccessKey;
  return new SecretsManagerClient({
    region,
    endpoint: endpointOf(env),
    // In the order of the AWS tools: a named profile, then keys in the environment, then everything else.
    credentials: hasKeys
      ? { accessKeyId, secretAccessKey, sessionToken: env.AWS_SESSION_TOKEN }
      : fromNodeProviderChain({ profile }),
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000 },
  });
}

function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined;
  return env.AWS_ENDPOINT_URL_SECRETS_MANAGER || env.AWS_ENDPOINT_URL || undefined;
}
